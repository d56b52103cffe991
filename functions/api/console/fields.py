"""Fields of forms: what is shown, and what becomes of what is typed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botmeter.domain.money import minor_exponent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from api.console.formats import Formats

# Marks between thousands that are the same to whoever types them.
_ALIKE = (" \u00a0\u202f", "'\u2019")
# Of an amount as text. Decimal reckons exactly with so many digits.
_LONGEST = 24
# Value, label, and what more there is to say about it.
Option = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind` says how it looks: text, number, area or choice (radio buttons).

    `parse` makes a value of what was typed, or raises `ValueError` in words for the reader. `options` are
    what can be chosen, for a text what is suggested. `attributes` are those of the HTML element.
    """

    name: str
    label: str
    parse: Callable[[str], Any]
    kind: str = "text"
    hint: str = ""
    value: str = ""
    options: Sequence[Option] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)
    required: bool = True


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a form: the texts, what they mean, and what is wrong, each by field.

    What is wrong is in the order of the form: the first of it gets the focus.
    """

    texts: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def read(fields: Sequence[Field], given: Mapping[str, str]) -> Typed:
    """What was typed into `fields`."""
    # Browsers send every end of a line as two characters.
    texts = {one.name: given.get(one.name, one.value).replace("\r\n", "\n").strip() for one in fields}
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for one in fields:
        text = texts[one.name]
        try:
            values[one.name] = _value(one, text)
        except ValueError as error:
            errors[one.name] = str(error)
    return Typed(texts, values, errors)


def _value(one: Field, text: str) -> Any:
    """What a text means; None for an empty one that need not be given."""
    if not text:
        if one.required:
            raise ValueError("This is needed.")
        return None
    if one.kind == "choice" and text not in {option[0] for option in one.options}:
        raise ValueError("Choose one of these.")
    return one.parse(text)


def money_field(
    name: str,
    label: str,
    currency: str,
    formats: Formats,
    limits: tuple[int, int] | None = None,
    **more: Any,
) -> Field:
    """A field for an amount of `currency`, typed as the reader's country writes numbers.

    `limits` are the least and the most that it may be, in minor units; the field says so.
    """
    span = " to ".join(formats.money({"amount": end, "currency": currency}) for end in limits or ())

    def parse(text: str) -> dict[str, Any]:
        amount = _minor(text, currency, formats)
        if limits and not limits[0] <= amount <= limits[1]:
            raise ValueError(f"This must be from {span}.")
        return {"amount": amount, "currency": currency}

    return Field(
        name,
        f"{label} ({currency})",
        parse,
        hint=f"From {span}." if limits else "",
        attributes={"inputmode": "decimal", "autocomplete": "off"},
        **more,
    )


def number_field(name: str, label: str, least: int, most: int, **more: Any) -> Field:
    """A field for a whole number from `least` to `most`."""

    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"This must be a whole number from {least} to {most}.")
        return int(text)

    attributes = {"min": least, "max": most, "inputmode": "numeric"}
    return Field(name, label, parse, kind="number", attributes=attributes, **more)


def text_field(name: str, label: str, most: int, *, kind: str = "text", **more: Any) -> Field:
    """A field for a text of at most `most` characters."""

    def parse(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"This must have at most {most} characters.")
        return text

    attributes = {"maxlength": most, **more.pop("attributes", {})}
    return Field(name, label, parse, kind=kind, attributes=attributes, **more)


def choice_field(name: str, label: str, options: Sequence[Option], **more: Any) -> Field:
    """A field for one of some words, all of which are seen."""
    return Field(name, label, str, kind="choice", options=options, **more)


def _minor(text: str, currency: str, formats: Formats) -> int:
    """An amount in minor units; raises `ValueError`."""
    exponent = minor_exponent(currency)
    typed = _decimal(text, formats)
    amount = typed and typed.scaleb(exponent)
    if amount is None or amount != amount.to_integral_value() or amount >= 10**15:
        example = formats.plain_amount(12345 * 10 ** (exponent - 1) if exponent else 1234, currency)
        raise ValueError(f"This must be an amount such as {example}.")
    return int(amount)


def _decimal(text: str, formats: Formats) -> Decimal | None:
    """The number that a text is where the reader lives; None if it is none, or too long for one."""
    from babel import numbers  # noqa: PLC0415 (pages alone need it)

    group, point = numbers.get_group_symbol(formats.locale), numbers.get_decimal_symbol(formats.locale)
    # Keyboards have the plain space and the straight apostrophe, whichever of them a country prints.
    alike = next((marks for marks in _ALIKE if group in marks), group)
    text = re.sub(f"[{re.escape(alike)}]", group, text)
    if not re.fullmatch(rf"[\d{re.escape(group + point)}]{{1,{_LONGEST}}}", text):
        return None
    try:
        return numbers.parse_decimal(text, locale=formats.locale, strict=True)
    except numbers.NumberFormatError:
        return None
