"""The code on an invoice that fills in the bank transfer."""

import io
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp

from botmeter.domain.invoices import AppliedPayment, Invoice, PaymentSource
from botmeter.domain.parties import BankAccount
from invoice.payment_code import LARGEST_AMOUNT_MINOR, payment_code
from tests.fakes.documents import SELLER, invoice, line, lines
from tests.integration.pdf import pdf_of, structure


def codes_on(of: Invoice) -> list[str]:
    """What a camera reads on the pages of a document, at the resolution of a screen."""
    pages = pypdfium2.PdfDocument(io.BytesIO(pdf_of(of)))
    images = [page.render(scale=2).to_pil() for page in pages]
    return [code.text for image in images for code in zxingcpp.read_barcodes(image)]


def test_the_code_pays_the_invoice() -> None:
    """EPC069-12: version 002 in UTF-8, whom to pay, how much, and for which invoice."""
    of = invoice(lines(1))

    assert of.due_minor == 58_31
    assert codes_on(of) == [
        "\n".join(  # noqa: FLY002 (a line each)
            [
                "BCD",
                "002",
                "1",
                "SCT",
                "COBADEFFXXX",
                "Botmeter Cloud GmbH",
                "DE89370400440532013000",
                "EUR58.31",
                "",
                "",
                "INV-2026-000042",
            ]
        )
    ]


@pytest.mark.parametrize(
    ("quantity", "amount"), [(1, "EUR0.18"), (1_295, "EUR231.16"), (4_000_000_000, "EUR714000000")]
)
def test_amounts_are_what_is_due(quantity: int, amount: str) -> None:
    """The amount is exact, with a point and without thousands separators."""
    assert amount in codes_on(invoice([line(quantity=quantity)]))[0].split("\n")


def test_only_the_rest_is_paid() -> None:
    """What is paid already is not asked for again."""
    applied = (AppliedPayment(PaymentSource.BALANCE, "bot_1", 50_00),)

    assert "EUR8.31" in codes_on(invoice(lines(1), applied=applied))[0].split("\n")


def test_letters_beyond_ascii() -> None:
    """The name of the account's holder is in the code as it is written, as far as there is room."""
    holder = "Größenwahn & Søhne Общество " + "x" * 60
    bank = BankAccount(holder, "DE89370400440532013000", "")
    fields = codes_on(invoice(seller=replace(SELLER, bank=bank)))[0].split("\n")

    assert fields[4:6] == ["", holder[:70]]


@pytest.mark.parametrize(
    "of",
    [
        invoice(lines(1, currency="JPY"), currency="JPY"),
        invoice([line(quantity=-1)]),
        invoice([], totals=()),
        invoice(number=""),
        invoice(seller=replace(SELLER, bank=None)),
    ],
    ids=["yen", "credit", "nothing", "draft", "no-bank"],
)
def test_no_code(of: Invoice) -> None:
    """Where no transfer in euros is wanted, there is no code."""
    assert payment_code(of) is None
    assert codes_on(of) == []


def test_more_than_the_standard_has_room_for() -> None:
    """An amount of thousands of millions has no code, and the invoice appears all the same."""
    of = invoice([line(amount_minor=LARGEST_AMOUNT_MINOR)])

    assert payment_code(of) is None


def test_the_code_is_described() -> None:
    """Who does not see it learns what it does."""
    alternatives = [str(node["/Alt"]) for _, node in structure(invoice(lines(1))) if "/Alt" in node]

    assert (
        "QR code of a bank transfer: €58.31 to DE89 3704 0044 0532 0130 00, reference INV-2026-000042"
        in alternatives
    )
