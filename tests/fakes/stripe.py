"""Stripe for tests: localstripe with a payer, and a server that answers what a test tells it to."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from stripe import StripeClient

from botmeter.adapters.payments.stripe import StripeCards
from botmeter.domain.identifiers import derived_id
from botmeter.domain.orders import Order, OrderKind, PaymentMethod
from botmeter.domain.periods import to_utc

API_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET = "sk_test_botmeter", "pk_test_botmeter", "whsec_botmeter"
VISA, DECLINED, NEEDS_CONFIRMATION = "4242424242424242", "4000000000000341", "4000002760003184"
_SERVER = Path(__file__).parents[1] / "integration" / "stripe_server.py"
_PATIENCE_S = 30


def card_order(name: str) -> Order:
    """An order of 25.00 EUR, to be paid by card: another one for each `name`."""
    return Order(
        order_id=derived_id("ord", name),
        account_id="acct_acme",
        bot_id="bot_orders",
        kind=OrderKind.FUNDS,
        amount_minor=2500,
        currency="EUR",
        payment_method=PaymentMethod.CARD,
        ordered_at=to_utc(1_791_500_000_000),
        ordered_by="u-admin",
    )


def cards_at(base: str) -> StripeCards:
    """Card payments at another address than Stripe's; calls are not repeated."""
    return StripeCards(API_KEY, PUBLISHABLE_KEY, api_base=base, retries=0)


@dataclass(frozen=True)
class LocalStripe:
    """A running localstripe at `base`."""

    base: str

    @property
    def client(self) -> StripeClient:
        """A client with the operator's key."""
        return StripeClient(API_KEY, base_addresses={"api": self.base}, max_network_retries=0)

    def intent(self, reference: str) -> dict[str, Any]:
        """An intent as it is now."""
        return self.client.v1.payment_intents.retrieve(reference).to_dict()

    def customers(self, account_id: str) -> list[str]:
        """The ids of all customers made for an account."""
        made = [customer.to_dict() for customer in self.client.v1.customers.list().auto_paging_iter()]
        return [customer["id"] for customer in made if customer["metadata"].get("account_id") == account_id]

    def give_card(self, reference: str, number: str = VISA) -> None:
        """Enter a card, as the payer does in Stripe's form."""
        card = {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
        method = self._post("/v1/payment_methods", {"type": "card", "card": card})
        self._post(f"/v1/payment_intents/{reference}", {"payment_method": method["id"]})

    def pay(self, reference: str, number: str = VISA) -> None:
        """Enter a card and confirm; raises `CardError` for one that is declined."""
        self.give_card(reference, number)
        self.client.v1.payment_intents.confirm(reference)

    def next_day(self) -> None:
        """A day passes: idempotency keys are forgotten, searches are up to date."""
        self._post("/_config/next-day", {})

    def call_back(self, url: str) -> None:
        """Send events to `url`, signed with `WEBHOOK_SECRET`."""
        self._post("/_config/webhooks/tests", {"url": url, "secret": WEBHOOK_SECRET})

    def _post(self, path: str, members: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
        request = Request(self.base + path, json.dumps(members).encode(), headers)  # noqa: S310  (loopback)
        with urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read() or b"{}")
            return found


@contextmanager
def local_stripe() -> Iterator[LocalStripe]:
    """A fresh localstripe on a loopback port; it ends with the block, or with this process."""
    command = [sys.executable, "-W", "ignore", str(_SERVER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            # It writes its port when it listens; no port means that it could not start.
            yield LocalStripe(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.stdin.close()
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass
class Endpoint:
    """An HTTP server that gives every caller the same answer and keeps what they sent."""

    url: str
    status: int = 200
    body: bytes = b"{}"
    received: "queue.Queue[tuple[bytes, str]]" = field(default_factory=queue.Queue)

    def next_signed(self, event_type: str, order_id: str) -> tuple[bytes, str]:
        """Wait for the webhook call about an order: its body and its signature."""
        while True:
            body, signature = self.received.get(timeout=_PATIENCE_S)
            event = json.loads(body)
            about = event["data"]["object"].get("metadata", {}).get("order_id")
            if event["type"] == event_type and about == order_id:
                return body, signature


@contextmanager
def endpoint(status: int = 200, members: dict[str, Any] | None = None) -> Iterator[Endpoint]:
    """An `Endpoint` on a loopback port."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            served.received.put((body, self.headers.get("Stripe-Signature", "")))
            self.send_response(served.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(served.body)))
            self.end_headers()
            self.wfile.write(served.body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        served = Endpoint(
            f"http://127.0.0.1:{server.server_port}", status, json.dumps(members or {}).encode()
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
