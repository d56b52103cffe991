"""Orders & Invoices."""

from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Call
from api.operation import BILLING_ADMINS, CSV, declare
from api.paging import page
from api.parameters import DOCUMENT_FORMAT, ENTRY_STATUS, LINE, PAGING, YEAR
from api.schemas.common import Page
from api.schemas.invoices import CreditNote, Invoice, InvoiceContent, RecordShare
from api.schemas.orders import CreditNoteName, Download, HistoryEntry, InvoiceName
from api.views import invoices
from api.views import orders as views
from api.views.spreadsheets import spreadsheet
from botmeter.domain.history import Entry
from botmeter.domain.permissions import Permission

routes = Blueprint(__name__)
operation = partial(
    declare,
    routes,
    tag="Orders & Invoices",
    roles=BILLING_ADMINS,
    permission=Permission.ORDERS_AND_INVOICES,
)

_CONFLICT = (HTTPStatus.CONFLICT,)


@operation("GET", "/orders", query=(YEAR, ENTRY_STATUS, *PAGING))
def list_orders(call: Call[None]) -> Page[HistoryEntry]:
    """List orders, invoices and credit notes, newest first."""
    return page(call, _history(call), views.entry_name, views.history_entry)


@operation("GET", "/orders.csv", query=(YEAR, ENTRY_STATUS), media_types=(CSV,))
def export_orders(call: Call[None]) -> str:
    """List orders, invoices and credit notes as CSV, whole and not in pages."""
    calendar = call.wiring.accounts.account(call.member.account_id).calendar
    return spreadsheet(_history(call), calendar)


@operation("GET", "/invoices/preview", errors=(HTTPStatus.UNPROCESSABLE_ENTITY,))
def preview_invoice(call: Call[None]) -> InvoiceContent:
    """Show what would be billed for the running period as of now: a draft, without a number."""
    return invoices.content(call.wiring.show_orders.preview(call.member, call.now))


@operation("GET", "/invoices/{number}")
def get_invoice(call: Call[None], number: InvoiceName) -> Invoice:
    """Show an invoice with everything that is printed on it."""
    return invoices.invoice(call.wiring.show_orders.invoice(call.member, number, call.now))


@operation("GET", "/invoices/{number}/download", query=(DOCUMENT_FORMAT,), errors=_CONFLICT)
def download_invoice(call: Call[None], number: InvoiceName) -> Download:
    """Make a link to an invoice as PDF (with Factur-X inside) or as UBL.

    It lasts five minutes. 409 while the documents are still being made, 404 for a form that there is not.
    """
    form = call.query(DOCUMENT_FORMAT)
    return {"url": call.wiring.show_orders.download_url(call.member, number, form, call.now)}


@operation("GET", "/invoices/{number}/records", query=(LINE, *PAGING))
def list_invoice_records(call: Call[None], number: InvoiceName) -> Page[RecordShare]:
    """List the usage records behind a line, and how many of their sessions are on it.

    Lines that count the same, such as included sessions and those beyond, have the same records.
    """
    shares = call.wiring.show_orders.records(call.member, number, call.query(LINE), call.now)
    return page(call, shares, lambda share: share.record.record_id, invoices.record_share)


@operation("GET", "/credit-notes/{number}")
def get_credit_note(call: Call[None], number: CreditNoteName) -> CreditNote:
    """Show a credit note with everything that is printed on it."""
    return invoices.credit_note(call.wiring.show_orders.credit_note(call.member, number, call.now))


@operation("GET", "/credit-notes/{number}/download", query=(DOCUMENT_FORMAT,), errors=_CONFLICT)
def download_credit_note(call: Call[None], number: CreditNoteName) -> Download:
    """Make a link to a credit note as PDF (with Factur-X inside) or as UBL; as for invoices."""
    form = call.query(DOCUMENT_FORMAT)
    return {"url": call.wiring.show_orders.credit_note_url(call.member, number, form, call.now)}


def _history(call: Call[None]) -> list[Entry]:
    """What the request asks for of the history."""
    return call.wiring.show_orders.history(
        call.member, call.now, year=call.query(YEAR), status=call.query(ENTRY_STATUS)
    )
