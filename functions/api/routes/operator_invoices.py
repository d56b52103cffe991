"""The operator's side of invoices: payments, corrections, and bills that are parked."""

from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Call
from api.operation import OPERATORS, declare
from api.paging import page
from api.parameters import DOCUMENT_FORMAT, PAGING
from api.schemas.common import Page
from api.schemas.invoices import (
    ConfirmInvoicePayment,
    ConfirmRefund,
    CreditInvoice,
    CreditNote,
    Invoice,
    ParkedBill,
    Regeneration,
    ReleaseBill,
    VoidInvoice,
)
from api.schemas.operator import AccountId
from api.schemas.orders import CreditNoteEntry, Download, InvoiceEntry, InvoiceName
from api.views import invoices as views
from api.views import orders

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Operator", roles=OPERATORS)

_INVOICE = "/operator/invoices/{number}"
_CONFLICT = (HTTPStatus.CONFLICT,)


@operation("GET", "/operator/accounts/{account_id}/invoices", query=PAGING)
def list_invoices_of_account(call: Call[None], account_id: AccountId) -> Page[InvoiceEntry]:
    """List the invoices of an account, newest first."""
    found = call.wiring.correct_invoices.invoices_of(call.member, account_id)
    return page(call, found, orders.entry_name, orders.invoice_summary)


@operation("GET", "/operator/accounts/{account_id}/credit-notes", query=PAGING)
def list_credit_notes_of_account(call: Call[None], account_id: AccountId) -> Page[CreditNoteEntry]:
    """List the credit notes of an account, newest first."""
    found = call.wiring.correct_invoices.credit_notes_of(call.member, account_id)
    return page(call, found, orders.entry_name, orders.credit_note_summary)


@operation("GET", _INVOICE)
def get_invoice_of_account(call: Call[None], number: InvoiceName) -> Invoice:
    """Show any account's invoice."""
    return views.invoice(call.wiring.correct_invoices.invoice(call.member, number))


@operation("GET", _INVOICE + "/download", query=(DOCUMENT_FORMAT,), errors=_CONFLICT)
def download_document_of_account(call: Call[None], number: InvoiceName) -> Download:
    """Make a link to any account's invoice or credit note, as PDF or as UBL."""
    form = call.query(DOCUMENT_FORMAT)
    return {"url": call.wiring.show_orders.any_url(call.member, number, form)}


@operation("POST", _INVOICE + "/payment", errors=_CONFLICT)
def confirm_invoice_payment(call: Call[ConfirmInvoicePayment], number: InvoiceName) -> Invoice:
    """Confirm that an invoice has been paid."""
    correct = call.wiring.correct_invoices
    return views.invoice(correct.confirm_payment(call.member, number, call.body["reference"], call.now))


@operation("POST", _INVOICE + "/refund", errors=_CONFLICT)
def confirm_invoice_refund(call: Call[ConfirmRefund], number: InvoiceName) -> Invoice:
    """Confirm that what an invoice left in the customer's favour was paid out: no later one takes it off."""
    correct = call.wiring.correct_invoices
    return views.invoice(correct.confirm_refund(call.member, number, call.body["reference"], call.now))


@operation("POST", _INVOICE + "/void", errors=_CONFLICT)
def void_invoice(call: Call[VoidInvoice], number: InvoiceName) -> Invoice:
    """Declare an invoice void: nothing of it is to be paid, and nothing of it is billed again by itself."""
    return views.invoice(
        call.wiring.correct_invoices.void(call.member, number, call.body["reason"], call.now)
    )


@operation("POST", _INVOICE + "/regenerate", status=HTTPStatus.ACCEPTED, errors=_CONFLICT)
def regenerate_invoice(call: Call[None], number: InvoiceName) -> Regeneration:
    """Bill the period of a void invoice anew: under a new number, which points at the old one."""
    call.wiring.correct_invoices.regenerate(call.member, number, call.now)
    return {"replaces": number}


@operation("POST", _INVOICE + "/send", status=HTTPStatus.ACCEPTED, errors=_CONFLICT)
def send_invoice(call: Call[None], number: InvoiceName) -> Invoice:
    """Mail an invoice once more, to the address that the account has now."""
    return views.invoice(call.wiring.correct_invoices.send_again(call.member, number, call.now))


@operation("POST", _INVOICE + "/credit-notes", status=HTTPStatus.CREATED, errors=_CONFLICT)
def credit_invoice(call: Call[CreditInvoice], number: InvoiceName) -> CreditNote:
    """Take an invoice back by a credit note, whole or some of its lines."""
    lines, reason = call.body.get("lines"), call.body["reason"]
    issued = call.wiring.correct_invoices.credit(
        call.member, number, lines, reason, call.now, request_id=call.idempotency_key
    )
    return views.credit_note(issued)


@operation("GET", "/operator/parked-bills", query=PAGING)
def list_parked_bills(call: Call[None]) -> Page[ParkedBill]:
    """List the bills that wait for a decision, the oldest first."""
    found = call.wiring.correct_invoices.parked_bills(call.member)
    return page(call, found, lambda bill: bill.account_id, views.parked_bill)


@operation("POST", "/operator/parked-bills/{account_id}/release", errors=_CONFLICT)
def release_parked_bill(call: Call[ReleaseBill], account_id: AccountId) -> ParkedBill:
    """Try a parked bill again; `approve` bills one that is only unusually high."""
    approve = call.body.get("approve", False)
    correct = call.wiring.correct_invoices
    return views.parked_bill(correct.release(call.member, account_id, call.now, approve=approve))
