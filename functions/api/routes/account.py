"""The own account."""

from functools import partial

from chalice.app import Blueprint

from api.call import Call
from api.operation import declare
from api.schemas.account import OwnAccount
from api.views.account import own_account
from botmeter.domain.permissions import Permission

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Account")


@operation("GET", "/account", permission=Permission.ORDERS_AND_INVOICES)
def show_account(call: Call[None]) -> OwnAccount:
    """Show the own account, and what the caller may do in it."""
    return own_account(call.wiring.show_account(call.member, call.now))
