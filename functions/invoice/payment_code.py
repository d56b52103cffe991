"""The QR code that fills in a bank transfer: EPC069-12, version 002, a SEPA credit transfer in euros."""

from decimal import Decimal

from segno import QRCode
from segno.helpers import make_epc_qr

from botmeter.domain.invoices import Invoice
from botmeter.domain.parties import BankAccount

# What the standard has room for.
LONGEST_NAME = 70
LARGEST_AMOUNT_MINOR = 999_999_999_99
# White modules around the code, without which readers may miss it.
QUIET_ZONE = 4


def payment_code(invoice: Invoice) -> QRCode | None:
    """The code that pays what is due; None for a draft, without an account, and for what is not in euros."""
    bank = invoice.seller.bank
    payable = 0 < invoice.due_minor <= LARGEST_AMOUNT_MINOR and invoice.currency == "EUR"
    if bank is None or not payable or not invoice.number:
        return None
    return make_epc_qr(
        name=bank.holder[:LONGEST_NAME],
        iban=bank.iban,
        bic=bank.bic or None,
        amount=Decimal(invoice.due_minor).scaleb(-2),
        text=invoice.number,
        encoding="utf-8",
    )


def outline(code: QRCode) -> str:
    """The dark modules of `code` as an SVG path in modules, one rectangle for each run in a row."""
    return "".join(
        f"M{start + QUIET_ZONE} {row + QUIET_ZONE}h{end - start}v1h{start - end}z"
        for row, modules in enumerate(code.matrix)
        for start, end in _runs(bytes(modules))
    )


def size(code: QRCode) -> int:
    """Modules from side to side, with the quiet zone."""
    return len(code.matrix) + 2 * QUIET_ZONE


def grouped_iban(bank: BankAccount) -> str:
    """The IBAN in groups of four, as it is printed."""
    return " ".join(bank.iban[start : start + 4] for start in range(0, len(bank.iban), 4))


def _runs(modules: bytes) -> list[tuple[int, int]]:
    """Where dark modules of a row begin and end."""
    edges = [
        n
        for n, (left, right) in enumerate(zip(b"\0" + modules, modules + b"\0", strict=True))
        if left != right
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))
