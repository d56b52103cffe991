"""Explanations: the records behind the lines, told apart by when they were written."""

from dataclasses import replace
from datetime import date, timedelta

from botmeter.domain.explanations import Explanation, RecordShare, Settled, Subject, explain, subjects, until
from botmeter.domain.invoices import BilledTotal, Invoice, IssuedInvoice, LineKind
from botmeter.domain.periods import to_ms, to_utc
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Metered, UsageRecord
from tests.fakes.demo import ACCOUNT, conversation
from tests.fakes.documents import OCTOBER, invoice, line
from tests.fakes.states import october

PLAN, BOT = "standard@1", "bot_standard"
FIRST = date(2026, 10, 1)
SUBJECT = Subject(BOT, OCTOBER, PLAN, Unit.USAGE)
MINUTE = 60_000


def record(name: str, sessions: int, *, reverses: str | None = None, hour: int = 9) -> UsageRecord:
    """Sessions of a conversation on the first of October, or of the night after it."""
    start = to_ms(october(1, hour))
    starts = tuple(start + n * 15 * MINUTE for n in range(sessions))
    metered = Metered(start, starts[-1], 0, starts)
    return UsageRecord(conversation(name), 1, metered, PLAN, "metering@1", reverses)


def settled(at: int, one: UsageRecord) -> Settled:
    return Settled(f"{at:013d}-x", one)


def bill(number: str, at: int, count: int, *, replaces: str = "", day: date = FIRST) -> Invoice:
    """An invoice that was drawn up at a time (ms) and bills as many sessions of a day; none without."""
    totals = (BilledTotal(BOT, PLAN, Unit.USAGE, day, count),) if count else ()
    lines = [line(quantity=count, bot_id=BOT, plan=PLAN)] if count else []
    drawn_up = invoice(lines, number=number, totals=totals, usage_as_of_ms=at, replaces=replaces)
    return replace(drawn_up, issued_at=to_utc(at))


def behind(history: list[Invoice], *records: Settled) -> tuple[list[tuple[str, int]], int]:
    """Names and sessions of what is behind the last invoice, and what is not explained."""
    found = explain(history, SUBJECT, records, ACCOUNT.calendar)
    return [(share.record.subject.name, share.sessions) for share in found.records], found.unexplained


A, B, C = (settled(at, record(name, n)) for at, name, n in ((1, "a", 2), (6, "b", 1), (11, "c", 3)))


def test_subjects_are_what_lines_count_together() -> None:
    """Included sessions and those beyond are one subject; fees are none."""
    usage, alerts = {"bot_id": BOT, "plan": PLAN}, {"bot_id": BOT, "plan": PLAN}
    lines = [
        line(LineKind.FEE, 1),
        line(LineKind.INCLUDED_USAGE, 5, **usage),
        line(LineKind.ALERTS, 2, **alerts),
        line(LineKind.USAGE, 3, **usage),
        line(LineKind.USAGE, 1, service_period=OCTOBER.previous(), **usage),
    ]

    assert subjects(invoice(lines)) == {
        SUBJECT: (2, 4),
        replace(SUBJECT, unit=Unit.ALERT): (3,),
        replace(SUBJECT, period=OCTOBER.previous()): (5,),
    }


def test_history_ends_with_the_invoice() -> None:
    """What was issued before it, in order; by number where the time is the same."""
    one, two, three = bill("INV-1", 5, 1), bill("INV-2", 5, 1), bill("INV-3", 5, 1)
    issued = [IssuedInvoice(of, "key") for of in (three, bill("INV-0", 6, 1), two, one)]

    assert [of.number for of in until(two, issued)] == ["INV-1", "INV-2"]


def test_records_are_told_apart_by_when_they_were_written() -> None:
    """The first invoice has those of its time, the next what came later."""
    first, second = bill("INV-1", 5, 2), bill("INV-2", 10, 1)

    assert behind([first], A, B, C) == ([("a", 2)], 0)
    assert behind([first, second], A, B, C) == ([("b", 1)], 0)


def test_explanation_names_lines_and_shares() -> None:
    """With the sessions of its lines."""
    assert explain([bill("INV-1", 5, 2)], SUBJECT, [A], ACCOUNT.calendar) == Explanation(
        SUBJECT, (1,), 2, (RecordShare(A.record, 2),)
    )


def test_records_of_others_are_left_out() -> None:
    """Those of other plans, units and periods are behind other lines."""
    other_plan = settled(1, replace(record("p", 1), plan="essential@1"))
    before = settled(1, record("y", 1, hour=0))
    last_month = replace(before, record=replace(before.record, metered=_yesterday(before.record.metered)))

    assert behind([bill("INV-1", 5, 2)], other_plan, last_month, A) == ([("a", 2)], 0)


def _yesterday(metered: Metered) -> Metered:
    day = int(timedelta(days=1) / timedelta(milliseconds=1))
    starts = tuple(at - day for at in metered.session_starts_ms)
    return replace(metered, start_ms=starts[0], end_ms=starts[-1], session_starts_ms=starts)


def test_record_over_midnight_is_shared_by_its_days() -> None:
    """Its sessions of both days are behind the lines of the month that has both."""
    # Half past eleven in the night, in Berlin: two sessions before midnight, one after.
    night = replace(record("n", 3, hour=21), metered=_half_past(record("n", 3, hour=21).metered))
    totals = [BilledTotal(BOT, PLAN, Unit.USAGE, date(2026, 10, 1 + n), 2 - n) for n in range(2)]
    both = replace(bill("INV-1", 5, 3), totals=tuple(totals))

    assert behind([both], settled(1, night)) == ([("n", 3)], 0)


def _half_past(metered: Metered) -> Metered:
    starts = tuple(at + 30 * MINUTE for at in metered.session_starts_ms)
    return replace(metered, start_ms=starts[0], end_ms=starts[-1], session_starts_ms=starts)


def test_reversal_takes_off() -> None:
    """A correction is behind the adjustment: what is taken back, and what stands for it."""
    taken = settled(7, record("a", 2, reverses="a/1"))
    first, second = bill("INV-1", 5, 2), bill("INV-2", 10, -1)

    assert behind([first, second], A, taken, settled(7, record("a", 1))) == ([("a", 1), ("a", -2)], 0)


def test_what_comes_to_nothing_stays_with_those_of_its_time() -> None:
    """Records that cancel out are taken by the invoice that saw them, though it has no line for them."""
    taken, again = settled(7, record("a", 2, reverses="a/1")), settled(7, record("a", 2))
    history = [bill("INV-1", 5, 2), bill("INV-2", 10, 0), bill("INV-3", 15, 3)]

    assert behind(history, A, taken, again, C) == ([("c", 3)], 0)


def test_what_was_read_after_the_invoice_s_time_is_behind_it_all_the_same() -> None:
    """A draft reads a little later than it is dated: the fewest records that add up are its own."""
    late = settled(6, record("b", 1))
    later = [settled(8, record("x", 1)), settled(8, record("x", 1, reverses="x/1"))]

    assert behind([bill("INV-1", 5, 3)], A, late, *later) == ([("a", 2), ("b", 1)], 0)


def test_records_that_are_missing_are_told() -> None:
    """Nothing that does not add up is taken for an explanation."""
    assert behind([bill("INV-1", 5, 4)], A, B) == ([], 4)


def test_invoice_that_replaces_another_takes_up_its_records() -> None:
    """Also where a later invoice has billed what came in between; that one keeps what it has."""
    void, later, anew = bill("INV-1", 5, 2), bill("INV-2", 10, 1), bill("INV-3", 20, 5, replaces="INV-1")

    assert behind([void, later, anew], A, B, C) == ([("a", 2), ("c", 3)], 0)
    assert behind([void, later], A, B, C) == ([("b", 1)], 0)


def test_void_invoice_keeps_its_records_until_it_is_replaced() -> None:
    """What it billed does not come back by itself."""
    void, later = bill("INV-1", 5, 2), bill("INV-2", 20, 4)

    assert behind([void, later], A, B, C) == ([("b", 1), ("c", 3)], 0)
