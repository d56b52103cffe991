"""What Stripe cannot charge, cannot do or does not say; and its keys.

Where localstripe never answers so, an endpoint of the test answers as Stripe's documentation shows.
"""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from botmeter.adapters.payments.stripe import StripeCards
from botmeter.adapters.payments.stripe_secret import StripeSecret, read_stripe_secret
from botmeter.domain.errors import PaymentRefused, StoreUnavailable
from botmeter.domain.orders import Order, OrderStatus
from tests.fakes.stripe import (
    API_KEY,
    PUBLISHABLE_KEY,
    WEBHOOK_SECRET,
    LocalStripe,
    cards_at,
    endpoint,
)

KEYS = {"api_key": API_KEY, "publishable_key": PUBLISHABLE_KEY, "webhook_secret": WEBHOOK_SECRET}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Secrets Manager in memory."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="eu-central-1")


@pytest.mark.parametrize(
    ("currency", "minor", "charged"),
    [
        ("EUR", 2500, 2500),
        ("JPY", 500, 500),
        ("KWD", 5120, 5120),
        ("ISK", 5, 500),
        ("MGA", 500, 5),
    ],
)
def test_amount_is_in_the_unit_of_stripe(
    cards: StripeCards, stripe: LocalStripe, order: Order, currency: str, minor: int, charged: int
) -> None:
    """The payer is charged what was ordered, also where Stripe counts otherwise than ISO 4217."""
    payment = cards.start(replace(order, currency=currency, amount_minor=minor))

    assert stripe.intent(payment.reference)["amount"] == charged


@pytest.mark.parametrize(
    ("currency", "minor"), [("KWD", 5124), ("MGA", 150), ("UGX", 5000), ("IQD", 1000), ("CLF", 10000)]
)
def test_amount_that_stripe_cannot_express(
    cards: StripeCards, order: Order, currency: str, minor: int
) -> None:
    """Nothing is rounded and no unit is guessed: the card is refused, and the order fails."""
    odd = replace(order, currency=currency, amount_minor=minor)
    with pytest.raises(PaymentRefused, match=currency):
        cards.start(odd)

    assert cards.look_up(odd).status is OrderStatus.FAILED
    assert cards.cancel(odd).status is OrderStatus.FAILED


DECLINE = {
    "type": "card_error",
    "code": "authentication_required",
    "decline_code": "authentication_required",
    "message": "Your card was declined. This transaction requires authentication.",
    "payment_intent": {"id": "pi_1", "object": "payment_intent", "status": "requires_payment_method"},
}


def test_decline_as_stripe_words_it(order: Order) -> None:
    """What Stripe answers when a bank wants its customer: the refusal has Stripe's words."""
    with endpoint(402, {"error": DECLINE}) as refusing, pytest.raises(PaymentRefused, match="authentication"):
        cards_at(refusing.url).reload(order, "pi_0")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"type": "idempotency_error", "message": "Keys can only be used with the same parameters."}),
        (401, {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_test_***"}),
        (409, {"type": "invalid_request_error", "code": "lock_timeout"}),
        (429, {"type": "invalid_request_error", "code": "rate_limit"}),
        (500, {"type": "api_error", "message": "An unknown error occurred."}),
    ],
)
def test_stripe_in_trouble(order: Order, status: int, error: dict[str, Any]) -> None:
    """An answer that says nothing about the payment is no refusal: the same call may be made again."""
    with endpoint(status, {"error": error}) as troubled:
        check_unavailable(cards_at(troubled.url), order)


def test_unknown_reference_is_not_a_failed_payment(cards: StripeCards, order: Order) -> None:
    """A reference that Stripe does not know (a key of another account, say) fails no order."""
    with pytest.raises(StoreUnavailable):
        cards.look_up(replace(order, reference="pi_unknown"))


def test_stripe_out_of_reach(order: Order) -> None:
    """Nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    check_unavailable(cards_at(f"http://127.0.0.1:{port}"), order)


def check_unavailable(cards: StripeCards, order: Order) -> None:
    with pytest.raises(StoreUnavailable):
        cards.start(order)
    with pytest.raises(StoreUnavailable):
        cards.reload(order, "pi_0")
    with pytest.raises(StoreUnavailable):
        cards.look_up(order)
    with pytest.raises(StoreUnavailable):
        cards.cancel(order)


@pytest.mark.parametrize(
    ("api_key", "api_base"),
    [
        ("sk_live_x", "http://127.0.0.1:1"),
        ("rk_live_x", "https://stripe.example"),
        (API_KEY, "http://a.example"),
    ],
)
def test_key_goes_to_nobody_else(api_key: str, api_base: str) -> None:
    """A live key cannot be pointed elsewhere, nor a test key sent in the clear over a network."""
    with pytest.raises(ValueError, match="api_base"):
        StripeCards(api_key, PUBLISHABLE_KEY, api_base=api_base)


def test_keys_are_one_secret(secrets: Any) -> None:
    """The operator stores the keys once; none but the publishable one shows in a log."""
    secrets.create_secret(Name="stripe", SecretString=json.dumps(KEYS))
    keys = read_stripe_secret(secrets, "stripe")

    assert keys == StripeSecret(**KEYS)
    assert API_KEY not in repr(keys)
    assert WEBHOOK_SECRET not in repr(keys)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (json.dumps(KEYS)[:-1], "JSON object"),
        ("[]", "JSON object"),
        (json.dumps({**KEYS, "webhook_secret": 1}), "webhook_secret"),
        (json.dumps({"api_key": API_KEY}), "publishable_key"),
        (json.dumps({**KEYS, "publishable_key": API_KEY}), "publishable_key"),
    ],
)
def test_malformed_secret(secrets: Any, text: str, named: str) -> None:
    """The error names what is wrong, shows no key, and a secret key is not taken for a publishable one."""
    secrets.create_secret(Name="stripe", SecretString=text)
    with pytest.raises(ValueError, match=named) as caught:
        read_stripe_secret(secrets, "stripe")

    assert API_KEY not in str(caught.value)


def test_secret_that_cannot_be_read(secrets: Any) -> None:
    """A missing secret, or one that may not be read, can be asked for again."""
    with pytest.raises(StoreUnavailable):
        read_stripe_secret(secrets, "stripe")
