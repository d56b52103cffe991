"""Records of native formats, over the deployed stack's bus."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from botmeter.adapters.sources import FORMATS, Origin
from botmeter.adapters.sources.canonical import identifier
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter_cli.importing import import_records
from botmeter_cli.stack_commands import settle
from botmeter_local import Stack
from tests.e2e.accounts import QUIET, Account, month_begin
from tests.e2e.client import User
from tests.e2e.conversations import MINUTE, NOON
from tests.fakes.native import records

AT = to_rfc3339(to_ms(NOON))
# A record of each format in which the user speaks, with its time moved to yesterday, and its conversation.
SPOKEN: dict[str, tuple[int, dict[str, Any], str]] = {
    "bot-framework": (3, {"timestamp": AT}, "91hcXEd0ZYCBPoRwBDPHZ6-o|livechat"),
    "rasa": (4, {"timestamp": NOON.timestamp()}, "f5d8e1c0a2b34c0fa8a5a5b1f6d1c001"),
    "lex-v2": (0, {"timestamp": AT}, "455980081820937"),
    "dialogflow-cx": (1, {"request_time": AT}, "dfMessenger-39471842"),
    "kore-ai": (0, {"createdOn": AT}, "64b65f87277b464507f778c0"),
}


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User) -> Account:
    """An account with a bot."""
    found = Account(stack, "acct_native", min(month_begin(), NOON.date()))
    found.bot("bot_native", since=NOON.date())
    return found


def test_one_record_of_each_format_is_metered(tmp_path: Path, stack: Stack, account: Account) -> None:
    """Imported from its source's file over the bus, each is a session of its conversation."""
    for name in FORMATS:
        index, moved, _ = SPOKEN[name]
        file = tmp_path / name
        file.write_text(json.dumps([{**records(name)[index], **moved}]))
        done = import_records(stack, str(file), Origin(name, account.account_id, "bot_native"), QUIET)
        assert (done["records"], done["refused"], done["failed"], done["dead_letters"]) == (1, 0, 0, 0)
    settle(stack, datetime.now(UTC) + 60 * MINUTE, QUIET)
    calendar = account.services.accounts.account(account.account_id).calendar
    period = calendar.period_containing(NOON)
    metered = account.services.usage.records(account.account_id, "bot_native", period)

    conversations = sorted(identifier(native) for _, _, native in SPOKEN.values())
    assert sorted(record.subject.name for record in metered) == conversations
