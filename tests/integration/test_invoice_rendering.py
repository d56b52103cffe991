"""The document of an invoice: what is printed, and that nothing else gets in."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from jinja2 import UndefinedError
from pypdf import PdfReader

from botmeter.domain.accounts import Bot
from botmeter.domain.invoices import Invoice, InvoiceLine, LineKind, Party
from botmeter.domain.money import Money, format_units, minor_exponent, round_to_minor
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanVersion
from botmeter.domain.rating import rate_fees, rate_sessions
from botmeter.domain.sessions import Unit
from invoice.rendering import render_html, render_invoice
from tests.fakes.demo import ESSENTIAL, PLANS, STANDARD, bot

OCTOBER = BillingPeriod(2026, 10)
# 1 November, half past midnight, in Berlin.
ISSUED_AT = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)


def charges(of: Bot, usage: int = 1_300, alerts: int = 7) -> list[InvoiceLine]:
    ref, calendar = of.plan_at(ISSUED_AT).ref, Calendar("Europe/Berlin")
    quantities = {(ref, Unit.USAGE): usage, (ref, Unit.ALERT): alerts}
    fees = rate_fees(of, [OCTOBER.next()], calendar, billed=[], orders=[])
    return [*fees, *rate_sessions(of, quantities, PLANS, OCTOBER, calendar)]


def charge(of: int, currency: str = "EUR", plan: PlanVersion = STANDARD) -> InvoiceLine:
    price = 1_250_000
    amount = round_to_minor(of * price, currency)
    return InvoiceLine(
        "bot_1", "Orders", LineKind.USAGE, plan.ref, plan.name, currency, OCTOBER, of, price, amount
    )


def issued(lines: Sequence[InvoiceLine], currency: str = "EUR") -> Invoice:
    return Invoice(
        number="INV-000042",
        account_id="acct_acme",
        period=OCTOBER,
        currency=currency,
        time_zone="Europe/Berlin",
        issued_at=ISSUED_AT,
        seller=Party("Botmeter Cloud Ltd.", ("12 Harbour Street", "Dublin")),
        customer=Party("Ωmega Жуков GmbH", ("Hauptstraße 1", "10115 Berlin")),
        lines=tuple(lines),
    )


DEMO = issued([*charges(bot(ESSENTIAL)), *charges(bot(STANDARD))])


@cache
def pages_of(invoice: Invoice) -> list[str]:
    """The text of each page, with single spaces."""
    reader = PdfReader(io.BytesIO(render_invoice(invoice)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def text_of(invoice: Invoice) -> str:
    return " ".join(pages_of(invoice))


def test_period_that_is_no_month_is_named_by_its_days() -> None:
    """From which day to which, in every line and at the top."""
    period = BillingPeriod(2026, 10, 15)
    lines = [replace(line, service_period=period) for line in charges(bot(STANDARD), alerts=0)]
    text = text_of(replace(issued(lines), period=period))

    assert "Usage sessions, 15 October 2026 to 14 November 2026" in text
    assert "Service period 15 October 2026 \N{EN DASH} 14 November 2026" in text


def test_the_same_invoice_gives_the_same_bytes() -> None:
    """A second run does not change a byte."""
    assert render_invoice(DEMO) == render_invoice(DEMO)


def test_head_of_the_invoice() -> None:
    """Number, parties, dates in the account's time zone and what is due stand at the top."""
    text = text_of(DEMO)

    assert "Invoice INV-000042" in text
    assert "Issue date 1 November 2026" in text
    assert "Service period 1 October 2026 \N{EN DASH} 31 October 2026" in text
    assert "Ωmega Жуков GmbH Hauptstraße 1 10115 Berlin" in text
    assert "Botmeter Cloud Ltd. 12 Harbour Street · Dublin" in text
    assert f"Amount due {Money(DEMO.due_minor, 'EUR')}" in text


@pytest.mark.parametrize(
    "row",
    [
        "Bot_Essential Essential plan · bot_essential",
        "Essential monthly fee, November 2026 1 49.00 49.00",
        "Usage sessions, October 2026, included 5 0.00 0.00",
        "Usage sessions beyond those included, October 2026 1,295 0.15 194.25",
        "Alert sessions, October 2026, included 2 0.00 0.00",
        "Alert sessions beyond those included, October 2026 5 0.04 0.20",
        "Subtotal 243.45",
        "Usage sessions, October 2026 paid from balance 1,300 0.20 260.00",
        "Alert sessions, October 2026 paid from balance 7 0.05 0.35",
        "Subtotal 260.35",
        "Total 503.80 EUR",
        "Paid from prepaid balance -260.35 EUR",
        "Amount due 243.45 EUR",
    ],
)
def test_charges_and_sums(row: str) -> None:
    """Each charge has a line, each bot a subtotal, the invoice its sums."""
    assert row in text_of(DEMO)


def test_the_words_are_explained() -> None:
    """A reader learns what a usage session is."""
    text = text_of(DEMO)

    assert "A usage session is each started 15 minutes of a user" in text
    assert "An alert session is one alert delivered to one user." in text


def test_a_bot_that_changed_its_plan() -> None:
    """Sessions say on which plan they took place, where there were several."""
    changed = [*charges(bot(ESSENTIAL, "bot_1")), *charges(bot(STANDARD, "bot_1"))]
    text = text_of(issued(changed))

    assert "Essential, Standard plans · bot_1" in text
    assert "Usage sessions, October 2026 Standard plan, paid from balance 1,300" in text
    assert "Alert sessions, October 2026, included Essential plan 2" in text
    assert text.count("Subtotal") == 1


@pytest.mark.parametrize(
    ("currency", "row"),
    [
        ("EUR", "Usage sessions, October 2026 1,001 1.25 1,251.25"),
        ("JPY", "Usage sessions, October 2026 1,001 1.25 1,251"),
        ("KWD", "Usage sessions, October 2026 1,001 1.250 1,251.250"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, row: str) -> None:
    """Yen have none, euros two, dinars three; a unit price has those it needs."""
    invoice = issued([charge(1_001, currency)], currency)
    total = format_units(invoice.total_minor, minor_exponent(currency))
    text = text_of(invoice)

    assert f"{row} Subtotal {total} Total {total} {currency}" in text
    assert "Paid from" not in text


def test_a_credit_is_named_as_one() -> None:
    """What is due to the customer is not shown as a negative debt."""
    text = text_of(issued([charge(-2)]))

    assert "Usage sessions, October 2026 -2 1.25 -2.50" in text
    assert "Credit in your favour 2.50 EUR" in text


def test_an_invoice_without_charges() -> None:
    """An empty period says so."""
    assert "There were no charges in this period. Total 0.00 EUR Amount due 0.00 EUR" in text_of(issued([]))


def test_long_invoices() -> None:
    """Every page has the table's head and its number; the last has the sums, and not the sums alone."""
    lines = [line for n in range(100) for line in charges(bot(STANDARD, f"bot_{n}"), usage=n + 1)]
    pages = pages_of(issued(lines))

    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Description Quantity Unit price Amount (EUR)" in page
        assert page.count("Standard plan · ") == page.count("Subtotal") > 0
    assert sum(page.count(" sessions, October 2026 ") for page in pages) == len(lines)
    assert re.search(r"Subtotal [\d.]+ Total .* Amount due", pages[-1])


@pytest.mark.parametrize("rows", range(18, 42, 3))
def test_sums_are_never_alone_on_a_page(rows: int) -> None:
    """Wherever a page ends, a sum stands below a line that it adds up."""
    for page in pages_of(issued([charge(n + 1) for n in range(rows)])):
        charged = page.partition("Amount (EUR)")[2]
        assert charged.strip().startswith(("Orders", "Usage sessions"))


def test_names_are_text_not_markup() -> None:
    """What a customer types is printed as it is: neither markup nor a template."""
    hostile = "<style>* { display: none }</style><script>x</script> & {{ 7 * 7 }}"
    named = replace(bot(STANDARD), name=hostile)
    invoice = replace(issued(charges(named)), customer=Party("</p></td>", ("<!-- ", "{% raw %}")))

    assert "<script>" not in render_html(invoice)
    text = text_of(invoice)
    assert hostile in text
    assert "Invoice to </p></td> <!-- {% raw %}" in text
    assert "Amount due" in text


def test_nothing_is_fetched(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a document that names a file or an address gets nothing: each is refused."""
    named = '<img src="file:///etc/hostname"><img src="http://127.0.0.1:9/x.png"><img src="data:image/png,x">'
    html = render_html(DEMO).replace("<header>", f"<header>{named}")
    monkeypatch.setattr("invoice.rendering.render_html", lambda _: html)

    assert render_invoice(DEMO).startswith(b"%PDF-")
    refused = [
        record.getMessage() for record in caplog.records if "disallowed protocol" in record.getMessage()
    ]
    assert len(refused) == 3


def test_rendering_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """WeasyPrint understands all of the style sheet."""
    render_invoice(DEMO)

    assert [record.getMessage() for record in caplog.records if "HarfBuzz" not in record.getMessage()] == []


def test_metadata() -> None:
    """The document has a title, a language, the issue date and a bookmark for each bot."""
    reader = PdfReader(io.BytesIO(render_invoice(DEMO)))
    about = reader.metadata

    assert about is not None
    assert (about.title, about.author) == ("Invoice INV-000042", "Botmeter Cloud Ltd.")
    assert (about.creation_date, about.modification_date) == (ISSUED_AT, ISSUED_AT)
    assert str(reader.root_object["/Lang"]) == "en"
    outline: list[Any] = reader.outline
    invoice, bots = outline
    assert invoice.title == "Invoice INV-000042"
    assert [bookmark.title for bookmark in bots] == ["Bot_Essential", "Bot_Standard"]


def test_a_slip_in_the_template_is_an_error() -> None:
    """A value that the template names and nobody gives stops the rendering."""
    from invoice.rendering import _template  # noqa: PLC0415 (private, and only of interest here)

    with pytest.raises(UndefinedError, match="undefined"):
        _template().render()
