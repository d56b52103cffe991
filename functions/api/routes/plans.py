"""Manage: plans, and more time for what ends."""

from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Answer, Call
from api.operation import declare
from api.routes.bots import shown
from api.schemas.bots import ManagedBot
from api.schemas.common import BotId
from api.schemas.extensions import ExtensionRequest, RequestExtension
from api.schemas.plans import ChangePlan, PlanChanged, PlanOptions
from api.views import funds
from api.views import plans as views
from api.views.extensions import extension_request
from botmeter.domain.orders import PaymentMethod

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Plans")


@operation("GET", "/bots/{bot_id}/plan-options")
def list_plan_options(call: Call[None], bot_id: BotId) -> PlanOptions:
    """Compare the plans that a bot could be on.

    With what each would have cost in the last three full months, which can be chosen, what choosing it
    would do, and one suggestion.
    """
    return views.options(call.wiring.show_plan_options(call.member, bot_id, call.now))


@operation("PUT", "/bots/{bot_id}/plan", etag=True)
def change_plan(call: Call[ChangePlan], bot_id: BotId) -> Answer[PlanChanged]:
    """Change the plan of a bot.

    An upgrade applies at once and makes an order for the rest of the month. A downgrade applies when the
    month ends, and can be cancelled until then.
    """
    method = PaymentMethod(call.body.get("payment_method", PaymentMethod.BANK_TRANSFER))
    done = call.wiring.change_plan(
        call.member,
        bot_id,
        call.body["plan_id"],
        method,
        call.now,
        key=call.idempotency_key,
        if_match=call.if_match,
    )
    bot = shown(call, bot_id)
    order = funds.order(done.order) if done.order else None
    return Answer({"bot": bot.body, "order": order, "payment": funds.payment(done.payment)}, etag=bot.etag)


@operation("DELETE", "/bots/{bot_id}/plan/pending", status=HTTPStatus.OK, etag=True)
def cancel_plan_change(call: Call[None], bot_id: BotId) -> Answer[ManagedBot]:
    """Cancel the change of plan that is scheduled. If there is none, nothing happens."""
    call.wiring.change_plan.cancel(call.member, bot_id, call.now, if_match=call.if_match)
    return shown(call, bot_id)


@operation("POST", "/bots/{bot_id}/extension-requests", status=HTTPStatus.CREATED)
def request_extension(call: Call[RequestExtension], bot_id: BotId) -> ExtensionRequest:
    """Ask for more days of a trial, of a contract that ends, or of free credits.

    One request can be open at a time; the operator decides.
    """
    days, reason = call.body["days"], call.body["reason"]
    request = call.wiring.request_extension(
        call.member, bot_id, days, reason, call.now, key=call.idempotency_key
    )
    return extension_request(request)
