"""Tax numbers and bank accounts, checked by python-stdnum.

It knows the form and the check digits of each country's numbers. Whether a number has been given to
anybody it does not know: nothing here asks a register.
"""

import re
from collections.abc import Callable

from stdnum import bic, iban
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as british_vat
from stdnum.in_ import gstin
from stdnum.no import mva

from botmeter.domain.errors import Refused

# Where a number is more than a name, the prefix that it has, and what checks it.
_CHECKS: dict[str, tuple[str, Callable[[str], str]]] = {
    **{country.upper(): (country.upper(), eu_vat.validate) for country in eu_vat.MEMBER_STATES - {"xi"}},
    "GR": ("EL", eu_vat.validate),
    "CH": ("CHE", swiss_vat.validate),
    "GB": ("GB", british_vat.validate),
    "IN": ("", gstin.validate),
    "NO": ("NO", mva.validate),
}
_PUNCTUATION = re.compile(r"[\s./,-]")
# Old Irish numbers have a + or a *.
_NUMBER = re.compile(r"[A-Z0-9+*]{2,20}")


class StdnumChecker:
    """Checks numbers; `ports.parties` says what each raises."""

    def vat_id(self, country: str, text: str) -> str:
        """A VAT number of `country`: in the EU and for CH, GB, IN and NO with its check digits."""
        compact = _PUNCTUATION.sub("", text).upper()
        if not _NUMBER.fullmatch(compact):
            raise Refused("vat_id", "must be 2 to 20 letters and digits")
        if country not in _CHECKS:
            return compact
        prefix, validate = _CHECKS[country]
        if not compact.startswith(prefix):
            raise Refused("vat_id", f"must begin with {prefix}, as those of {country} do")
        return prefix + _valid(validate, compact, "vat_id", f"VAT number of {country}").removeprefix(prefix)

    def iban(self, text: str) -> str:
        """An IBAN, with its check digits and the form that its country gives it."""
        return _valid(iban.validate, text, "iban", "IBAN")

    def bic(self, text: str) -> str:
        """A BIC of 8 or 11 characters."""
        return _valid(bic.validate, text, "bic", "BIC of 8 or 11 characters")


def _valid(validate: Callable[[str], str], text: str, field: str, name: str) -> str:
    """What `validate` makes of a number."""
    try:
        return validate(text)
    except ValidationError as error:
        raise Refused(field, f"must be a valid {name}: form or check digits are wrong") from error
