"""Money is exact and rounded once."""

import pytest

from botmeter.domain.money import (
    Money,
    format_price,
    minor_exponent,
    minor_to_micros,
    round_to_minor,
)


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
