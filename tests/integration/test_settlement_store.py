"""Settlements: usage and billing are written together, and whoever was faster is named."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from botmeter.adapters.dynamo.billing import DynamoBilling
from botmeter.adapters.dynamo.settlements import DynamoSettlements
from botmeter.domain.changes import BotState, Change
from botmeter.domain.debits import free_by_day
from botmeter.domain.drafts import DayUse
from botmeter.domain.errors import Conflict, StoreUnavailable
from botmeter.domain.events import Subject
from botmeter.domain.periods import to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Terms, usage_totals
from botmeter.domain.settling import settle
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import BotSettlement, MarkAddition, SettlementRejected, SettlementTooLarge
from tests.fakes.demo import ACCOUNT, PLANS, conversation
from tests.integration.conftest import BILLING, USAGE
from tests.integration.stores import (
    BOT_ID,
    NOW,
    Answering,
    Stores,
    audited,
    cancelled,
    change,
    entry,
    everything,
    full_bot,
    new,
    stored,
    stores,
    told,
)

NOW_MS = to_ms(NOW)
SUBJECTS = (conversation("c-1"), conversation("c-2"))


@pytest.fixture
def on(aws: None) -> Stores:
    return stores()


def talk(on: Stores, subjects: Sequence[Subject] = SUBJECTS, minute: int = 0) -> None:
    """A user message in each conversation, two hours ago."""
    at = NOW_MS - 120 * 60_000 + minute * 60_000
    assert not on.timelines.add_marks(
        [MarkAddition(s, [encode_mark(at, Kind.USER_MESSAGE)], at) for s in subjects]
    )


def settlement(
    on: Stores, state: BotState, settlement_id: str = "s-1", *, free_micros: int = 0, **also: Any
) -> BotSettlement:
    """What settling both conversations writes, with the use on the bot's balance."""
    terms = Terms(state.bot.rule, state.bot.subscription, 0)
    timelines = on.timelines.load(SUBJECTS)
    settlements = [settle(timeline, terms, NOW_MS) for timeline in timelines]
    appended = [record for s in settlements for record in s.appended]
    used = replace(state.balance, usage_sessions=state.balance.usage_sessions + len(appended))
    return BotSettlement(
        account=ACCOUNT,
        bot=state.bot,
        settlement_id=settlement_id,
        settlements=settlements,
        totals=usage_totals(appended, ACCOUNT.calendar),
        free_micros=free_by_day(appended, PLANS, ACCOUNT.calendar, free_micros),
        plans=PLANS,
        change=change(state, balance=used, **{"ledger": (entry(),), **also}),
    )


def test_usage_and_billing_are_written_together(on: Stores) -> None:
    """Records, totals, balance, ledger and events of one settlement are there at once."""
    state = stored(on)
    talk(on)
    whole = settlement(on, state, events=(told(),))
    on.settlements.write(whole)
    month = ACCOUNT.first_period.next()

    assert on.billing.state(ACCOUNT, BOT_ID) == whole.change.after
    assert list(on.billing.ledger(ACCOUNT.account_id, BOT_ID, 9, None).items) == [entry()]
    assert on.outbox.waiting(9) == [told()]
    assert len(on.usage.records(ACCOUNT.account_id, BOT_ID, month)) == 2
    assert sum(on.usage.sessions(ACCOUNT.account_id, BOT_ID, month).values()) == 2


def test_what_free_credits_paid_is_in_the_day_s_totals(on: Stores) -> None:
    """Written in the transaction of the sessions, added up, and no session of any hour."""
    state = stored(on)
    talk(on)
    on.settlements.write(settlement(on, state, free_micros=300_000))
    day = ACCOUNT.calendar.day(NOW)

    assert on.usage.day_use(ACCOUNT.account_id, day, day) == {
        BOT_ID: [DayUse(day, "standard@1", {Unit.USAGE: 2}, 300_000)]
    }
    assert sum(on.usage.sessions(ACCOUNT.account_id, BOT_ID, ACCOUNT.first_period.next()).values()) == 2


def test_free_credits_of_later_settlements_add_up(on: Stores) -> None:
    """Also what they get back; a settlement that is refused adds nothing."""
    state = stored(on)
    talk(on)
    old = settlement(on, state, free_micros=400_000)
    on.settlements.write(old)
    with pytest.raises(SettlementRejected):
        on.settlements.write(old)
    talk(on, minute=20)
    present = on.billing.state(ACCOUNT, BOT_ID)
    on.settlements.write(settlement(on, present, "s-2", free_micros=200_000))
    talk(on, minute=60)
    corrected = settlement(on, on.billing.state(ACCOUNT, BOT_ID), "s-3")
    key = next(iter(corrected.totals))
    on.settlements.write(replace(corrected, free_micros={key: -150_000}))
    ((use,),) = on.usage.day_use(ACCOUNT.account_id, key.day, key.day).values()

    assert use.free_micros == 400_000 + 200_000 - 150_000


def test_day_use_is_of_its_days(on: Stores) -> None:
    """The first and the last belong to it; where free credits have paid nothing, that is none."""
    state = stored(on)
    talk(on)
    on.settlements.write(settlement(on, state))
    day = ACCOUNT.calendar.day(NOW)
    around = (day - timedelta(days=1), day, day + timedelta(days=1))

    def used(first: date, last: date) -> list[int]:
        days = on.usage.day_use(ACCOUNT.account_id, first, last).get(BOT_ID, [])
        return [use.free_micros for use in days]

    assert used(day, day) == used(around[0], around[2]) == [0]
    assert used(around[0], around[0]) == used(around[2], around[2]) == []


def test_plan_that_changes_meanwhile_is_a_conflict(on: Stores) -> None:
    """A settlement of what was read before a change of plan writes nothing; read again, it is written."""
    state = stored(on)
    talk(on)
    old = settlement(on, state)
    changed = change(state, bot=full_bot(), balance=state.balance, audit=(audited(),))
    on.billing.save(changed)
    before = everything()

    with pytest.raises(Conflict):
        on.settlements.write(old)
    assert everything() == before
    on.settlements.write(settlement(on, on.billing.state(ACCOUNT, BOT_ID)))
    assert on.billing.balance(ACCOUNT.account_id, BOT_ID).usage_sessions == state.balance.usage_sessions + 2


def test_settlement_that_comes_meanwhile_refuses_a_change_of_plan(on: Stores) -> None:
    """The other way round: the plan is not changed on a balance that is not the present one."""
    state = stored(on)
    talk(on)
    on.settlements.write(settlement(on, state))

    with pytest.raises(Conflict):
        on.billing.save(change(state, bot=full_bot(), balance=state.balance))
    assert on.billing.state(ACCOUNT, BOT_ID).bot == state.bot


def test_timelines_that_changed_are_named(on: Stores) -> None:
    """Marks that arrive meanwhile refuse the settlement, also where the billing has changed too."""
    state = stored(on)
    talk(on)
    old = settlement(on, state)
    talk(on, SUBJECTS[1:], minute=1)

    for _ in range(2):
        with pytest.raises(SettlementRejected) as rejected:
            on.settlements.write(old)
        assert rejected.value.subjects == {SUBJECTS[1]}
        present = on.billing.state(ACCOUNT, BOT_ID)
        on.billing.save(change(present, balance=present.balance))


def test_same_settlement_again_is_rejected_whole(on: Stores) -> None:
    """What was written before is not written again, and all of its timelines are to be read again."""
    state = stored(on)
    talk(on)
    whole = settlement(on, state)
    on.settlements.write(whole)
    before = everything()

    with pytest.raises(SettlementRejected) as rejected:
        on.settlements.write(whole)
    assert rejected.value.subjects == set(SUBJECTS)
    assert everything() == before


def test_page_that_exists_rejects_all_timelines(on: Stores) -> None:
    """A page of the settlement's name says that this settlement was written, whatever the timelines say."""
    state = stored(on)
    talk(on, SUBJECTS[:1])
    on.settlements.write(settlement(on, state))
    talk(on, SUBJECTS[1:])
    later = replace(settlement(on, on.billing.state(ACCOUNT, BOT_ID)), settlement_id="s-1")
    fresh = [s for s in later.settlements if s.timeline.subject == SUBJECTS[1]]

    with pytest.raises(SettlementRejected) as rejected:
        on.settlements.write(replace(later, settlements=fresh))
    assert rejected.value.subjects == {SUBJECTS[1]}


def test_settlement_without_sessions_leaves_the_billing_alone(on: Stores) -> None:
    """Where nothing was used, the transaction holds the timelines and pages only."""
    state = stored(on)
    talk(on)
    on.settlements.write(replace(settlement(on, state), change=Change(state, state)))

    assert on.billing.state(ACCOUNT, BOT_ID) == state


def test_too_many_actions_are_too_large(on: Stores) -> None:
    """DynamoDB takes a hundred actions; what is more is cut by the caller."""
    state = stored(on)
    talk(on)

    with pytest.raises(SettlementTooLarge):
        on.settlements.write(settlement(on, state, ledger=[entry(n) for n in range(1, 100)]))


# The actions of the settlement below: two timelines, a page, a total, the balance, an entry.
@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([cancelled("TransactionConflict", *["None"] * 5)] * 9, SettlementRejected),
        ([cancelled(*["None"] * 3, "TransactionConflict", *["None"] * 2)] * 9, Conflict),
        ([cancelled(*["None"] * 4, "TransactionConflict", "None")] * 9, Conflict),
        ([cancelled(*["None"] * 4, "ConditionalCheckFailed", "None")], Conflict),
        ([cancelled("ItemCollectionSizeLimitExceeded", *["None"] * 5)], SettlementTooLarge),
        ([cancelled(*["None"] * 2, "ValidationError", *["None"] * 3)], SettlementTooLarge),
        ([cancelled("ThrottlingError", *["None"] * 5)], StoreUnavailable),
        ([ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")], StoreUnavailable),
    ],
)
def test_who_is_in_the_way_for_long_decides_the_error(
    on: Stores, monkeypatch: pytest.MonkeyPatch, errors: list[Exception], expected: type[Exception]
) -> None:
    """Timelines are left to the next run, billing is read again, and what is too large is cut."""
    monkeypatch.setattr("botmeter.adapters.dynamo.conflicts.time.sleep", lambda _: None)
    talk(on)
    client: Any = Answering(*errors)
    offline = DynamoSettlements(client, USAGE, DynamoBilling(client, BILLING, on.accounts))
    whole = settlement(on, replace(new(), balance=replace(new().balance, revision=1)))

    with pytest.raises(expected):
        offline.write(whole)
    assert len(client.calls[0][1]["TransactItems"]) == 7
