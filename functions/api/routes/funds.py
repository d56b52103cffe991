"""Manage: funds, and the orders that they are."""

from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Answer, Call
from api.operation import declare
from api.routes.bots import shown
from api.schemas.bots import ManagedBot
from api.schemas.common import BotId, OrderId
from api.schemas.funds import AddFunds, AutoReload, Order, PlacedOrder, ShownOrder
from api.views import funds as views
from botmeter.domain import accounts
from botmeter.domain.errors import Refused
from botmeter.domain.money import Money
from botmeter.domain.orders import PaymentMethod
from botmeter.domain.permissions import Permission
from botmeter.services.actors import actor_of

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Funds")


@operation("POST", "/bots/{bot_id}/funds", status=HTTPStatus.CREATED, errors=(HTTPStatus.PAYMENT_REQUIRED,))
def add_funds(call: Call[AddFunds], bot_id: BotId) -> Answer[PlacedOrder]:
    """Order funds for a prepaid bot.

    The answer says how to pay; the credit comes with the payment. While a payment of the bot is open, no
    other can be begun.
    """
    amount = Money(call.body["amount"]["amount"], call.body["amount"]["currency"])
    method = PaymentMethod(call.body["payment_method"])
    order, payment = call.wiring.add_funds(
        call.member, bot_id, amount, method, call.now, key=call.idempotency_key
    )
    body: PlacedOrder = {"order": views.order(order), "payment": views.payment(payment)}
    return Answer(body, location=f"/orders/{order.order_id}")


@operation("PUT", "/bots/{bot_id}/auto-reload")
def set_auto_reload(call: Call[AutoReload], bot_id: BotId) -> ManagedBot:
    """Let funds be added by card as soon as less than the threshold is left.

    It needs a card that has paid for the bot once; a bank transfer cannot be repeated by itself.
    """
    threshold, amount = call.body["threshold"], call.body["amount"]
    if threshold["currency"] != amount["currency"]:
        raise Refused("threshold/currency", "must be that of the amount")
    wanted = accounts.AutoReload(threshold["amount"], amount["amount"])
    call.wiring.set_auto_reload(call.member, bot_id, wanted, call.now, amount["currency"])
    return shown(call, bot_id).body


@operation("DELETE", "/bots/{bot_id}/auto-reload", status=HTTPStatus.OK)
def end_auto_reload(call: Call[None], bot_id: BotId) -> ManagedBot:
    """Let no funds be added any more but by hand."""
    call.wiring.set_auto_reload(call.member, bot_id, None, call.now)
    return shown(call, bot_id).body


@operation("GET", "/orders/{order_id}", permission=Permission.ORDERS_AND_INVOICES)
def get_order(call: Call[None], order_id: OrderId) -> ShownOrder:
    """Show an order, with its receipt once it is paid, and what the caller can do to it.

    It is for those who manage its bot, and for those who see the orders of the account.
    """
    return views.shown_order(call.wiring.show_orders.order(call.member, order_id, call.now))


@operation("POST", "/orders/{order_id}/payment", errors=(HTTPStatus.PAYMENT_REQUIRED,))
def pay_order(call: Call[None], order_id: OrderId) -> PlacedOrder:
    """Show again how to pay an order that is pending."""
    order = call.wiring.show_orders.managed(call.member, order_id)
    order, payment = call.wiring.pay_orders.start(order, call.now)
    return {"order": views.order(order), "payment": views.payment(payment)}


@operation("DELETE", "/orders/{order_id}", status=HTTPStatus.OK, errors=(HTTPStatus.CONFLICT,))
def cancel_order(call: Call[None], order_id: OrderId) -> Order:
    """Cancel an order that is pending. If it was paid meanwhile, it is paid: see its status."""
    order = call.wiring.show_orders.managed(call.member, order_id)
    return views.order(call.wiring.pay_orders.cancel(order, actor_of(call.member), call.now))
