"""Orders & Invoices."""

from typing import Any

from chalice.app import Blueprint

from api import views
from api.members import member_of
from api.paging import page
from api.problems import problem_documents
from botmeter.bootstrap import wiring
from botmeter.domain.orders import Order

routes = Blueprint(__name__)


@routes.route("/orders", methods=["GET"])
@problem_documents
def list_orders() -> dict[str, Any]:
    """Orders and invoices of the caller's account, newest first."""
    request = routes.current_request
    history = wiring().show_orders.history(member_of(request))
    return page(
        request,
        history,
        lambda e: e.order_id if isinstance(e, Order) else e.invoice.number,
        views.history_entry,
    )


@routes.route("/invoices/{number}", methods=["GET"])
@problem_documents
def get_invoice(number: str) -> dict[str, Any]:
    """One invoice."""
    return views.invoice(wiring().show_orders.invoice(member_of(routes.current_request), number))


@routes.route("/invoices/{number}/download", methods=["GET"])
@problem_documents
def download_invoice(number: str) -> dict[str, Any]:
    """A link to the PDF."""
    return {"url": wiring().show_orders.download_url(member_of(routes.current_request), number)}
