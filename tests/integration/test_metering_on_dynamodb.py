"""From events to records, totals and debits through the real adapters."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from botmeter.adapters.dynamo.keys import DUE_SHARDS, timeline_key
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM
from botmeter.domain.orders import OrderStatus
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter.domain.sessions import Unit
from botmeter.services.settle_conversations import SettlementRun
from tests.fakes.demo import ACCOUNT, PLANS, STANDARD, bot, conversation
from tests.integration.conftest import OPERATIONS, USAGE

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
NOW_MS = to_ms(NOW)
OCTOBER = BillingPeriod(2026, 10)
MINUTE = 60_000


def event(minute: int, conversation_id: str = "c-1", role: str = "user", bot_id: str = "bot_standard") -> str:
    data = {
        "account_id": ACCOUNT.account_id,
        "bot_id": bot_id,
        "conversation_id": conversation_id,
        "role": role,
    }
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"{conversation_id}-{minute}-{role}",
            "source": "bots/acme",
            "type": "conversation.message",
            "time": f"2026-10-20T10:{minute:02d}:00Z",
            "data": data,
        }
    )


def alert(minute: int, alert_id: str = "a-1", user_id: str = "u-1") -> str:
    data = {
        "account_id": ACCOUNT.account_id,
        "bot_id": "bot_standard",
        "alert_id": alert_id,
        "user_id": user_id,
    }
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"{alert_id}-{minute}",
            "source": "bots/acme",
            "type": "alert.delivered",
            "time": f"2026-10-20T10:{minute:02d}:00Z",
            "data": data,
        }
    )


def settle(wired: Wiring, now_ms: int = NOW_MS + 60 * MINUTE) -> SettlementRun:
    run = SettlementRun()
    for shard in DUE_SHARDS:
        run += wired.settle_conversations(shard, now_ms)
    return run


def state(wired: Wiring) -> dict[str, Any]:
    """All that was metered of the prepaid bot."""
    return {
        "records": wired.usage.records(ACCOUNT.account_id, "bot_standard", OCTOBER),
        "totals": wired.usage.totals(ACCOUNT.account_id, "bot_standard", OCTOBER),
        "balance": wired.billing.balance(ACCOUNT.account_id, "bot_standard"),
    }


def test_events_become_records_totals_and_debits(provisioned: Wiring) -> None:
    """Half an hour of talk and one alert: two sessions, one alert session, their price."""
    batch = provisioned.record_events([event(0), event(10), event(20, role="bot"), alert(5)], NOW_MS)
    run = settle(provisioned)

    assert (batch.accepted, batch.rejected, batch.failed) == (4, {}, set())
    assert (run.settled, run.records, run.due) == (2, 2, 0)
    found = state(provisioned)
    assert [(r.unit, r.sessions, r.plan) for r in found["records"]] == [
        (Unit.USAGE, 2, "standard@1"),
        (Unit.ALERT, 1, "standard@1"),
    ]
    assert found["totals"] == {
        ("2026-10-20", "standard@1"): {(Unit.ALERT, 12): 1, (Unit.USAGE, 12): 2},
    }
    assert found["balance"].wallet.balance_micros == -450_000
    assert (found["balance"].usage_sessions, found["balance"].alert_sessions) == (2, 1)


def test_nothing_is_due_after_settling(provisioned: Wiring) -> None:
    """The due index holds open conversations only."""
    provisioned.record_events([event(0)], NOW_MS)
    settle(provisioned)

    assert not any(list(provisioned.settle_conversations.timelines.due(s, 10**15)) for s in DUE_SHARDS)
    item = boto3.client("dynamodb").get_item(TableName=USAGE, Key=timeline_key(conversation()))["Item"]
    assert "due_at" not in item
    assert int(item["expires_at"]["N"]) * 1000 > NOW_MS


def test_duplicates_and_disorder_change_nothing(provisioned: Wiring) -> None:
    """The same events again, shuffled and in other batches, leave everything as it was."""
    events = [event(minute, f"c-{minute % 3}") for minute in range(0, 60, 2)] + [alert(3), alert(7)]
    provisioned.record_events(events, NOW_MS)
    settle(provisioned)
    before = state(provisioned)

    again = events * 2
    random.Random(7).shuffle(again)
    for first in range(0, len(again), 5):
        provisioned.record_events(again[first : first + 5], NOW_MS)
    settle(provisioned)

    assert state(provisioned) == before


def test_late_event_is_an_adjustment(provisioned: Wiring) -> None:
    """A record is never rewritten: a reversal names it and the difference is debited."""
    provisioned.record_events([event(0), event(10)], NOW_MS)
    settle(provisioned)
    provisioned.record_events([event(20)], NOW_MS + 120 * MINUTE)
    settle(provisioned, NOW_MS + 240 * MINUTE)

    records = state(provisioned)["records"]
    assert sorted(r.sessions for r in records) == [-1, 1, 2]
    (reversal,) = [r for r in records if r.reverses]
    assert reversal.reverses in {r.record_id for r in records}
    assert state(provisioned)["balance"].wallet.balance_micros == -400_000


def test_mark_that_arrives_while_settling_is_not_lost(
    provisioned: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The condition on the size of the set refuses a settlement of marks that are not all."""
    provisioned.record_events([event(0)], NOW_MS)
    service = provisioned.settle_conversations
    load = service.timelines.load

    def load_then_more_arrives(subjects: Any) -> Any:
        timelines = load(subjects)
        provisioned.record_events([event(10), event(20)], NOW_MS)
        return timelines

    with monkeypatch.context() as patch:
        patch.setattr(service.timelines, "load", load_then_more_arrives)
        first = settle(provisioned)
    second = settle(provisioned)

    assert (first.settled, first.conflicts) == (0, 1)
    assert (second.settled, second.conflicts) == (1, 0)
    assert [r.sessions for r in state(provisioned)["records"]] == [2]


def test_unusable_events_are_kept_with_their_reason(provisioned: Wiring) -> None:
    """Quarantine holds text, field and rule; the same text twice is one object."""
    strange = event(0, bot_id="bot_nobody")
    batch = provisioned.record_events(["{", strange, event(1), strange], NOW_MS)
    s3 = boto3.client("s3")
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=OPERATIONS, Prefix="quarantine/")["Contents"]]
    kept = [json.loads(s3.get_object(Bucket=OPERATIONS, Key=key)["Body"].read()) for key in keys]

    assert (batch.accepted, sorted(batch.rejected)) == (1, [0, 1, 3])
    assert {(k["field"], k["text"]) for k in kept} == {("event", "{"), ("data.bot_id", strange)}
    assert all(key.startswith("quarantine/2026-10-20/") for key in keys)


def test_opening_funds_are_credited_once(provisioned: Wiring) -> None:
    """A bot that is added again is not given its funds again."""
    new = bot(STANDARD, "bot_new")
    for _ in range(2):
        provisioned.provision_account(ACCOUNT, [new], {"bot_new": 500_00}, SYSTEM, NOW)
    balance = provisioned.billing.balance(ACCOUNT.account_id, "bot_new")
    (order,) = provisioned.orders.of_account(ACCOUNT.account_id)

    assert balance.wallet.balance_micros == order.amount_micros == 500_000_000
    assert order.status is OrderStatus.PAID


def test_provisioning_again_changes_nothing(provisioned: Wiring) -> None:
    """Set-up is idempotent."""
    before = provisioned.accounts.bots(ACCOUNT.account_id)
    for plan in PLANS.values():
        provisioned.accounts.put_plan(plan)
    provisioned.provision_account(ACCOUNT, before, {}, SYSTEM, NOW)

    assert provisioned.accounts.bots(ACCOUNT.account_id) == before
    assert list(provisioned.accounts.accounts()) == [ACCOUNT]
    assert len(before) == 4
