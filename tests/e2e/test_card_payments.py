"""Cards on the deployed stack: Stripe tells its webhook of a payment that was made with localstripe.

The order is placed by the services in this process, since the deployed functions know only Stripe's own
address.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from botmeter.domain.members import Member, Role
from botmeter.domain.money import Money
from botmeter.domain.orders import PaymentMethod
from botmeter_local import Stack
from tests.e2e.accounts import CURRENCY, STRIPE_SECRET, Account, at_once, chf, today
from tests.e2e.client import Reply, User, fulfilled, refused
from tests.fakes.stripe import Endpoint, LocalStripe, endpoint, local_stripe

RELOAD = {"threshold": chf(500), "amount": chf(2_000)}


@dataclass(frozen=True)
class Cards:
    """An account whose payers enter cards at a localstripe, which tells `hooks` of it."""

    account: Account
    stripe: LocalStripe
    hooks: Endpoint

    def order(self, bot_id: str, key: str) -> str:
        """Order funds, to be paid by card; returns the order's id."""
        known = self.account.services
        settings = replace(known.settings, stripe_secret_id=STRIPE_SECRET)
        services = replace(known, settings=settings, stripe_url=self.stripe.base)
        admin = Member(self.account.admin.user_id, self.account.account_id, frozenset({Role.BILLING_ADMIN}))
        amount, card = Money(2_000, CURRENCY), PaymentMethod.CARD
        order, payment = services.add_funds(admin, bot_id, amount, card, datetime.now(UTC), key=key)
        assert payment is not None
        self.stripe.pay(services.orders.order(self.account.account_id, order.order_id).reference)
        return order.order_id

    def tell(self, body: bytes, signature: str) -> Reply:
        """Call the deployed webhook, as Stripe does."""
        stranger = User(self.account.stack.api_url)
        return stranger.send("POST", "/webhooks/stripe", body, Stripe_Signature=signature)


@pytest.fixture(scope="module")
def cards(stack: Stack, operator: User) -> Iterator[Cards]:
    """An account since today."""
    account = Account(stack, "acct_cards", today())
    with local_stripe() as stripe, endpoint() as hooks:
        stripe.call_back(hooks.url)
        yield Cards(account, stripe, hooks)


def test_webhook_delivered_three_times_pays_once(cards: Cards) -> None:
    """At once or one after another: one receipt, one entry in the ledger, and a card for auto-reload."""
    bot_id, admin = cards.account.bot("bot_carded"), cards.account.admin
    refused(admin.put(f"/bots/{bot_id}/auto-reload", RELOAD), 422, "#/payment_method")
    order_id = cards.order(bot_id, "three-times")
    assert admin.get(f"/orders/{order_id}")["status"] == "pending"
    call = cards.hooks.next_signed("payment_intent.succeeded", order_id)

    replies = at_once(lambda: cards.tell(*call), lambda: cards.tell(*call))
    assert [reply.status for reply in (*replies, cards.tell(*call))] == [204, 204, 204]
    order = admin.get(f"/orders/{order_id}")
    assert (order["status"], order["receipt"]["payment_method"]) == ("paid", "card")
    assert [e["reason"] for e in admin.pages(f"/bots/{bot_id}/ledger")] == ["top_up"]
    assert admin.get(f"/bots/{bot_id}")["balance"]["remaining"] == chf(2_000)

    assert fulfilled(admin.put(f"/bots/{bot_id}/auto-reload", RELOAD))["auto_reload"] == RELOAD
    assert fulfilled(admin.delete(f"/bots/{bot_id}/auto-reload"))["auto_reload"] is None
    trail = [e for e in admin.pages("/audit") if e["operation"] == "auto_reload.changed"]
    assert [(e["before"], e["after"]) for e in trail] == [
        ({"threshold": "500", "amount": "2000"}, {}),
        ({}, {"threshold": "500", "amount": "2000"}),
    ]


def test_forged_call_pays_nothing(cards: Cards) -> None:
    """Neither another signature nor another body is believed."""
    bot_id = cards.account.bot("bot_forged")
    order_id = cards.order(bot_id, "forged")
    body, signature = cards.hooks.next_signed("payment_intent.succeeded", order_id)
    before = cards.account.facts()

    refused(cards.tell(body, signature[:-1] + ("0" if signature[-1] != "0" else "1")), 400)
    refused(cards.tell(body.replace(b"2000", b"9000"), signature), 400)
    refused(cards.tell(body, ""), 400)
    assert cards.account.facts() == before
    assert cards.tell(body, signature).status == 204


def test_reload_needs_amounts_that_can_be_ordered(cards: Cards) -> None:
    """Limits of the plan, one currency, and a threshold that the amount reaches."""
    bot_id, admin = cards.account.bot("bot_reloading"), cards.account.admin
    order_id = cards.order(bot_id, "reloading")
    assert cards.tell(*cards.hooks.next_signed("payment_intent.succeeded", order_id)).status == 204
    before = cards.account.facts()
    euros = {"amount": 500, "currency": "EUR"}
    for body, where in (
        ({**RELOAD, "amount": chf(999)}, "#/amount/amount"),
        ({**RELOAD, "threshold": chf(2_001)}, "#/threshold/amount"),
        ({**RELOAD, "threshold": euros}, "#/threshold/currency"),
        ({"amount": {**euros, "amount": 2_000}, "threshold": euros}, "#/amount/currency"),
    ):
        refused(admin.put(f"/bots/{bot_id}/auto-reload", body), 422, where)
    assert cards.account.facts() == before
