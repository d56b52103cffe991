"""Fields of forms: what becomes of what is typed."""

import pytest
from babel.localedata import locale_identifiers

from api.console.fields import Field, Typed, choice_field, money_field, number_field, read, text_field
from api.console.formats import Formats

US, DE, FR, IN, CH, AR = (Formats(tag) for tag in ("en-US", "de-DE", "fr-FR", "en-IN", "de-CH", "ar-EG"))
PLANS = [("standard", "Standard", ""), ("advanced", "Advanced", "€500 a month")]


def typed(field: Field, text: str) -> Typed:
    return read([field], {field.name: text})


def amount(text: str, formats: Formats = US, currency: str = "EUR") -> int:
    """The minor units that a text means."""
    found = typed(money_field("amount", "Amount", currency, formats), text)
    assert not found.errors
    value = found.values["amount"]
    assert value["currency"] == currency
    number: int = value["amount"]
    return number


# -------------------------------------------------------------------------------------- money


@pytest.mark.parametrize(
    ("formats", "text", "minor"),
    [
        (DE, "1.234,50", 123_450),
        (DE, "1234,5", 123_450),
        (DE, " 1.234 ", 123_400),
        (US, "1,234.50", 123_450),
        (US, "1234.50", 123_450),
        (US, "0", 0),
        (US, "0.01", 1),
        (US, "1.000", 100),
        (US, "9999999999999.99", 10**15 - 1),
        (FR, "1\u202f234,50", 123_450),
        (FR, "1\u00a0234,50", 123_450),
        (FR, "1 234,50", 123_450),
        (IN, "12,34,567.50", 123_456_750),
        (CH, "1'234.50", 123_450),
        (CH, "1\u2019234.50", 123_450),
        (AR, "1,234.50", 123_450),
        (AR, "\u0661\u0662", 1_200),
    ],
)
def test_amount_is_typed_as_the_country_writes_it(formats: Formats, text: str, minor: int) -> None:
    """With and without groups, with the marks that its keyboards have."""
    assert amount(text, formats) == minor


@pytest.mark.parametrize(
    ("currency", "text", "minor"), [("JPY", "1,234", 1_234), ("KWD", "1,234.567", 1_234_567)]
)
def test_amount_has_the_digits_of_its_currency(currency: str, text: str, minor: int) -> None:
    """Yen have none, dinars three."""
    assert amount(text, US, currency) == minor


@pytest.mark.parametrize(
    ("formats", "currency", "text"),
    [
        (DE, "EUR", "1,234.50"),
        (DE, "EUR", "1.5"),
        (US, "EUR", "1.234,50"),
        (US, "EUR", "1,5"),
        (US, "EUR", "1,23,456"),
        (US, "EUR", "0.001"),
        (US, "JPY", "0.5"),
        (US, "EUR", "-5"),
        (US, "EUR", "+5"),
        (US, "EUR", "€5"),
        (US, "EUR", "5 EUR"),
        (US, "EUR", "1e3"),
        (US, "EUR", "1e999999999"),
        (US, "EUR", "1_000"),
        (US, "EUR", "NaN"),
        (US, "EUR", "Infinity"),
        (US, "EUR", "."),
        (US, "EUR", "five"),
        (US, "EUR", "10000000000000"),
        (US, "EUR", "9" * 5_000),
        (US, "EUR", "1.0000000000000000000000000000001"),
        (DE, "EUR", "5 5"),
    ],
)
def test_what_may_mean_another_amount_is_refused(formats: Formats, currency: str, text: str) -> None:
    """Nobody pays a hundred times of what was meant: the error shows how an amount is typed here."""
    found = typed(money_field("amount", "Amount", currency, formats), text)

    assert found.errors["amount"].startswith("This must be an amount such as ")
    assert found.texts["amount"] == text
    assert not found.values


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_amount_that_is_shown_may_be_typed(currency: str) -> None:
    """In every country: a field comes filled in with what holds at present."""
    for name in locale_identifiers():
        formats = Formats(name.replace("_", "-"))
        for minor in (0, 5, 123_450, 12_345_678, 10**13 + 1):
            assert amount(formats.plain_amount(minor, currency), formats, currency) == minor, name


@pytest.mark.parametrize(
    ("formats", "currency", "example"),
    [(US, "EUR", "1,234.50"), (DE, "EUR", "1.234,50"), (US, "JPY", "1,234"), (US, "KWD", "1,234.500")],
)
def test_example_of_an_amount_is_one(formats: Formats, currency: str, example: str) -> None:
    """Whoever types the example is understood."""
    error = typed(money_field("amount", "Amount", currency, formats), "x").errors["amount"]

    assert error == f"This must be an amount such as {example}."
    assert amount(example, formats, currency)


@pytest.mark.parametrize(
    ("text", "fits"), [("49.99", False), ("50", True), ("1,000.00", True), ("1,000.01", False)]
)
def test_limits_of_an_amount(text: str, fits: bool) -> None:
    """Both ends are allowed, and the field says them before anything is typed."""
    field = money_field("amount", "Amount", "EUR", US, (50_00, 1000_00))
    errors = typed(field, text).errors

    assert field.hint == "From €50.00 to €1,000.00."
    assert errors == ({} if fits else {"amount": "This must be from €50.00 to €1,000.00."})


def test_field_for_money_says_its_currency() -> None:
    """Its keyboard has digits and a point, and the browser suggests nothing."""
    field = money_field("amount", "Amount", "EUR", US, value="5.00")

    assert (field.label, field.kind, field.value, field.hint) == ("Amount (EUR)", "text", "5.00", "")
    assert field.attributes == {"inputmode": "decimal", "autocomplete": "off"}


# ------------------------------------------------------------------------------------- others


@pytest.mark.parametrize(("text", "days"), [("1", 1), (" 90 ", 90), ("007", 7)])
def test_whole_number(text: str, days: int) -> None:
    """Both ends are allowed."""
    assert typed(number_field("days", "Days", 1, 90), text).values == {"days": days}


@pytest.mark.parametrize("text", ["0", "91", "-1", "1.0", "1,0", "1e1", "²", "٣", "x", "9" * 10])
def test_what_is_no_such_number_is_refused(text: str) -> None:
    """The error says from which to which."""
    errors = typed(number_field("days", "Days", 1, 90), text).errors

    assert errors == {"days": "This must be a whole number from 1 to 90."}


def test_text_may_be_as_long_as_its_field() -> None:
    """The browser holds people to it, and so does the form."""
    field = text_field("reason", "Reason", 5, kind="area", attributes={"rows": 3})

    assert field.attributes == {"maxlength": 5, "rows": 3}
    assert typed(field, "12345").values == {"reason": "12345"}
    assert typed(field, "123456").errors == {"reason": "This must have at most 5 characters."}


@pytest.mark.parametrize("text", ["", "  ", "\r\n\t"])
def test_what_is_needed_must_be_given(text: str) -> None:
    """Spaces are nothing."""
    assert typed(text_field("reason", "Reason", 5), text).errors == {"reason": "This is needed."}


def test_what_need_not_be_given_is_none() -> None:
    """It is not passed through the rule for what is given."""
    found = typed(number_field("days", "Days", 1, 90, required=False), "")

    assert (found.values, found.errors) == ({"days": None}, {})


def test_choice_is_one_of_its_options() -> None:
    """By its value, not by its label."""
    field = choice_field("plan_id", "Plan", PLANS)

    assert typed(field, "advanced").values == {"plan_id": "advanced"}
    assert typed(field, "Advanced").errors == {"plan_id": "Choose one of these."}


def test_suggestions_are_no_choice() -> None:
    """A text may be another than those that its field suggests."""
    assert typed(text_field("owner", "Owner", 50, options=PLANS), "anna").values == {"owner": "anna"}


def test_field_that_was_not_sent_has_its_present_value() -> None:
    """One that was sent empty is empty."""
    field = choice_field("plan_id", "Plan", PLANS, value="standard")

    assert read([field], {}).values == {"plan_id": "standard"}
    assert read([field], {"plan_id": ""}).errors == {"plan_id": "This is needed."}


def test_every_field_has_its_own_error() -> None:
    """What is right is kept beside what is wrong, and what belongs to no field is left out."""
    fields = [number_field("days", "Days", 1, 90), text_field("reason", "Reason", 5)]
    found = read(fields, {"days": "x", "reason": "ok", "admin": "1"})

    assert found.texts == {"days": "x", "reason": "ok"}
    assert (found.values, set(found.errors)) == ({"reason": "ok"}, {"days"})
