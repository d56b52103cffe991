"""Tax numbers and bank accounts: what is valid, and in which form it is kept."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botmeter.adapters.numbers import StdnumChecker
from botmeter.domain.countries import COUNTRIES
from botmeter.domain.errors import Refused

CHECKER = StdnumChecker()


@pytest.mark.parametrize(
    ("country", "text", "kept"),
    [
        ("AT", "ATU 13585627", "ATU13585627"),
        ("BE", "BE 0428.759.497", "BE0428759497"),
        ("CH", "CHE-107.787.577 MWST", "CHE107787577MWST"),
        ("DE", "de 123 456 788", "DE123456788"),
        ("ES", "ES B-58378431", "ESB58378431"),
        ("FR", "FR 40 303 265 045", "FR40303265045"),
        ("GB", "GB 980 7806 84", "GB980780684"),
        ("GR", "EL 094259216", "EL094259216"),
        ("IE", "IE 6433435F", "IE6433435F"),
        ("IN", "27AAPFU0939F1ZV", "27AAPFU0939F1ZV"),
        ("NO", "NO 995 525 828 MVA", "NO995525828MVA"),
        ("US", "12-3456789", "123456789"),
    ],
)
def test_vat_numbers_are_kept_in_their_short_form(country: str, text: str, kept: str) -> None:
    """Without blanks and punctuation, with the prefix; what is kept is valid itself."""
    assert CHECKER.vat_id(country, text) == kept
    assert CHECKER.vat_id(country, kept) == kept


@pytest.mark.parametrize(
    ("country", "text", "rule"),
    [
        ("DE", "DE123456789", "must be a valid VAT number of DE: form or check digits are wrong"),
        ("DE", "123456788", "must begin with DE, as those of DE do"),
        ("DE", "FR40303265045", "must begin with DE, as those of DE do"),
        ("GR", "GR094259216", "must begin with EL, as those of GR do"),
        ("GB", "XI980780684", "must begin with GB, as those of GB do"),
        ("CH", "CHE-107.787.577", "must be a valid VAT number of CH: form or check digits are wrong"),
        ("DE", "DEDE123456788", "must be a valid VAT number of DE: form or check digits are wrong"),
        ("US", "No: 1234", "must be 2 to 20 letters and digits"),
        ("US", "\uff11\uff12", "must be 2 to 20 letters and digits"),
        ("US", "-", "must be 2 to 20 letters and digits"),
    ],
)
def test_what_is_no_vat_number(country: str, text: str, rule: str) -> None:
    """A wrong digit, another country's, or nothing that could be one."""
    with pytest.raises(Refused) as refused:
        CHECKER.vat_id(country, text)
    assert (refused.value.field, refused.value.rule) == ("vat_id", rule)


@pytest.mark.parametrize(
    ("check", "text", "kept"),
    [
        (CHECKER.iban, "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        (CHECKER.bic, "cobadeff xxx", "COBADEFFXXX"),
        (CHECKER.bic, "COBADEFF", "COBADEFF"),
    ],
)
def test_bank_accounts_are_kept_in_their_short_form(
    check: Callable[[str], str], text: str, kept: str
) -> None:
    """As banks write them on forms for machines."""
    assert check(text) == kept


@pytest.mark.parametrize(
    ("check", "text", "field"),
    [
        (CHECKER.iban, "DE88370400440532013000", "iban"),
        (CHECKER.iban, "DE8937040044053201300", "iban"),
        (CHECKER.iban, "", "iban"),
        (CHECKER.bic, "COBADEFFXX", "bic"),
        (CHECKER.bic, "COBAXXFF", "bic"),
    ],
)
def test_what_is_no_bank_account(check: Callable[[str], str], text: str, field: str) -> None:
    """Check digits, length and country count."""
    with pytest.raises(Refused, match=f"^{field}: must be a valid "):
        check(text)


@given(st.sampled_from(sorted(COUNTRIES)), st.text(max_size=30) | st.from_regex(r"[A-Z]{2}[0-9A-Z+*]{2,14}"))
def test_any_text_is_valid_or_refused(country: str, text: str) -> None:
    """Whatever somebody types: never another error, and what is kept is plain."""
    for check in (lambda given: CHECKER.vat_id(country, given), CHECKER.iban, CHECKER.bic):
        try:
            kept = check(text)
        except Refused:
            continue
        assert kept.isascii()
        assert check(kept) == kept
