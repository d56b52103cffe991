"""When accounts are billed, and what a run does not queue: what is billed, parked, or being made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from botmeter.domain.invoices import Invoice, LineKind
from botmeter.domain.periods import BillingPeriod, Move
from botmeter.ports.invoices import BillingRequest, ParkedBill
from tests.fakes.demo import ACCOUNT, ESSENTIAL, bot
from tests.fakes.desk import DUE, END, GRACE, NOVEMBER, OCTOBER, Desk
from tests.fakes.world import OPERATOR, OTHER, World

SECOND = timedelta(seconds=1)
HALF_AN_HOUR = timedelta(minutes=30)


def office(**changes: Any) -> Desk:
    """A desk whose account is changed as told."""
    desk = Desk()
    desk.world.accounts.put_account(replace(ACCOUNT, **changes))
    return desk


def drawn_up(desk: Desk, period: BillingPeriod, now: datetime) -> Invoice:
    return desk.draft(ACCOUNT.account_id, period, now).invoice


@pytest.mark.parametrize(
    ("after_end", "periods"),
    [(GRACE - SECOND, []), (GRACE, ["2026-10"]), (timedelta(days=40), ["2026-10"])],
)
def test_periods_are_billed_when_their_grace_has_passed(after_end: timedelta, periods: list[str]) -> None:
    """An account is queued for its first unfinished period, once that ended long enough ago."""
    assert Desk().run(END + after_end) == periods


def test_run_queues_every_account_once() -> None:
    """All in one go, as of the time of the run."""
    names = ACCOUNT.account_id, OTHER.account_id

    assert Desk().queued(DUE) == [BillingRequest(name, OCTOBER, DUE) for name in names]


def test_billed_period_is_not_queued_again() -> None:
    """The next one is, when its time has come; one in which there was nothing to bill is billed as well."""
    desk = Desk(World([bot(ESSENTIAL)]))
    desk.issue()
    desk.issue_invoice(desk.request(account_id=OTHER.account_id), DUE)

    assert list(desk.find(DUE)) == []
    assert {r.period for r in desk.find(NOVEMBER.end(ACCOUNT.calendar) + GRACE)} == {NOVEMBER}


def test_parked_bill_is_not_queued() -> None:
    """Nor anything else of its account, until it is released; others are."""
    desk = Desk()
    desk.parked.park(
        ParkedBill(ACCOUNT.account_id, OCTOBER, "no tax rate", needs_approval=False, parked_at=DUE)
    )
    assert [r.account_id for r in desk.find(DUE)] == ["acct_other"]
    desk.correct.release(OPERATOR, ACCOUNT.account_id, DUE, approve=False)

    assert {r.account_id for r in desk.find(DUE)} == {ACCOUNT.account_id, "acct_other"}


def _nothing(_: Desk) -> None:
    """No credit note."""


def _credit(desk: Desk) -> None:
    desk.correct.credit(OPERATOR, "INV-2026-000001", [1], "a mistake", DUE)
    desk.queue.requests.clear()


@pytest.mark.parametrize(
    ("also", "numbers"), [(_nothing, ["INV-2026-000001"]), (_credit, ["INV-2026-000001", "CN-2026-000001"])]
)
def test_documents_that_were_left_behind_are_queued(also: Callable[[Desk], None], numbers: list[str]) -> None:
    """Half an hour after their issue, as often as a run finds them; not once they are made."""
    desk = Desk()
    desk.issue()
    also(desk)

    assert [r.number for r in desk.queued(DUE + HALF_AN_HOUR - SECOND) if r.number] == []
    for _ in range(2):
        assert [r.number for r in desk.queued(DUE + HALF_AN_HOUR) if r.number] == numbers
    desk.start(DUE + HALF_AN_HOUR)
    desk.work_all(DUE + HALF_AN_HOUR)
    assert [r.number for r in desk.queued(DUE + HALF_AN_HOUR) if r.number] == []
    assert (desk.documents.writes, len(desk.mailer.sent)) == (len(numbers), 1)


@pytest.mark.parametrize(("hours", "waits"), [(None, 72), (0, 0), (5, 5), (720, 720)])
def test_grace_may_be_the_account_s_own(hours: int | None, waits: int) -> None:
    """An account waits for late events as long as it says itself, else as long as the stack does."""
    desk, due = office(invoice_grace_hours=hours), END + timedelta(hours=waits)

    assert desk.run(due - SECOND) == []
    assert desk.run(due) == ["2026-10"]


def test_periods_of_an_account_that_moves_are_billed_in_turn() -> None:
    """November starts where October ended in the old zone, and ends in the new one."""
    desk = office(moves=(Move(date(2026, 11, 1), "Asia/Tokyo"),))
    november_ends = datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert desk.run(DUE) == ["2026-10"]
    desk.invoices.close_without(ACCOUNT.account_id, OCTOBER, desk.invoices.billing(ACCOUNT.account_id))

    assert desk.run(november_ends + GRACE - SECOND) == []
    assert desk.run(november_ends + GRACE) == ["2026-11"]


def test_invoice_names_the_zone_of_its_time() -> None:
    """The invoice of October is made when the account is in Tokyo already."""
    desk = office(moves=(Move(date(2026, 11, 1), "Asia/Tokyo"),))

    assert drawn_up(desk, OCTOBER, DUE).time_zone == "Asia/Tokyo"


def test_anniversary_account_is_billed_for_its_own_days() -> None:
    """A period from the fifteenth holds the sessions of both months up to the fourteenth.

    The first one has those of the day before it, too, for the period in which they were.
    """
    period, end = BillingPeriod(2026, 10, 15), datetime(2026, 11, 14, 23, tzinfo=UTC)
    desk = office(first_period=period)
    for month, day, count in ((10, 14, 1), (10, 15, 2), (11, 14, 4), (11, 15, 8)):
        desk.use(date(2026, month, day), count)

    assert desk.run(end + GRACE) == ["2026-10-15"]
    draft = drawn_up(desk, period, end + GRACE)
    used = [line for line in draft.lines if line.kind is LineKind.USAGE]
    assert [(line.service_period.label, line.quantity) for line in used] == [
        ("2026-10-15", 6),
        ("2026-09-15", 1),
    ]
    assert [(total.day, total.sessions) for total in draft.totals] == [
        (date(2026, 10, 14), 1),
        (date(2026, 10, 15), 2),
        (date(2026, 11, 14), 4),
    ]
    assert {line.service_period.label for line in draft.lines if line.kind is LineKind.FEE} == {
        "2026-10-15",
        "2026-11-15",
    }


def test_what_was_used_before_the_first_period_is_on_its_invoice() -> None:
    """Events may be three months old when an account begins: sessions are billed, fees begin with it."""
    desk = office()
    desk.use(date(2026, 9, 30), 4)
    first = desk.issued().invoice.lines
    second = desk.issued(NOVEMBER).invoice.lines
    september = OCTOBER.previous()

    assert [(x.bot_id, x.kind, x.quantity) for x in first if x.service_period == september] == [
        ("bot_standard", LineKind.USAGE, 4)
    ]
    assert not [line for line in second if line.service_period == september]
