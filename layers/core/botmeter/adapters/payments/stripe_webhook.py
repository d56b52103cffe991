"""Stripe's webhook: what it tells of payments that have come to an end."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

from botmeter.adapters.payments.stripe_intents import metadata, payment_of
from botmeter.domain.errors import InvalidSignature
from botmeter.ports.payments import PaymentNotice

_ENDS = ("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled")
# Stripe's own limit for its libraries. It signs each new attempt to deliver anew.
TOLERANCE = timedelta(minutes=5)


class StripeWebhook:
    """Reads calls that Stripe signed with `secret` (`whsec_...`) at most `tolerance` ago.

    The same event, delivered again, gives the same notice. Events may come out of order: the notice of a
    declined card may follow that of the success with another one.
    """

    def __init__(self, secret: str, tolerance: timedelta = TOLERANCE) -> None:
        if not secret.strip() or tolerance < timedelta(seconds=1):
            # Stripe's library takes a tolerance of zero for "any age".
            raise ValueError("webhook: needs a secret and a tolerance of at least a second")
        self._secret = secret
        self._tolerance_s = tolerance // timedelta(seconds=1)

    def __call__(self, body: bytes, signature: str, /) -> PaymentNotice | None:
        """What the call tells, None if it is of no concern; raises `InvalidSignature` for a forged one."""
        self._check(body, signature)
        return _notice(_event(body))

    def _check(self, body: bytes, signature: str) -> None:
        """Raise `InvalidSignature` unless Stripe signed `body`, and not long ago."""
        try:
            WebhookSignature.verify_header(body, signature, self._secret, self._tolerance_s)
        except SignatureVerificationError as error:
            raise InvalidSignature("the call is not signed by Stripe, or too long ago") from error
        except (UnicodeError, TypeError) as error:
            # A body that is no text, or a signature that is not ASCII: the library expects neither.
            raise InvalidSignature("neither body nor signature may be anything but text") from error


def _event(body: bytes) -> Mapping[str, Any]:
    """The event that `body` is; raises `InvalidSignature` for one that is none, which Stripe never sends."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidSignature("the body is not JSON") from error
    if not isinstance(event, dict):
        raise InvalidSignature("the body is not an event")
    return event


def _notice(event: Mapping[str, Any]) -> PaymentNotice | None:
    """The notice in `event`: None if it is about anything but the payment of an order."""
    if event.get("type") not in _ENDS:
        return None
    data = event.get("data")
    intent = data.get("object") if isinstance(data, dict) else None
    if not isinstance(intent, dict):
        return None
    names = metadata(intent)
    account_id, order_id = names.get("account_id"), names.get("order_id")
    if not isinstance(account_id, str) or not isinstance(order_id, str):
        return None
    return PaymentNotice(account_id, order_id, payment_of(intent))
