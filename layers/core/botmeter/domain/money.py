"""Money: integers in micro-units for prices, in minor units for invoices, rounded at one place."""

from dataclasses import dataclass

MICROS_DIGITS = 6
# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


def minor_exponent(currency: str) -> int:
    """Decimal digits of the minor unit of an ISO 4217 currency: JPY 0, EUR 2, KWD 3."""
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():  # noqa: PLR2004
        raise ValueError("currency: must be an ISO 4217 code of three capital letters")
    return _EXPONENTS.get(currency, 2)


def round_half_up(amount: int, divisor: int) -> int:
    """`amount` / `divisor` as a whole number, half up; a credit rounds as the charge it takes back.

    The only place where Botmeter rounds money.
    """
    rounded = (2 * abs(amount) + divisor) // (2 * divisor)
    return rounded if amount >= 0 else -rounded


def round_to_minor(amount_micros: int, currency: str) -> int:
    """Micro-units to minor units, half up."""
    return round_half_up(amount_micros, 10 ** (MICROS_DIGITS - minor_exponent(currency)))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency."""

    amount_minor: int
    currency: str

    def __str__(self) -> str:
        """Plain text for people, such as `1,234.50 EUR`."""
        return f"{format_units(self.amount_minor, minor_exponent(self.currency))} {self.currency}"


def format_units(amount: int, exponent: int) -> str:
    """Decimal text of an integer amount with `exponent` decimals and thousands separators."""
    whole, fraction = divmod(abs(amount), 10**exponent)
    decimals = f".{fraction:0{exponent}d}" if exponent else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{decimals}"


def format_price(price_micros: int, currency: str) -> str:
    """A unit price with the decimals it needs, and at least those of the currency: `0.20`, `0.0125`."""
    least = minor_exponent(currency)
    text = format_units(price_micros, MICROS_DIGITS)
    whole, decimals = text.split(".")
    kept = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{kept}" if kept else whole


def minor_to_micros(amount_minor: int, currency: str) -> int:
    """Minor units to micro-units; exact."""
    unit: int = 10 ** (MICROS_DIGITS - minor_exponent(currency))
    return amount_minor * unit
