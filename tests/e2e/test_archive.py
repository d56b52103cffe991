"""The archive of the deployed stack: events that were lost come back from it, and bills agree with it."""

from datetime import UTC, datetime, timedelta

import pytest

from botmeter.adapters.dynamo.keys import timeline_key
from botmeter.domain.events import Subject, SubjectKind
from botmeter_cli.archive import Archive
from botmeter_cli.archive_replay import Stretch, replay_archive
from botmeter_cli.reconcile.differences import Measure
from botmeter_cli.reconcile.reconciliation import Reconciliation, reconcile
from botmeter_cli.replay import replay
from botmeter_cli.stack_commands import settle
from botmeter_local import Stack
from tests.e2e.accounts import QUIET, Account, month_begin
from tests.e2e.client import User
from tests.e2e.conversations import MINUTE, NOON, event

BOT = "bot_archived"
NAMES = ("kept", "lost")


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User) -> Account:
    """An account with a bot and two conversations, of which ingest has lost one after it was archived."""
    found = Account(stack, "acct_archive", month_begin())
    found.bot(BOT, since=NOON.date(), idle_timeout_minutes=15)
    lines = [
        event(found.account_id, BOT, NOON + n * 10 * MINUTE, conversation_id=name)
        for name in NAMES
        for n in range(3)
    ]
    replay(stack, lines, QUIET)
    lost = Subject(found.account_id, BOT, SubjectKind.CONVERSATION, "lost")
    stack.client("dynamodb").delete_item(TableName=stack.outputs["UsageTableName"], Key=timeline_key(lost))
    settle(stack, datetime.now(UTC) + 60 * MINUTE, QUIET)
    return found


def reconciled(account: Account) -> Reconciliation:
    calendar = account.services.accounts.account(account.account_id).calendar
    period = calendar.period_containing(NOON)
    archive = Archive(account.services.archive)
    return reconcile(
        account.services, archive, account.account_id, period, now=datetime.now(UTC), tell=lambda _: None
    )


def test_what_was_lost_is_found_and_comes_back(stack: Stack, account: Account) -> None:
    """Reconciling names it, a replay of the archive mends it, and what was right stays."""
    before = reconciled(account)
    asked = Stretch.between(account.account_id, NOON, NOON + timedelta(hours=1))
    replayed = replay_archive(stack, asked, datetime.now(UTC), QUIET)
    settle(stack, datetime.now(UTC) + 60 * MINUTE, QUIET)
    after = reconciled(account)

    assert [(one.where, one.subject, one.archived, one.billed) for one in before.differences][:1] == [
        ("records", "lost", 2, 0)
    ]
    assert (replayed["events"], replayed["dead_letters"], replayed["damaged_objects"]) == (6, 0, [])
    assert after.agrees
    assert after.sessions == before.sessions == {Measure.USAGE: 4}
