"""What free credits pay is known by day, so that an invoice can take it off."""

from collections.abc import Mapping, Sequence

import pytest

from botmeter.domain.debits import BalanceChange, free_by_day
from botmeter.domain.periods import to_ms
from botmeter.domain.settlement import Metered, TotalKey, UsageRecord
from tests.fakes.demo import ACCOUNT, PLANS, STANDARD, WELCOMING, bot, conversation
from tests.fakes.states import draft, free, october, paid, state
from tests.fakes.world import NOW, World

PRICE = 200_000


def record(day: int, plan: str = "standard@1", *, reverses: str | None = None) -> UsageRecord:
    """One session at noon of a day of October."""
    at = to_ms(october(day, 12))
    return UsageRecord(conversation(f"c-{day}"), 1, Metered(at, at, 0, (at,)), plan, "metering@1", reverses)


def by_day(records: Sequence[UsageRecord], free_micros: int) -> Mapping[str, int]:
    found = free_by_day(records, PLANS, ACCOUNT.calendar, free_micros)
    return {f"{key.day.day} {key.plan}": micros for key, micros in found.items()}


def test_earliest_days_are_paid_first() -> None:
    """None beyond its price; days that nothing is paid of are not named."""
    records = [record(3), record(1), record(1), record(2)]

    assert by_day(records, 500_000) == {"1 standard@1": 2 * PRICE, "2 standard@1": 100_000}
    assert by_day(records, 0) == {}


def test_days_without_a_price_are_not_paid() -> None:
    """Sessions of a plan with a fee cost no credits, a day that loses sessions takes none."""
    records = [record(1, "essential@1"), record(2, reverses="x"), record(3), record(3)]

    assert by_day(records, PRICE) == {"3 standard@1": PRICE}


def test_what_free_credits_got_back_is_negative() -> None:
    """The earliest days give back first, none more than its price."""
    records = [record(1, reverses="x"), record(2, reverses="x"), record(3)]

    assert by_day(records, -PRICE) == {"1 standard@1": -PRICE}
    assert by_day(records, -250_000) == {"1 standard@1": -PRICE, "2 standard@1": -50_000}


@pytest.mark.parametrize(
    ("debit", "free_micros"),
    [(300_000, 300_000), (1_500_000, 1_000_000), (0, 0)],
)
def test_draft_tells_what_free_credits_paid(debit: int, free_micros: int) -> None:
    """A euro of free credits is used before what was paid for."""
    drafted = draft(state(STANDARD, paid(5), free(1, until=october(20))))
    drafted.use(BalanceChange(debit, 1, 0), "s-1")

    assert drafted.free_micros == free_micros


def test_free_credits_get_back_what_a_correction_gives() -> None:
    """What was paid last is filled first: then free credits, which are negative then."""
    drafted = draft(state(STANDARD, free(1, 0, until=october(20))))
    drafted.use(BalanceChange(-400_000, -2, 0), "s-1")

    assert drafted.free_micros == -400_000


def test_settlement_writes_what_free_credits_paid_into_the_day() -> None:
    """In the transaction that writes the sessions."""
    world = World([bot(WELCOMING)])
    world.use(3, "bot_welcoming")
    ((use,),) = world.usage.day_use(ACCOUNT.account_id, NOW.date(), NOW.date()).values()

    assert (use.plan, use.free_micros) == ("welcoming@1", 3 * PRICE)
    assert [one.free_micros for one in world.usage.transactions] == [
        {TotalKey(NOW.date(), "welcoming@1"): 3 * PRICE}
    ]
