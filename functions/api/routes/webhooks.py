"""What payment providers tell. Public: the call's signature says who it is from."""

from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Call
from api.headers import Key
from api.operation import PUBLIC, declare

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Webhooks", roles=PUBLIC)


@operation(
    "POST", "/webhooks/stripe", status=HTTPStatus.NO_CONTENT, key=Key.IGNORED, errors=(HTTPStatus.FORBIDDEN,)
)
def take_stripe_notice(call: Call[None]) -> None:
    """Take note of what Stripe tells of a payment.

    For Stripe alone, which signs its calls. The same call again changes nothing.
    """
    signature = call.request.headers.get("stripe-signature", "")
    notice = call.wiring.stripe_webhook(call.raw_body, signature)
    if notice is not None:
        call.wiring.pay_orders.take_notice(notice, call.now)
