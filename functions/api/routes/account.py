"""The own account."""

from functools import partial

from chalice.app import Blueprint

from api.call import Call
from api.operation import BILLING_ADMINS, declare
from api.schemas.account import AccountMember, OwnAccount
from api.schemas.common import MemberId
from api.views.account import own_account
from botmeter.domain.permissions import Permission

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Account")


@operation("GET", "/account", permission=Permission.ORDERS_AND_INVOICES)
def show_account(call: Call[None]) -> OwnAccount:
    """Show the own account, and what the caller may do in it."""
    return own_account(call.wiring.show_account(call.member, call.now))


@operation("GET", "/members/{user_id}", roles=BILLING_ADMINS)
def get_member(call: Call[None], user_id: MemberId) -> AccountMember:
    """Show a member of the account. Any of them can be made the owner of a bot."""
    call.wiring.show_members.require(call.member, user_id)
    return {"user_id": user_id}
