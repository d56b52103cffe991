"""Numbers as the standard writes them: exact decimals with a point and no separators."""

from botmeter.domain.money import format_price, format_units, minor_exponent

PERCENT_DIGITS = 2


def amount(amount_minor: int, currency: str) -> str:
    """Minor units as a decimal: `-1234.50`."""
    return format_units(amount_minor, minor_exponent(currency)).replace(",", "")


def price(price_micros: int, currency: str) -> str:
    """A price with all the decimals that it has: `0.0125`. The standard sets it no limit."""
    return format_price(price_micros, currency).replace(",", "")


def percent(rate_bp: int) -> str:
    """Hundredths of a percent as percent: `5.50`."""
    return format_units(rate_bp, PERCENT_DIGITS)
