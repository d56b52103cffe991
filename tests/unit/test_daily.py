"""Sessions of an invoice in rows of one count a day."""

from datetime import date

from botmeter.domain.daily import DailySessions, day_by_day
from botmeter.domain.invoices import BilledTotal
from botmeter.domain.sessions import Unit

FIRST = date(2026, 10, 30)


def total(bot_id: str, unit: Unit, day: date, sessions: int) -> BilledTotal:
    return BilledTotal(bot_id, "standard@1", unit, day, sessions)


def test_there_is_one_row_for_each_subject_with_zeros_where_nothing_is_billed() -> None:
    totals = [
        total("bot_2", Unit.USAGE, date(2026, 11, 2), 4),
        total("bot_2", Unit.USAGE, FIRST, 3),
        total("bot_1", Unit.ALERT, FIRST, -7),
    ]
    assert list(day_by_day(totals)) == [
        DailySessions("bot_2", "standard@1", Unit.USAGE, FIRST, (3, 0, 0, 4)),
        DailySessions("bot_1", "standard@1", Unit.ALERT, FIRST, (-7,)),
    ]


def test_rows_give_their_totals_back_by_day() -> None:
    totals = [total("bot_1", Unit.USAGE, FIRST, 3), total("bot_1", Unit.USAGE, date(2026, 11, 2), -1)]
    (row,) = day_by_day(totals)
    assert list(row.totals()) == totals


def test_an_invoice_without_sessions_has_no_rows() -> None:
    assert not list(day_by_day([]))
