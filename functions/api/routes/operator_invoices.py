"""The operator's side of invoices: payments, corrections, and bills that are parked."""

from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Call
from api.operation import OPERATORS, declare
from api.paging import page
from api.parameters import PAGING
from api.schemas.common import Page
from api.schemas.invoices import (
    ConfirmInvoicePayment,
    CreditInvoice,
    CreditNote,
    Invoice,
    ParkedBill,
    ReleaseBill,
    RequestedDocument,
    VoidInvoice,
)
from api.schemas.operator import AccountId
from api.schemas.orders import InvoiceEntry, InvoiceName
from api.views import invoices as views
from api.views.orders import invoice_summary

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Operator", roles=OPERATORS)

_INVOICE = "/operator/invoices/{number}"
_CONFLICT = (HTTPStatus.CONFLICT,)


@operation("GET", "/operator/accounts/{account_id}/invoices", query=PAGING)
def list_invoices_of_account(call: Call[None], account_id: AccountId) -> Page[InvoiceEntry]:
    """List the invoices of an account, newest first."""
    found = call.wiring.correct_invoices.invoices_of(call.member, account_id)
    return page(call, found, lambda issued: issued.invoice.number, invoice_summary)


@operation("GET", _INVOICE)
def get_invoice_of_account(call: Call[None], number: InvoiceName) -> Invoice:
    """Show any account's invoice."""
    return views.invoice(call.wiring.correct_invoices.invoice(call.member, number))


@operation("POST", _INVOICE + "/payment", errors=_CONFLICT)
def confirm_invoice_payment(call: Call[ConfirmInvoicePayment], number: InvoiceName) -> Invoice:
    """Confirm that an invoice has been paid."""
    correct = call.wiring.correct_invoices
    return views.invoice(correct.confirm_payment(call.member, number, call.body["reference"], call.now))


@operation("POST", _INVOICE + "/void", errors=_CONFLICT)
def void_invoice(call: Call[VoidInvoice], number: InvoiceName) -> Invoice:
    """Declare an invoice void: nothing of it is to be paid, and nothing of it is billed again by itself."""
    return views.invoice(
        call.wiring.correct_invoices.void(call.member, number, call.body["reason"], call.now)
    )


@operation("POST", _INVOICE + "/regenerate", status=HTTPStatus.ACCEPTED, errors=_CONFLICT)
def regenerate_invoice(call: Call[None], number: InvoiceName) -> RequestedDocument:
    """Bill the period of a void invoice anew: under a new number, which points at the old one."""
    call.wiring.correct_invoices.regenerate(call.member, number, call.now)
    return {"number": number}


@operation("POST", _INVOICE + "/send", status=HTTPStatus.ACCEPTED, errors=_CONFLICT)
def send_invoice(call: Call[None], number: InvoiceName) -> RequestedDocument:
    """Mail an invoice once more."""
    call.wiring.correct_invoices.send_again(call.member, number, call.now)
    return {"number": number}


@operation("POST", _INVOICE + "/credit-notes", status=HTTPStatus.CREATED, errors=_CONFLICT)
def credit_invoice(call: Call[CreditInvoice], number: InvoiceName) -> CreditNote:
    """Take an invoice back by a credit note, whole or some of its lines."""
    lines, reason = call.body.get("lines", []), call.body["reason"]
    return views.credit_note(
        call.wiring.correct_invoices.credit(call.member, number, lines, reason, call.now)
    )


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
