"""The lifecycle: what time alone brings about, and what is sent to other systems."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from botmeter.domain.accounts import Account
from botmeter.domain.balances import EntitlementReason
from botmeter.domain.changes import BotState
from botmeter.domain.credits import EntryReason
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.outgoing import OutgoingEvent
from tests.fakes.demo import ACCOUNT, ESSENTIAL, SINCE, STANDARD, TRIAL, WELCOMING, bot
from tests.fakes.world import ADMIN, NOW, TRANSFER, Died, World, die

# Midnight in Berlin, the account's time zone.
NOVEMBER = datetime(2026, 10, 31, 23, tzinfo=UTC)
TRIAL_END = SINCE + timedelta(days=14)
EXPIRY = SINCE + timedelta(days=90)


def welcome(*names: str) -> World:
    """Bots that share the free credits of their account, 500 euros for 90 days."""
    return World([bot(WELCOMING, name) for name in names])


def shared_euros(world: World) -> float:
    return world.billing.shared_credits(ACCOUNT.account_id).wallet.balance_micros / 1_000_000


def sent(world: World) -> list[tuple[str, str]]:
    return [(event.bot_id, event.type.removeprefix("billing.")) for event in world.publisher.published]


def test_nothing_due_is_nothing_done() -> None:
    """A run between two dates writes nothing."""
    world = World()
    world.lifecycle(NOW)
    writes = world.billing.writes
    run = world.lifecycle(NOW + timedelta(minutes=1))

    assert (run.balances, run.accounts, run.orders, run.events, run.failed) == (0, 0, 0, 0, 0)
    assert world.billing.writes == writes


def test_free_credits_expire() -> None:
    """With one entry in the account's ledger, however many bots share them, and however many runs."""
    world = welcome("bot_a", "bot_b")
    world.use(20, "bot_a")
    for minutes in range(3):
        world.lifecycle(EXPIRY + timedelta(minutes=minutes))

    entries = world.billing.ledger(ACCOUNT.account_id, "", 10, None).items
    assert [(e.reason, e.amount_micros / 1_000_000) for e in entries] == [
        (EntryReason.EXPIRY, -496),
        (EntryReason.USAGE, -4),
        (EntryReason.FREE_CREDITS, 500),
    ]
    assert shared_euros(world) == 0
    for name in ("bot_a", "bot_b"):
        assert world.entitlement(ADMIN, name, EXPIRY).reason is EntitlementReason.CREDITS_EXHAUSTED
        assert sent(world).count((name, "balance.exhausted")) == 1


def test_scheduled_downgrade_is_announced_when_it_takes_effect() -> None:
    """Not when it is asked for, and once."""
    world = World([bot(ESSENTIAL)])
    world.change_plan(ADMIN, "bot_essential", "standard", TRANSFER, NOW, key="k")
    world.lifecycle(NOVEMBER - timedelta(seconds=1))
    assert sent(world) == []
    for minutes in range(3):
        world.lifecycle(NOVEMBER + timedelta(minutes=minutes))

    assert sent(world).count(("bot_essential", "plan.changed")) == 1
    assert world.billing.balance(ACCOUNT.account_id, "bot_essential").standing.next_change_at is None


def test_end_of_a_plan_is_announced_days_before() -> None:
    """At seven, three and one day, and when it has come; hour by hour there is one event each."""
    world = World([bot(TRIAL)])
    hour = SINCE
    while hour <= TRIAL_END + timedelta(hours=2):
        world.lifecycle(hour)
        hour += timedelta(hours=1)

    told = [
        (e.type.removeprefix("billing."), e.data.get("days"), e.occurred_at)
        for e in world.events("bot_trial")
    ]
    assert told == [
        ("plan.expiring", "7", TRIAL_END - timedelta(days=7)),
        ("plan.expiring", "3", TRIAL_END - timedelta(days=3)),
        ("plan.expiring", "1", TRIAL_END - timedelta(days=1)),
        ("plan.ended", None, TRIAL_END),
    ]


def test_plan_that_will_be_followed_by_another_does_not_expire() -> None:
    """Whoever has chosen what comes next needs no warning."""
    world = World([bot(TRIAL)])
    world.change_plan(ADMIN, "bot_trial", "standard", TRANSFER, NOW, key="k")
    world.lifecycle(TRIAL_END)

    assert ("bot_trial", "plan.expiring") not in sent(world)


def test_shared_credits_used_up_by_one_bot_stop_the_others_by_the_next_run() -> None:
    """And the run after that has nothing more to do with them."""
    world = welcome("bot_a", "bot_b")
    world.lifecycle(NOW)
    world.use(2500, "bot_a")
    assert world.entitlement(ADMIN, "bot_b", NOW).allowed
    run = world.lifecycle(NOW + timedelta(minutes=1))

    assert run.accounts == 1
    found = world.entitlement(ADMIN, "bot_b", NOW + timedelta(minutes=1))
    assert found.reason is EntitlementReason.CREDITS_EXHAUSTED
    assert ("bot_b", "balance.exhausted") in sent(world)
    assert world.lifecycle(NOW + timedelta(minutes=2)).accounts == 0


def test_free_credits_of_the_first_bot_let_the_others_answer() -> None:
    """A bot that was exhausted may go on when another brings credits for all."""
    world = World([bot(STANDARD)])
    assert not world.entitlement(ADMIN, "bot_standard", NOW).allowed
    world.add(bot(WELCOMING), NOW)
    world.lifecycle(NOW)

    assert world.entitlement(ADMIN, "bot_standard", NOW).allowed


def test_use_during_the_look_at_an_account_is_not_missed() -> None:
    """Credits that are used up after the first bot was looked at, and before the last: looked at again."""
    world = welcome("bot_a", "bot_b")
    world.lifecycle(NOW)
    world.use(2100, "bot_b")
    # 80 euros are left: the look writes down for both that this is low. In between bot_b uses the rest.
    world.billing.afterwards = [lambda: world.use(400, "bot_b")]
    world.lifecycle(NOW)
    assert shared_euros(world) == 0
    world.lifecycle(NOW + timedelta(minutes=1))

    assert not world.entitlement(ADMIN, "bot_a", NOW + timedelta(minutes=1)).allowed


def test_failing_task_does_not_hold_up_the_others() -> None:
    """It is counted, and tried again by the next run."""
    world = World([bot(TRIAL, "bot_a"), bot(TRIAL, "bot_b")])
    state = world.billing.state

    def failing(account: Account, bot_id: str) -> BotState:
        if bot_id == "bot_a":
            raise StoreUnavailable("no answer")
        return state(account, bot_id)

    world.billing.state = failing  # type: ignore[method-assign]
    run = world.lifecycle(TRIAL_END)
    assert (run.balances, run.failed) == (1, 1)
    assert ("bot_b", "plan.ended") in sent(world)
    world.billing.state = state  # type: ignore[method-assign]

    assert world.lifecycle(TRIAL_END).balances == 1
    assert ("bot_a", "plan.ended") in sent(world)


def test_payment_provider_that_hangs_does_not_hold_up_expiries_and_events() -> None:
    """A run whose time is eaten by a provider without an answer has done all else before."""
    world = World()
    world.order()
    spent: list[str] = []

    def hang(_: object) -> None:
        spent.append("all the time")
        raise StoreUnavailable("timeout")

    world.cards.look_up = hang  # type: ignore[assignment,method-assign]
    run = world.lifecycle(TRIAL_END, lambda: bool(spent))

    assert (run.orders, run.failed, run.balances) == (0, 1, 1)
    assert ("bot_trial", "plan.ended") in sent(world)
    assert ("bot_standard", "payment.pending") in sent(world)


def test_events_are_published_once() -> None:
    """In the order in which they happened, and forgotten when they have arrived."""
    world = World()
    world.buy(100)
    world.use(450)
    first = world.lifecycle(NOW)
    second = world.lifecycle(NOW)

    assert (first.events, second.events) == (5, 0)
    assert world.publisher.published == world.billing.announced
    assert world.billing.outbox == []


def test_event_that_did_not_arrive_is_sent_again() -> None:
    """It alone, with the same id."""
    world = World()
    world.buy(100)
    world.publisher.refuses = {"billing.payment.succeeded"}
    assert world.lifecycle(NOW).events == 1
    world.publisher.refuses = set()
    world.lifecycle(NOW)

    assert [event.type for event in world.publisher.published] == [
        "billing.payment.pending",
        "billing.payment.succeeded",
    ]


def test_events_that_were_sent_and_not_forgotten_are_sent_again() -> None:
    """With the same id, so that whoever listens knows them; the run goes on with what else there is."""
    world = World()
    world.buy(100)
    forget = world.billing.sent

    def fail(_: object) -> None:
        world.billing.sent = forget  # type: ignore[method-assign]
        raise StoreUnavailable("no answer")

    world.billing.sent = fail  # type: ignore[assignment,method-assign]
    assert world.lifecycle(NOW).failed == 1
    world.lifecycle(NOW)

    ids = [(event.type, event.event_id) for event in world.publisher.published]
    assert len(ids) == 4
    assert len(set(ids)) == 2
    assert world.billing.outbox == []


def test_many_events_are_sent_in_parts() -> None:
    """More than a hundred go out in one run."""
    world = World([bot(TRIAL, f"bot_{n:03d}") for n in range(60)])
    run = world.lifecycle(TRIAL_END - timedelta(days=2))

    assert (run.balances, run.events) == (60, 120)


def test_run_stops_when_time_is_up() -> None:
    """What is left is the next run's."""
    world = World([bot(TRIAL, "bot_a"), bot(TRIAL, "bot_b")])
    answers = iter([False, True, True, True, True])

    assert world.lifecycle(TRIAL_END, lambda: next(answers)).balances == 1
    assert world.lifecycle(TRIAL_END).balances == 1


@pytest.mark.parametrize("dies", ["before", "after"])
def test_run_that_dies_is_completed_by_the_next(dies: str) -> None:
    """Whether or not its write was made, everything is announced once."""
    world = World([bot(TRIAL, "bot_a"), bot(TRIAL, "bot_b")])
    setattr(world.billing, "meanwhile" if dies == "before" else "afterwards", [die])
    with pytest.raises(Died):
        world.lifecycle(TRIAL_END)
    world.lifecycle(TRIAL_END)

    assert sorted(sent(world)).count(("bot_a", "plan.ended")) == 1
    assert sorted(sent(world)).count(("bot_b", "plan.ended")) == 1


def test_two_runs_at_once_announce_once() -> None:
    """The slower one finds that it is written; what it sends again has the same id."""
    world = World([bot(TRIAL)])
    world.billing.meanwhile = [lambda: world.lifecycle(TRIAL_END)]
    world.lifecycle(TRIAL_END)

    ids = [event.event_id for event in published(world.publisher.published, "billing.plan.ended")]
    assert len(set(ids)) == 1
    assert len([e for e in world.billing.announced if e.type == "billing.plan.ended"]) == 1


def published(events: Sequence[OutgoingEvent], kind: str) -> list[OutgoingEvent]:
    """Those of one type."""
    return [event for event in events if event.type == kind]
