"""Amounts, numbers and times as a reader's country writes them."""

from datetime import date

import pytest
from babel.localedata import locale_identifiers

from api.console.formats import DEFAULT, Formats, _locale, preferred_tag

US, DE, FR, AR = (Formats(tag) for tag in ("en-US", "de-DE", "fr-FR", "ar-EG"))
THIN, HARD, TO_THE_RIGHT = "\u202f", "\u00a0", "\u200f"


# ---------------------------------------------------------------------------------- languages


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de-DE"),
        ("en;q=0.5, fr-FR;q=0.9", "fr-FR"),
        ("de;q=0.5,fr;q=0.5", "de"),
        ("tlh, xx-YY;q=0.9, sv;q=0.1", "sv"),
        ("*;q=0.5, it;q=0.1", "it"),
        ("zh-Hans-CN", "zh-Hans-CN"),
        ("fr;q=0, de;q=0.1", "de"),
    ],
)
def test_language_is_chosen_by_weight(header: str, tag: str) -> None:
    """The first of the heaviest that there is; a weight of 0 refuses one."""
    assert preferred_tag(header) == tag


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        ";",
        "*",
        "de;q=0",
        "de;q=x",
        "../../etc/passwd",
        "en\x00",
        "a" * 10_000,
        "en-" * 3_000,
        ",".join(["xx"] * 10 + ["de"]),
        "<script>",
        "ß-ü",
        "q=1",
    ],
)
def test_unknown_and_hostile_headers_fall_back(header: str) -> None:
    """To a language that there is; of many, only some are tried."""
    assert preferred_tag(header) == DEFAULT


def test_made_up_languages_do_not_fill_the_memory() -> None:
    """Whoever sends a new one with each request gets the same answer, and costs no more."""
    for n in range(2_000):
        preferred_tag(f"x{n}")

    info = _locale.cache_info()
    assert info.maxsize is not None
    assert info.currsize <= info.maxsize


def test_every_language_writes_everything() -> None:
    """Whichever of Unicode's a browser asks for, no page fails."""
    for name in locale_identifiers():
        formats = Formats(preferred_tag(name.replace("_", "-")), "Asia/Kolkata")
        at = "2026-10-05T12:30:09Z"
        written = [
            formats.money({"amount": -123_450, "currency": "EUR"}),
            formats.plain_amount(123_450, "KWD"),
            formats.micros(32_500, "EUR"),
            formats.number(12_345),
            formats.percent(1900),
            formats.instant(at),
            formats.weekday(date(2026, 10, 5)),
            formats.short_day(date(2026, 10, 5)),
            formats.month("2026-10"),
        ]
        assert all(written), name


def test_formats_of_no_language_are_an_error() -> None:
    """`preferred_tag` lets none of these through."""
    with pytest.raises(ValueError, match="no locale xx"):
        Formats("xx").number(1)


# ---------------------------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    ("formats", "amount", "currency", "text"),
    [
        (US, 123_450, "EUR", "€1,234.50"),
        (US, 1_234, "JPY", "¥1,234"),
        (US, 1_234_500, "KWD", "KWD\u00a01,234.500"),
        (US, 123_450, "RSD", "RSD\u00a01,234.50"),
        (DE, 1_234_567, "IQD", f"1.234,567{HARD}IQD"),
        (US, -5, "USD", "-$0.05"),
        (DE, 123_450, "EUR", f"1.234,50{HARD}€"),
        (DE, 1_234, "JPY", f"1.234{HARD}¥"),
        (DE, 1_234_500, "KWD", f"1.234,500{HARD}KWD"),
        (FR, 123_450, "EUR", f"1{THIN}234,50{HARD}€"),
        (FR, 0, "EUR", f"0,00{HARD}€"),
        (AR, 123_450, "EUR", f"{TO_THE_RIGHT}1,234.50{HARD}€"),
        (US, 10**15, "EUR", "€10,000,000,000,000.00"),
    ],
)
def test_money(formats: Formats, amount: int, currency: str, text: str) -> None:
    """With as many digits as the currency has, where the country puts them."""
    assert formats.money({"amount": amount, "currency": currency}) == text


@pytest.mark.parametrize(
    ("formats", "amount", "currency", "text"),
    [
        (US, 123_450, "EUR", "1,234.50"),
        (DE, 123_400, "EUR", "1.234,00"),
        (FR, 1_234, "JPY", f"1{THIN}234"),
        (Formats("en-IN"), 12_345_678_90, "INR", "1,23,45,678.90"),
        (Formats("de-CH"), 1_234_500, "KWD", "1\u2019234.500"),
    ],
)
def test_amount_as_it_is_typed(formats: Formats, amount: int, currency: str, text: str) -> None:
    """In groups as the country makes them, without the currency."""
    assert formats.plain_amount(amount, currency) == text


@pytest.mark.parametrize(
    ("formats", "amount", "text"),
    [
        (US, 32_500, "€0.0325"),
        (US, 1_000_000, "€1.00"),
        (US, 1_500_000, "€1.50"),
        (US, 1, "€0.000001"),
        (US, 100_000_000_000, "€100,000.00"),
        (DE, 250_000, f"0,25{HARD}€"),
        (DE, -32_500, f"-0,0325{HARD}€"),
    ],
)
def test_price_has_the_digits_that_it_needs(formats: Formats, amount: int, text: str) -> None:
    """No part of a millionth is lost, and whole amounts look like money."""
    assert formats.micros(amount, "EUR") == text


def test_numbers_and_rates() -> None:
    """Groups of thousands; hundredths of a percent as far as there are any."""
    assert (US.number(12_345), DE.number(12_345)) == ("12,345", "12.345")
    assert (US.percent(1900), DE.percent(1900), US.percent(725)) == ("19%", f"19{HARD}%", "7.25%")


# ------------------------------------------------------------------------------------ times


def test_instant_is_in_the_time_zone() -> None:
    """The day may be another one there, and summer time counts."""
    there = Formats("en-GB", "Europe/Berlin")

    assert there.instant("2026-07-05T22:30:00Z") == "6 Jul 2026, 00:30"
    assert there.instant("2026-01-05T22:30:00Z") == "5 Jan 2026, 23:30"
    assert there.clock("2026-01-05T22:30:09.5Z", seconds=True) == "23:30:09"


def test_days_and_months() -> None:
    """As texts of the API and as dates; a period that starts within a month says when."""
    there = Formats("en-GB", "America/Los_Angeles")

    assert there.day("2026-10-05") == there.day(date(2026, 10, 5)) == "5 Oct 2026"
    assert there.weekday(date(2026, 10, 5)) in {"Monday, 5 October 2026", "Monday 5 October 2026"}
    assert there.short_day(date(2026, 10, 1)) == "1 Oct"
    assert there.month("2026-10") == "October 2026"
    assert there.month("2026-10-15") == "the month from 15 Oct 2026"
    assert DE.month("2026-03") == "März 2026"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0 s"),
        (499, "0 s"),
        (9_000, "9 s"),
        (59_600, "1 min 00 s"),
        (3_599_000, "59 min 59 s"),
        (3_909_000, "1 h 05 min 09 s"),
        (90_000_000, "25 h 00 min 00 s"),
    ],
)
def test_duration_to_the_second(milliseconds: int, text: str) -> None:
    """Hours are not turned into days."""
    assert DE.duration(milliseconds) == text
