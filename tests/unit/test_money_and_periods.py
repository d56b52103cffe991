"""Money is exact and rounded once; periods are local months."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from botmeter.domain.money import (
    Money,
    format_price,
    minor_exponent,
    minor_to_micros,
    round_to_minor,
)
from botmeter.domain.periods import (
    BillingPeriod,
    LocalHour,
    local_hour,
    to_ms,
    to_rfc3339,
    to_utc,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("micros", "currency", "minor"),
    [
        (5_000, "EUR", 1),
        (4_999, "EUR", 0),
        (-5_000, "EUR", -1),
        (-4_999, "EUR", 0),
        (1_234_567_890, "EUR", 123_457),
        (500_000, "JPY", 1),
        (499_999, "JPY", 0),
        (500, "KWD", 1),
        (499, "KWD", 0),
        (50, "CLF", 1),
    ],
)
def test_rounding_is_half_up(micros: int, currency: str, minor: int) -> None:
    """Half a minor unit rounds away from zero, for charges and credits alike."""
    assert round_to_minor(micros, currency) == minor


@pytest.mark.parametrize(("currency", "exponent"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("CLF", 4)])
def test_exponents(currency: str, exponent: int) -> None:
    """Minor units are those of ISO 4217."""
    assert minor_exponent(currency) == exponent
    assert minor_to_micros(7, currency) == 7 * 10 ** (6 - exponent)


@pytest.mark.parametrize("currency", ["eur", "EURO", "€uR", ""])
def test_currency_that_is_none(currency: str) -> None:
    """A currency is three capital letters."""
    with pytest.raises(ValueError, match="currency"):
        minor_exponent(currency)


def test_amounts_and_prices_as_text() -> None:
    """Amounts have all decimals of the currency, prices the decimals that they need."""
    assert str(Money(123_450, "EUR")) == "1,234.50 EUR"
    assert str(Money(-5, "EUR")) == "-0.05 EUR"
    assert str(Money(1_234, "JPY")) == "1,234 JPY"
    assert format_price(200_000, "EUR") == "0.20"
    assert format_price(12_500, "EUR") == "0.0125"
    assert format_price(3_000_000, "JPY") == "3"


def test_times_as_text_and_numbers() -> None:
    """Times are UTC with milliseconds."""
    assert to_rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert to_utc(to_ms(datetime(2026, 10, 5, 9, 30, 12, 480_999, tzinfo=UTC))) == datetime(
        2026, 10, 5, 9, 30, 12, 480_000, tzinfo=UTC
    )


def test_period_borders_are_local_midnights() -> None:
    """October 2026 in Berlin starts in summer time and ends in winter time."""
    october = BillingPeriod.parse("2026-10")

    assert october.start(BERLIN) == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert october.end(BERLIN) == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert BillingPeriod.containing(datetime(2026, 10, 31, 23, tzinfo=UTC), BERLIN).label == "2026-11"
    assert (october.first_day, october.last_day) == (date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize("label", ["2026", "2026-13", "9999-12", "x"])
def test_labels_that_are_no_period(label: str) -> None:
    """A label is a year of this time and a month."""
    with pytest.raises(ValueError, match=r"period|format|time data|unconverted"):
        BillingPeriod.parse(label)


def test_periods_follow_one_another() -> None:
    """The year turns with December."""
    december = BillingPeriod(2026, 12)

    assert december.next() == BillingPeriod(2027, 1)
    assert december.next().previous() == december
    assert december.previous() < december


@pytest.mark.parametrize(
    ("instant", "day", "index"),
    [
        ("2026-10-24T22:30Z", 25, 0),
        ("2026-10-25T00:30Z", 25, 2),
        ("2026-10-25T01:30Z", 25, 3),
        ("2026-10-25T22:30Z", 25, 24),
        ("2026-10-25T23:00Z", 26, 0),
    ],
)
def test_hours_of_a_day_of_25(instant: str, day: int, index: int) -> None:
    """When clocks go back, the hour that comes twice is two hours."""
    hour = local_hour(to_ms(datetime.fromisoformat(instant)), BERLIN)

    assert hour == LocalHour(date(2026, 10, day), index)


def test_midnight_that_clocks_skip() -> None:
    """A day without midnight starts with its first instant (Santiago, 2026-09-06)."""
    hour = local_hour(to_ms(datetime(2026, 9, 6, 4, 0, tzinfo=UTC)), ZoneInfo("America/Santiago"))

    assert hour == LocalHour(date(2026, 9, 6), 0)
