"""Amounts as Stripe counts them: mostly in the minor units of ISO 4217, and where not, by these rules.

They are those of https://docs.stripe.com/currencies ("Minor units in API amounts").
"""

from botmeter.domain.errors import PaymentRefused
from botmeter.domain.money import Money, minor_exponent

# Where Stripe's decimals are not those of ISO 4217: it still counts hundredths of a króna (always 00),
# and no part of an ariary.
_DECIMALS = {"ISK": 2, "MGA": 0}
_THREE_DECIMALS = 3
_THREE_DECIMAL_CURRENCIES = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Stripe's page lists it as without decimals and, as a special case, with two. A guess could be wrong by
# a factor of a hundred.
_CONTRADICTORY = frozenset({"UGX"})


def stripe_amount(money: Money) -> int:
    """`money` as the integer that Stripe takes along with its currency.

    Raises `PaymentRefused` for an amount or a currency that Stripe's unit cannot express; nothing is rounded.
    """
    iso_decimals = minor_exponent(money.currency)
    if money.currency in _CONTRADICTORY or not _is_known(money.currency, iso_decimals):
        raise PaymentRefused(f"{money.currency}: cards are not charged in this currency")
    step = _step(money.currency, iso_decimals)
    if money.amount_minor % step:
        raise PaymentRefused(f"{money}: cards are charged in steps of {Money(step, money.currency)}")
    more_decimals = _DECIMALS.get(money.currency, iso_decimals) - iso_decimals
    factor: int = 10 ** abs(more_decimals)
    return money.amount_minor * factor if more_decimals >= 0 else money.amount_minor // factor


def _is_known(currency: str, iso_decimals: int) -> bool:
    """Whether the unit that Stripe uses for `currency` is known."""
    return iso_decimals < _THREE_DECIMALS or currency in _THREE_DECIMAL_CURRENCIES


def _step(currency: str, iso_decimals: int) -> int:
    """The least amount that can be charged, in minor units; every other amount is a multiple of it."""
    if iso_decimals == _THREE_DECIMALS:
        return 10
    step: int = 10 ** max(0, iso_decimals - _DECIMALS.get(currency, iso_decimals))
    return step
