"""The document of an invoice: what is printed, and that nothing else gets in."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from botmeter.domain.invoices import AppliedPayment, Invoice, LineKind, PaymentSource
from botmeter.domain.orders import Order, OrderKind, OrderStatus, PaymentMethod
from botmeter.domain.parties import Address, Seller
from invoice.pages import render_html
from invoice.rendering import render_pdf
from tests.fakes.documents import (
    CUSTOMER,
    EXPORT,
    GERMAN,
    OCTOBER,
    REVERSE_CHARGE,
    invoice,
    line,
    lines,
)
from tests.integration.pdf import text_of

SEPTEMBER = OCTOBER.previous()
PREPAID = {"bot_id": "bot_2", "bot_name": "Returns", "plan": "standard@1", "plan_name": "Standard"}
ORDER = Order(
    "ord-01JB8W2M",
    "acct_omega",
    "bot_2",
    OrderKind.FUNDS,
    500_00,
    "EUR",
    PaymentMethod.BANK_TRANSFER,
    datetime(2026, 10, 3, 22, 30, tzinfo=UTC),
    "u-1",
    OrderStatus.PAID,
)
DEMO = invoice(
    [
        line(LineKind.PRORATION, 1, service_period=OCTOBER, days=12, amount_minor=18_97),
        line(LineKind.FEE, 1),
        line(LineKind.INCLUDED_USAGE, 500, unit_price_micros=0),
        line(LineKind.USAGE, 1_295),
        line(LineKind.ALERTS, 14, unit_price_micros=12_500),
        line(LineKind.USAGE, -3, service_period=SEPTEMBER, unit_price_micros=100_000),
        line(LineKind.USAGE, 2_600, prepaid=True, **PREPAID),
        line(LineKind.FREE_CREDITS, -1, unit_price_micros=10_000_000, **PREPAID),
    ],
    applied=(
        AppliedPayment(PaymentSource.BALANCE, "bot_2", 452_20),
        AppliedPayment(PaymentSource.ORDER, "ord-01JB9Z", 22_57),
    ),
    orders=(ORDER,),
    replaces="INV-2026-000040",
)


def test_letterhead() -> None:
    """The seller's name, address and contact stand at the top, its registers and its bank at the foot."""
    text = text_of(DEMO)

    assert "Botmeter Cloud GmbH Hafenstraße 12 · 20457 Hamburg · Germany" in text
    assert "billing@botmeter.example · +49 40 5550 1234 · botmeter.example" in text
    assert "Amtsgericht Hamburg, HRB 123456 VAT ID DE136695976 Tax number 27/123/45678" in text
    assert "IBAN DE89370400440532013000 BIC COBADEFFXXX · Commerzbank Page 1 of" in text


def test_a_seller_with_a_name_and_an_address_only() -> None:
    """What a seller does not have leaves no empty label."""
    bare = Seller("io", "Botmeter Ltd", Address(("1 Harbour Street",), "D02", "Dublin", "IE"))
    text = text_of(invoice(seller=bare))

    assert "1 Harbour Street · Dublin D02 · Ireland" in text
    assert "Please transfer the amount due by 15 November 2026" in text
    assert not any(label in text for label in ("IBAN", "BIC", "Tax number", "Account holder"))


@pytest.mark.parametrize(
    "fact",
    [
        "Invoice to Ωmega Жуков GmbH Hauptstraße 1 Hinterhaus 10115 Berlin Germany",
        "Number INV-2026-000042",
        "Issue date 1 November 2026",
        "Due date 15 November 2026",
        "Service period 1\N{EN DASH}31 Oct 2026",
        "Time zone Europe/Berlin",
        "Account acct_omega",
        "Your VAT ID DE123456788",
        "Your order PO-4711",
        "Replaces invoice INV-2026-000040",
        "Amount due €289.33",
    ],
)
def test_facts(fact: str) -> None:
    """What an accountant looks for stands at the top."""
    assert DEMO.due_minor == 289_33
    assert fact in text_of(DEMO)


@pytest.mark.parametrize(
    "row",
    [
        "Orders Essential plan · bot_orders",
        "1 Essential monthly fee, October 2026: difference 12 of 31 days 1 49.00 19% 18.97",
        "2 Essential monthly fee, November 2026 1 49.00 19% 49.00",
        "3 Usage sessions, October 2026, included 500 0.00 19% 0.00",
        "4 Further usage sessions, October 2026 1,295 0.15 19% 194.25",
        "5 Alert sessions, October 2026 14 0.0125 19% 0.18",
        "6 Adjustment for September 2026: usage sessions -3 0.10 19% -0.30",
        "Subtotal Orders 262.10",
        "Returns Standard plan · bot_2",
        "7 Usage sessions, October 2026 paid from balance 2,600 0.15 19% 390.00",
        "8 Free credits, October 2026 -1 10.00 19% -10.00",
        "Subtotal Returns 380.00",
        "Net total €642.10",
        "VAT 19% on €642.10 €122.00",
        "Total €764.10",
        "Paid from the balance of Returns -€452.20",
        "Billed with order ord-01JB9Z -€22.57",
        "Amount due €289.33",
    ],
)
def test_charges_and_sums(row: str) -> None:
    """Each charge has a line, each bot a subtotal, the invoice its sums."""
    assert row in text_of(DEMO)


def test_a_bot_that_changed_its_plan() -> None:
    """Sessions say on which plan they took place, where there were several."""
    text = text_of(invoice([line(), line(plan="advanced@1", plan_name="Advanced")]))

    assert "Essential, Advanced plans · bot_orders" in text
    assert "Usage sessions, October 2026 Advanced plan 1,295" in text
    assert "Subtotal" not in text


@pytest.mark.parametrize(
    ("tax", "sum_", "label", "remark"),
    [
        (REVERSE_CHARGE, "Reverse charge, 0% on €194.25 €0.00", "Reverse charge", "Article 196 of Directive"),
        (EXPORT, "Not subject to VAT, 0% on €194.25 €0.00", "No VAT", "outside the VAT area"),
        (replace(GERMAN, rate_bp=2_050, country="FI"), "VAT 20.5% (Finland) on €194.25", "20.5%", ""),
    ],
)
def test_taxes(tax: object, sum_: str, label: str, remark: str) -> None:
    """Category and rate are on the line and in the sums; why there is none is said as the law wants it."""
    text = text_of(invoice([line(tax=tax)]))

    assert f"1,295 0.15 {label} 194.25" in text
    assert sum_ in text
    assert remark in text


def test_several_taxes() -> None:
    """Each rate has a sum of its own."""
    text = text_of(invoice([line(), line(tax=replace(GERMAN, rate_bp=700))]))

    assert "VAT 19% on €194.25 €36.91 VAT 7% on €194.25 €13.60 Total €439.01" in text


def test_orders_of_the_period() -> None:
    """The orders are listed for information, by the day of the account's time zone."""
    text = text_of(DEMO)

    assert "Orders of the period For your information: orders are paid separately" in text
    assert "04/10/2026 ord-01JB8W2M Funds €500.00 Bank transfer Paid" in text
    assert "Orders of the period" not in text_of(invoice())


def test_how_to_pay() -> None:
    """Who has to pay is told how."""
    text = text_of(invoice(lines(1)))

    assert "Please transfer the amount due by 15 November 2026 and give the reference." in text
    assert "Account holder Botmeter Cloud GmbH IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX" in text
    assert "Bank Commerzbank Reference INV-2026-000042 Amount €58.31" in text


@pytest.mark.parametrize(
    ("of", "outcome", "remark"),
    [
        (invoice([], totals=()), "Amount due €0.00", "Nothing has to be paid."),
        (
            invoice([line(quantity=-2, service_period=SEPTEMBER)]),
            "Credit in your favour €0.36",
            "Nothing has to be paid: the balance of this invoice is in your favour.",
        ),
    ],
)
def test_nothing_to_pay(of: Invoice, outcome: str, remark: str) -> None:
    """Who has nothing to pay is told so, and gets neither a bank account nor a day."""
    text = text_of(of)

    assert outcome in text
    assert remark in text
    assert "Due date" not in text
    assert "Account holder" not in text


def test_an_empty_invoice() -> None:
    """An empty period says so."""
    assert "There were no charges in this period. Net total €0.00 Total €0.00" in text_of(invoice([]))


def test_the_words_are_explained() -> None:
    """A reader learns what a session is."""
    text = text_of(DEMO)

    assert "A usage session is each started 15 minutes of the conversation of a user" in text
    assert "An alert session is one alert delivered to one user." in text


def test_names_are_text_not_markup() -> None:
    """What a customer types is printed as it is: neither markup nor a template."""
    hostile = "<style>* { display: none }</style><script>x</script> & {{ 7 * 7 }}"
    customer = replace(CUSTOMER, name="</p></td>", address=replace(CUSTOMER.address, lines=("<!-- ",)))
    of = invoice([line(bot_name=hostile)], customer=customer)

    assert "<script>" not in render_html(of)
    text = text_of(of)
    assert hostile in text
    assert "Invoice to </p></td> <!-- 10115 Berlin" in text
    assert "Amount due" in text


def test_nothing_is_fetched(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a document that names a file or an address gets nothing: each is refused."""
    named = '<img src="file:///etc/hostname"><img src="http://127.0.0.1:9/x.png"><img src="data:image/png,x">'
    html = render_html(DEMO).replace("<h1>", f"{named}<h1>")
    monkeypatch.setattr("invoice.pages.render_html", lambda _: html)

    assert render_pdf(DEMO, None).startswith(b"%PDF-")
    refused = [
        record.getMessage() for record in caplog.records if "disallowed protocol" in record.getMessage()
    ]
    assert len(refused) == 3


def test_rendering_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """WeasyPrint understands all of the style sheet and misses nothing that an accessible document has."""
    caplog.set_level(logging.WARNING)
    render_pdf(DEMO, None)

    assert [record.getMessage() for record in caplog.records if "HarfBuzz" not in record.getMessage()] == []


def test_a_slip_in_the_template_is_an_error() -> None:
    """A value that the template names and nobody gives stops the rendering."""
    from invoice.pages import _template  # noqa: PLC0415 (private, and only of interest here)

    with pytest.raises(UndefinedError, match="undefined"):
        _template().render()
