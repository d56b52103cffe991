"""Stripe's webhook: calls that localstripe makes, and some made as Stripe's documentation shows them."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from stripe import CardError, WebhookSignature

from botmeter.adapters.payments.stripe_webhook import StripeWebhook
from botmeter.domain.errors import InvalidSignature, PaymentRefused
from botmeter.domain.orders import OrderStatus, Payment
from botmeter.ports.payments import PaymentNotice, WebhookReader
from tests.fakes.stripe import (
    DECLINED,
    WEBHOOK_SECRET,
    Endpoint,
    LocalStripe,
    card_order,
    cards_at,
    endpoint,
    local_stripe,
)

READ: WebhookReader = StripeWebhook(WEBHOOK_SECRET)
ORDER = card_order("webhook")
NAMES = {"account_id": ORDER.account_id, "order_id": ORDER.order_id, "bot_id": ORDER.bot_id}
PAID = {"object": "payment_intent", "id": "pi_1", "status": "succeeded", "metadata": NAMES}
DECLINE = "Your card was declined."


@pytest.fixture(scope="module")
def calls() -> Iterator[Endpoint]:
    """Where localstripe delivers its events."""
    with endpoint() as listening:
        yield listening


@pytest.fixture(scope="module")
def stripe(calls: Endpoint) -> Iterator[LocalStripe]:
    with local_stripe() as running:
        running.call_back(calls.url)
        yield running


def event(kind: str, intent: Any) -> bytes:
    """An event as Stripe's documentation shows it."""
    members = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": intent}}
    return json.dumps(members, indent=2).encode()


def signed(body: bytes, secret: str = WEBHOOK_SECRET, age_s: int = 0) -> tuple[bytes, str]:
    """A call with the signature that Stripe made `age_s` ago."""
    timestamp = int(time.time()) - age_s
    return body, WebhookSignature.generate_signature_header(body.decode("latin-1"), secret, timestamp)


def test_payment_is_told(stripe: LocalStripe, calls: Endpoint) -> None:
    """A payment that was made is told with the order that it is for, as often as Stripe delivers it."""
    order = card_order("told")
    reference = cards_at(stripe.base).start(order).reference
    stripe.pay(reference)
    call = calls.next_signed("payment_intent.succeeded", order.order_id)

    expected = PaymentNotice(order.account_id, order.order_id, Payment(reference, OrderStatus.PAID))
    assert [READ(*call) for _ in range(3)] == [expected] * 3


def test_declined_card_is_told(stripe: LocalStripe, calls: Endpoint) -> None:
    """A declined card is told with the reason; the order is pending, for the payer may try another card."""
    order = card_order("declined")
    reference = cards_at(stripe.base).start(order).reference
    with pytest.raises(CardError):
        stripe.pay(reference, DECLINED)
    notice = READ(*calls.next_signed("payment_intent.payment_failed", order.order_id))

    assert notice is not None
    assert notice.payment == Payment(reference, OrderStatus.PENDING, DECLINE)


def test_declined_reload_is_told(stripe: LocalStripe, calls: Endpoint) -> None:
    """A declined reload has failed: nobody is there to try another card."""
    order, cards = card_order("declined reload"), cards_at(stripe.base)
    earlier = cards.start(card_order("earlier")).reference
    stripe.pay(earlier)
    stripe.give_card(earlier, DECLINED)
    with pytest.raises(PaymentRefused):
        cards.reload(replace(order, is_reload=True), earlier)
    notice = READ(*calls.next_signed("payment_intent.payment_failed", order.order_id))

    assert notice is not None
    assert (notice.payment.status, notice.payment.failure) == (OrderStatus.FAILED, DECLINE)


def test_canceled_payment_is_told() -> None:
    """An intent that was canceled has failed, with the reason (localstripe sends no such event)."""
    canceled = {**PAID, "status": "canceled", "cancellation_reason": "abandoned"}
    notice = READ(*signed(event("payment_intent.canceled", canceled)))

    failure = "The payment was canceled (abandoned)."
    assert notice == PaymentNotice(
        ORDER.account_id, ORDER.order_id, Payment("pi_1", OrderStatus.FAILED, failure)
    )


def test_payment_after_a_declined_card() -> None:
    """What went wrong before a payment was made is not told with it."""
    body = event("payment_intent.succeeded", {**PAID, "last_payment_error": {"message": DECLINE}})
    notice = READ(*signed(body))

    assert notice is not None
    assert notice.payment == Payment("pi_1", OrderStatus.PAID)


@pytest.mark.parametrize(
    "body",
    [
        event("charge.succeeded", PAID),
        event("payment_intent.created", PAID),
        event("payment_intent.succeeded", {**PAID, "metadata": {}}),
        event("payment_intent.succeeded", {**PAID, "metadata": {"order_id": "1"}}),
        event("payment_intent.succeeded", {**PAID, "metadata": {**NAMES, "account_id": None}}),
        event("payment_intent.succeeded", {**PAID, "metadata": None}),
        event("payment_intent.succeeded", None),
        b'{"type": "payment_intent.succeeded"}',
        b'{"type": ["payment_intent.succeeded"]}',
    ],
)
def test_other_events_are_of_no_concern(body: bytes) -> None:
    """Other events, and payments that are not of Botmeter's orders, tell nothing."""
    assert READ(*signed(body)) is None


BODY = event("payment_intent.succeeded", PAID)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1",
        "v1=00",
        f"t={int(time.time())},v1=00",
        f"t={int(time.time())},v1=\u00e9",
        signed(BODY, "whsec_another")[1],
        signed(BODY.replace(b"pi_1", b"pi_2"))[1],
        signed(BODY)[1].replace("v1=", "v0="),
    ],
    ids=[
        "none",
        "no digest",
        "no time",
        "wrong digest",
        "odd letter",
        "another secret",
        "another body",
        "another scheme",
    ],
)
def test_forged_call(signature: str) -> None:
    """Nothing but Stripe's signature of this very body is believed."""
    with pytest.raises(InvalidSignature):
        READ(BODY, signature)


def test_old_call() -> None:
    """A signed call that was kept and sent again later is refused."""
    with pytest.raises(InvalidSignature):
        READ(*signed(BODY, age_s=600))

    assert StripeWebhook(WEBHOOK_SECRET, timedelta(hours=1))(*signed(BODY, age_s=600)) is not None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"1" * 5000])
def test_signed_nonsense(body: bytes) -> None:
    """A body that is no event is refused, whoever signed it."""
    with pytest.raises(InvalidSignature):
        READ(*signed(body))


@pytest.mark.parametrize(("secret", "tolerance"), [(" ", timedelta(minutes=5)), ("whsec_1", timedelta(0))])
def test_webhook_without_protection(secret: str, tolerance: timedelta) -> None:
    """A webhook that would believe everybody, or for ever, cannot be made."""
    with pytest.raises(ValueError, match="webhook"):
        StripeWebhook(secret, tolerance)
