"""Orders & Invoices."""

from functools import partial

from chalice.app import Blueprint

from api.call import Call
from api.operation import BILLING_ADMINS, declare
from api.paging import page
from api.parameters import PAGING
from api.schemas.common import Page
from api.schemas.orders import Download, HistoryEntry, Invoice, InvoiceName
from api.views import orders as views
from botmeter.domain.orders import Order
from botmeter.domain.permissions import Permission

routes = Blueprint(__name__)
operation = partial(
    declare,
    routes,
    tag="Orders & Invoices",
    roles=BILLING_ADMINS,
    permission=Permission.ORDERS_AND_INVOICES,
)


@operation("GET", "/orders", query=PAGING)
def list_orders(call: Call[None]) -> Page[HistoryEntry]:
    """List orders and invoices, newest first."""
    history = call.wiring.show_orders.history(call.member, call.now)
    return page(
        call,
        history,
        lambda e: e.order_id if isinstance(e, Order) else e.invoice.number,
        views.history_entry,
    )


@operation("GET", "/invoices/{number}")
def get_invoice(call: Call[None], number: InvoiceName) -> Invoice:
    """Show an invoice with everything that is printed on it."""
    return views.invoice(call.wiring.show_orders.invoice(call.member, number, call.now))


@operation("GET", "/invoices/{number}/download")
def download_invoice(call: Call[None], number: InvoiceName) -> Download:
    """Make a link to the PDF of an invoice.

    It lasts five minutes. 403 while the PDF is still being made.
    """
    return {"url": call.wiring.show_orders.download_url(call.member, number, call.now)}
