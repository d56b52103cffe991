"""Cards through Stripe. The payer's browser gives the card to Stripe: none of its data comes here.

An order becomes one PaymentIntent. Its idempotency key is the order's id, which Stripe honours for a day
at least; after that, its search knows the intent. So no order is charged twice, however often and whenever
a call is repeated.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import stripe
from stripe import CardError, InvalidRequestError, RequestsClient, StripeClient, StripeError

from botmeter.adapters.payments.stripe_amounts import stripe_amount
from botmeter.adapters.payments.stripe_intents import RELOAD, SETTLED, metadata, metadata_of, payment_of
from botmeter.domain.errors import PaymentRefused, StoreUnavailable
from botmeter.domain.orders import Order, OrderStatus, Payment, PaymentMethod

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams

# The library's only setting that a client cannot have of its own: without it, it would tell Stripe about
# this machine and write a file into the user's home.
stripe.enable_telemetry = False

# Seconds to connect and to wait for an answer; a bank may take its time.
_TIMEOUTS_S = (2, 10)
_RETRIES = 2
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NO_CARD = "No earlier payment left a card that this account may be charged with."
_REFUSALS = (CardError, InvalidRequestError)


class StripeCards:
    """Payment by card. Customers and intents at Stripe carry Botmeter's ids in their metadata.

    `api_base` is Stripe's own unless a test says otherwise; a live key is never sent anywhere else. Two
    stacks need two Stripe accounts (or sandboxes): ids are unique within a stack only.
    """

    method = PaymentMethod.CARD

    def __init__(
        self, api_key: str, publishable_key: str, *, api_base: str | None = None, retries: int = _RETRIES
    ) -> None:
        if api_base:
            check_api_base(api_base, api_key)
        self._publishable_key = publishable_key
        self._client = StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            max_network_retries=retries,
            http_client=RequestsClient(timeout=_TIMEOUTS_S),
        )

    def start(self, order: Order) -> Payment:
        """Begin the payment, or show the one that has begun. The payer confirms it in Stripe's own form.

        Raises `PaymentRefused` for an amount or a currency that cannot be charged, and `StoreUnavailable`.
        """
        with stripe_errors():
            intent = self._retrieve(order.reference) if order.reference else self._create(order)
        instructions = {"client_secret": intent["client_secret"], "publishable_key": self._publishable_key}
        return replace(payment_of(intent), instructions=instructions)

    def reload(self, order: Order, earlier_reference: str) -> Payment:
        """Charge the card of the earlier payment, while nobody is there to confirm it.

        Raises `PaymentRefused` when the bank declines or wants its customer to confirm, or when the earlier
        payment left no card, and `StoreUnavailable`.
        """
        with stripe_errors():
            intent = self._known(order) or self._charge_again(order, earlier_reference)
        payment = payment_of(intent)
        if payment.status is OrderStatus.FAILED:
            raise PaymentRefused(payment.failure)
        return payment

    def cancel(self, order: Order) -> Payment:
        """Give the payment up: it has failed, or had been made before; raises `StoreUnavailable`.

        An intent that nobody noted, and that Stripe's search does not know yet, might still be paid. So
        where none is known, one is made under the order's key and canceled: no other can follow it.
        """
        with stripe_errors(refusals=()):
            intent = self._known(order)
        try:
            with stripe_errors():
                intent = intent or self._claim(order)
        except PaymentRefused as refusal:
            return Payment("", OrderStatus.FAILED, str(refusal))
        with stripe_errors(refusals=()):
            return self._settle(intent)

    def look_up(self, order: Order) -> Payment:
        """How the payment stands now; raises `StoreUnavailable`.

        An order without a reference may have an intent all the same: the process ended between the two. A
        payer's intent is then found or made. A reload is only looked for: if Stripe knows none, the payment
        is pending, without a reference, and `reload` may be called again.
        """
        with stripe_errors(refusals=()):
            intent = self._known(order)
        if intent is not None:
            return payment_of(intent)
        if order.is_reload:
            return Payment("", OrderStatus.PENDING)
        try:
            return replace(self.start(order), instructions={})
        except PaymentRefused as refusal:
            return Payment("", OrderStatus.FAILED, str(refusal))

    def _settle(self, intent: dict[str, Any]) -> Payment:
        """Cancel `intent`, unless it has come to an end."""
        if intent["status"] in SETTLED:
            return payment_of(intent)
        try:
            return payment_of(self._client.v1.payment_intents.cancel(intent["id"]).to_dict())
        except InvalidRequestError:
            # It came to an end meanwhile, or a bank is at it.
            now = self._retrieve(intent["id"])
            if now["status"] in SETTLED:
                return payment_of(now)
            raise

    def _claim(self, order: Order) -> dict[str, Any]:
        """The intent of an order that Stripe's search does not know, or one in its place that nobody pays."""
        if not order.is_reload:
            return self._create(order)
        params: PaymentIntentCreateParams = {
            **_charge(order, self._customer(order.account_id)),
            "metadata": {**metadata_of(order), **RELOAD},
        }
        return self._make(_reload_key(order), params)

    def _create(self, order: Order) -> dict[str, Any]:
        """The intent that the payer is going to confirm; the card will be kept for reloads."""
        customer = self._customer(order.account_id)
        params: PaymentIntentCreateParams = {
            **_charge(order, customer),
            "metadata": metadata_of(order),
            "setup_future_usage": "off_session",
        }
        return self._make(f"botmeter-order-{order.order_id}", params)

    def _charge_again(self, order: Order, earlier_reference: str) -> dict[str, Any]:
        """An intent that Stripe confirms at once, with the customer and the card of an earlier one."""
        if not earlier_reference:
            raise PaymentRefused(_NO_CARD)
        earlier = self._retrieve(earlier_reference)
        customer, card = earlier.get("customer"), earlier.get("payment_method")
        if not customer or not card or metadata(earlier).get("account_id") != order.account_id:
            raise PaymentRefused(_NO_CARD)
        params: PaymentIntentCreateParams = {
            **_charge(order, customer),
            "metadata": {**metadata_of(order), **RELOAD},
            "payment_method": card,
            "confirm": True,
            "off_session": True,
        }
        return self._make(_reload_key(order), params)

    def _make(self, key: str, params: "PaymentIntentCreateParams") -> dict[str, Any]:
        """Create an intent, once: to the same key Stripe gives its first answer again, for a day at least."""
        return self._client.v1.payment_intents.create(params, {"idempotency_key": key}).to_dict()

    def _known(self, order: Order) -> dict[str, Any] | None:
        """The intent of `order` as it is now, None if there is none that Stripe's search knows of."""
        reference = order.reference or self._found(order)
        return self._retrieve(reference) if reference else None

    def _found(self, order: Order) -> str | None:
        """The id of the intent of `order`; Stripe's search learns of one within a minute."""
        found = self._client.v1.payment_intents.search({"query": _with_metadata("order_id", order.order_id)})
        for intent in (one.to_dict() for one in found.data):
            if metadata_of(order).items() <= metadata(intent).items():
                return str(intent["id"])
        return None

    def _retrieve(self, reference: str) -> dict[str, Any]:
        return self._client.v1.payment_intents.retrieve(reference).to_dict()

    def _customer(self, account_id: str) -> str:
        """The id of the account's customer: found, or made once."""
        found = self._client.v1.customers.search({"query": _with_metadata("account_id", account_id)})
        for customer in (one.to_dict() for one in found.data):
            # Stripe's search does not tell capitals from small letters, as accounts do.
            if metadata(customer).get("account_id") == account_id:
                return str(customer["id"])
        key = f"botmeter-account-{account_id}"
        made = self._client.v1.customers.create(
            {"metadata": {"account_id": account_id}}, {"idempotency_key": key}
        )
        return made.id


def check_api_base(api_base: str, api_key: str) -> None:
    """Raise `ValueError` unless `api_key` may be sent to `api_base`: test keys only, and not in the clear."""
    address = urlsplit(api_base)
    if "_live_" in api_key:
        raise ValueError("api_base: a live key is sent to Stripe alone")
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise ValueError("api_base: must be https, or on the loopback interface")


@contextmanager
def stripe_errors(refusals: tuple[type[StripeError], ...] = _REFUSALS) -> Iterator[None]:
    """Turn what Stripe says inside into `PaymentRefused` (for `refusals`) or `StoreUnavailable`."""
    try:
        yield
    except refusals as error:
        raise PaymentRefused(error.user_message or str(error)) from error
    except StripeError as error:
        raise StoreUnavailable(f"Stripe: {error}") from error


def _charge(order: Order, customer: str) -> "PaymentIntentCreateParams":
    """What every intent says: how much, of whom, by which means."""
    return {
        "amount": stripe_amount(order.money),
        "currency": order.currency.lower(),
        "customer": customer,
        "allowed_payment_method_types": ["card"],
    }


def _reload_key(order: Order) -> str:
    """The idempotency key of a reload."""
    return f"botmeter-reload-{order.order_id}"


def _with_metadata(name: str, value: str) -> str:
    """A query, in Stripe's language, for the things whose metadata has `value` under `name`."""
    return f'metadata["{name}"]:{json.dumps(value)}'
