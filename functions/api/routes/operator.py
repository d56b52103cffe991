"""The operator's side: accounts, plans, bank transfers, extension requests, audit trails."""

from datetime import datetime
from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Answer, Call
from api.operation import OPERATORS, declare
from api.paging import page, page_of_views, stored_page
from api.parameters import CURSOR, LIMIT, ORDER_STATUS, PAGING
from api.schemas.bots import Bot
from api.schemas.common import BotId, OrderId, Page
from api.schemas.extensions import ApproveExtension, Decline, ExtensionRequest, RequestId
from api.schemas.funds import Order
from api.schemas.operator import Account, AccountId, MoveAccount, PendingExtension, SetPlan
from api.schemas.plans import PlanVersion
from api.schemas.records import AuditEntry
from api.views import bots, funds, records
from api.views import operator as views
from api.views.extensions import extension_request
from api.views.plans import plan_from, plan_version
from botmeter.domain.changes import Change
from botmeter.domain.errors import NotFound, Refused
from botmeter.services.extend_plan import RequestKey

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Operator", roles=OPERATORS)

_ACCOUNT = "/operator/accounts/{account_id}"
_ORDER = _ACCOUNT + "/orders/{order_id}"
_REQUEST = _ACCOUNT + "/bots/{bot_id}/extension-requests/{request_id}"
_CONFLICT = (HTTPStatus.CONFLICT,)


@operation("GET", "/operator/accounts", query=PAGING)
def list_accounts(call: Call[None]) -> Page[Account]:
    """List all accounts."""
    accounts = call.wiring.operate.all_accounts(call.member)
    return page(
        call, accounts, lambda account: account.account_id, lambda account: views.account(account, call.now)
    )


@operation("GET", _ACCOUNT)
def get_account(call: Call[None], account_id: AccountId) -> Account:
    """Show an account."""
    return views.account(call.wiring.operate.account(call.member, account_id), call.now)


@operation("PUT", _ACCOUNT + "/time-zone", errors=_CONFLICT)
def move_account(call: Call[MoveAccount], account_id: AccountId) -> Account:
    """Move an account to another time zone, with the first billing period that starts in 24 hours or later.

    Until then another request replaces this one. Nothing that was billed or metered before changes.
    """
    time_zone = call.body["time_zone"]
    return views.account(
        call.wiring.operate.move_account(call.member, account_id, time_zone, call.now), call.now
    )


@operation("GET", _ACCOUNT + "/bots", query=PAGING)
def list_bots_of_account(call: Call[None], account_id: AccountId) -> Page[Bot]:
    """List the bots of an account, as its admins see them."""
    operate = call.wiring.operate
    known = operate.bots_of(call.member, account_id)
    return page_of_views(
        call,
        known,
        lambda bot: bot.bot_id,
        lambda found: [bots.bot(view) for view in operate.views(call.member, found, call.now)],
    )


@operation("PUT", _ACCOUNT + "/bots/{bot_id}/plan", etag=True)
def set_plan(call: Call[SetPlan], account_id: AccountId, bot_id: BotId) -> Answer[Bot]:
    """Put a bot on any plan at once: into a contract, out of it, or to another end.

    It makes no order. What it changes of the month's fees comes with the next invoice.
    """
    ref = f"{call.body['plan_id']}@{call.body['version']}"
    ends_at = _instant(call.body.get("ends_at"))
    view = call.wiring.operate.set_plan(
        call.member, (account_id, bot_id), ref, ends_at, call.now, if_match=call.if_match
    )
    return Answer(bots.bot(view), etag=view.bot.etag)


@operation("GET", _ACCOUNT + "/orders", query=(ORDER_STATUS, *PAGING))
def list_orders_of_account(call: Call[None], account_id: AccountId) -> Page[Order]:
    """List the orders of an account, newest first; with `status=pending`, those that wait for payment."""
    orders = call.wiring.operate.orders_of(call.member, account_id, call.query(ORDER_STATUS))
    return page(call, orders, lambda order: order.order_id, funds.order)


@operation("POST", _ORDER + "/confirm", errors=_CONFLICT)
def confirm_order(call: Call[None], account_id: AccountId, order_id: OrderId) -> Order:
    """Confirm that a bank transfer has arrived: the order is paid, and funds become credit."""
    return funds.order(call.wiring.operate.confirm_payment(call.member, account_id, order_id, call.now))


@operation("POST", _ORDER + "/decline", errors=_CONFLICT)
def decline_order(call: Call[Decline], account_id: AccountId, order_id: OrderId) -> Order:
    """Give a bank transfer up."""
    reason = call.body["reason"]
    return funds.order(
        call.wiring.operate.decline_payment(call.member, account_id, order_id, reason, call.now)
    )


@operation("GET", "/operator/extension-requests", query=PAGING)
def list_extension_requests(call: Call[None]) -> Page[PendingExtension]:
    """List the requests that wait for a decision, the oldest first."""
    found = call.wiring.operate.pending_extensions(call.member)
    return page(call, found, lambda bot: f"{bot.account_id}/{bot.bot_id}", views.pending_extension)


@operation("POST", _REQUEST + "/approve", errors=_CONFLICT)
def approve_extension(
    call: Call[ApproveExtension], account_id: AccountId, bot_id: BotId, request_id: RequestId
) -> ExtensionRequest:
    """Grant days, counted from the end of what ends, or from now if that is past."""
    key = RequestKey(account_id, bot_id, request_id)
    days, reason = call.body["days"], call.body.get("reason", "")
    return _decided(call.wiring.operate.approve_extension(call.member, key, days, reason, call.now))


@operation("POST", _REQUEST + "/decline", errors=_CONFLICT)
def decline_extension(
    call: Call[Decline], account_id: AccountId, bot_id: BotId, request_id: RequestId
) -> ExtensionRequest:
    """Decline a request with a reason."""
    key = RequestKey(account_id, bot_id, request_id)
    return _decided(call.wiring.operate.decline_extension(call.member, key, call.body["reason"], call.now))


@operation("GET", _ACCOUNT + "/audit", query=PAGING)
def list_audit_trail_of_account(call: Call[None], account_id: AccountId) -> Page[AuditEntry]:
    """List who changed what in an account, newest first."""
    found = stored_page(
        lambda: call.wiring.operate.audit_of(call.member, account_id, call.query(LIMIT), call.query(CURSOR))
    )
    return found(records.audit_entry)


@operation("GET", "/operator/plans", query=PAGING)
def list_plans(call: Call[None]) -> Page[PlanVersion]:
    """List all versions of all plans."""
    return page(call, call.wiring.operate.plans(call.member), lambda plan: plan.ref, plan_version)


@operation("POST", "/operator/plans", status=HTTPStatus.CREATED, errors=_CONFLICT)
def add_plan(call: Call[PlanVersion]) -> PlanVersion:
    """Offer a version of a plan. What exists is never changed: a new price is a new version."""
    try:
        plan = plan_from(call.body)
    except ValueError as error:
        raise Refused("", str(error)) from error
    call.wiring.operate.add_plan(call.member, plan)
    return plan_version(plan)


def _instant(text: str | None) -> datetime | None:
    """The time of a body, if it has one; raises `Refused` for one that is not in the calendar."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused("ends_at", "must be a time that there is") from error


def _decided(change: Change) -> ExtensionRequest:
    """The request as it was decided."""
    request = change.after.bot.extension
    if request is None:
        raise NotFound("there is no such request")
    return extension_request(request)
