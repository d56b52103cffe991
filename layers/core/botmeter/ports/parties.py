"""The numbers that customers and sellers have: only who knows each country's rules can check them."""

from typing import Protocol


class NumberChecker(Protocol):
    """Checks form and check digits, and asks nobody; returns numbers without blanks and punctuation.

    Each raises `Refused` for the field that it is named after.
    """

    def vat_id(self, country: str, text: str) -> str:
        """A VAT number that businesses of `country` have, with its prefix."""

    def iban(self, text: str) -> str:
        """The number of a bank account."""

    def bic(self, text: str) -> str:
        """The code of a bank."""
