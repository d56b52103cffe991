"""Tax as the standard codes it: categories, and why there is none."""

from collections.abc import Iterable
from typing import Any

from botmeter.domain.tax import Tax, TaxCategory, TaxTotal
from invoice.einvoice.amounts import amount, percent

# Text and VATEX code (BR-AE-10, BR-G-10).
_EXEMPTIONS = {
    TaxCategory.REVERSE_CHARGE: ("Reverse charge", "VATEX-EU-AE"),
    TaxCategory.EXPORT: ("Export outside the EU", "VATEX-EU-G"),
}


def breakdown(totals: Iterable[TaxTotal], currency: str) -> list[dict[str, Any]]:
    """BG-23: `totals` by category and rate.

    The standard wants one group for each; equal rates of two countries, as after a move, are one.
    """
    groups: dict[tuple[TaxCategory, int], tuple[Tax, int, int]] = {}
    for total in totals:
        key = total.tax.category, total.tax.rate_bp
        _, net, tax = groups.get(key, (total.tax, 0, 0))
        groups[key] = total.tax, net + total.net_minor, tax + total.tax_minor
    return [_group(*group, currency) for group in groups.values()]


def _group(tax: Tax, net_minor: int, tax_minor: int, currency: str) -> dict[str, Any]:
    """One group of BG-23."""
    reason, code = _EXEMPTIONS.get(tax.category, ("", ""))
    return {
        "BT-116": amount(net_minor, currency),
        "BT-117": amount(tax_minor, currency),
        "BT-118": tax.category,
        "BT-119": percent(tax.rate_bp),
        "BT-120": reason,
        "BT-121": code,
    }
