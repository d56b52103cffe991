"""Bank transfers, and cards through Stripe's library against localstripe."""

import subprocess
import sys
from dataclasses import replace

import pytest
from stripe import CardError, InvalidRequestError

from botmeter.adapters.payments.bank_transfer import BankTransfer
from botmeter.adapters.payments.stripe import StripeCards
from botmeter.domain.errors import PaymentRefused, StoreUnavailable
from botmeter.domain.identifiers import derived_id
from botmeter.domain.orders import Order, OrderStatus, Payment, PaymentMethod
from botmeter.domain.parties import BankAccount
from botmeter.ports.payments import PaymentProviders
from tests.fakes.accounts import FakeAccounts
from tests.fakes.stripe import (
    DECLINED,
    NEEDS_CONFIRMATION,
    PUBLISHABLE_KEY,
    LocalStripe,
)

BANK = BankTransfer(FakeAccounts(), BankAccount("Botmeter Ltd", "DE02120300000000202051", "BYLADEM1001"))


@pytest.fixture
def paid(cards: StripeCards, stripe: LocalStripe, order: Order) -> Payment:
    """The payment of an earlier order of the same account."""
    payment = cards.start(replace(order, order_id=f"{order.order_id}0"))
    stripe.pay(payment.reference)
    return payment


@pytest.fixture
def reload(order: Order) -> Order:
    """The order as one that nobody placed by hand."""
    return replace(order, is_reload=True, ordered_by="botmeter")


def test_transfer_waits_for_the_operator(order: Order) -> None:
    """The payer learns where to transfer to; only the operator says that the money has come."""
    payment = BANK.start(order)

    assert payment.instructions["reference"] == order.order_id
    assert BANK.look_up(order) == Payment(order.order_id, OrderStatus.PENDING)
    with pytest.raises(PaymentRefused):
        BANK.reload(order, payment.reference)


def test_transfer_is_given_up(order: Order) -> None:
    """A transfer that nobody waits for has failed; one that has come has not."""
    assert BANK.cancel(order).status is OrderStatus.FAILED
    assert BANK.cancel(order.paid(order.ordered_at)).status is OrderStatus.PAID


def test_transfers_do_without_stripe() -> None:
    """The library of Stripe is loaded by those alone who take cards."""
    probe = "import botmeter.adapters.payments.bank_transfer, sys; print('stripe' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert output.stdout.strip() == "False"


def test_order_is_one_intent(cards: StripeCards, stripe: LocalStripe, order: Order) -> None:
    """Started again, an order is the same intent, with all that the payer's browser and a webhook need."""
    first, second = cards.start(order), cards.start(order)

    assert first == second
    assert first.status is OrderStatus.PENDING
    intent = stripe.intent(first.reference)
    assert first.instructions == {
        "client_secret": intent["client_secret"],
        "publishable_key": PUBLISHABLE_KEY,
    }
    assert (intent["amount"], intent["currency"]) == (2500, "eur")
    assert (intent["setup_future_usage"], intent["payment_method_types"]) == ("off_session", ["card"])
    assert intent["metadata"] == {
        "account_id": "acct_acme",
        "bot_id": "bot_orders",
        "order_id": order.order_id,
    }


def test_started_order_stays_the_same_later(cards: StripeCards, stripe: LocalStripe, order: Order) -> None:
    """When Stripe has forgotten the key, the noted reference still leads to the same intent."""
    first = cards.start(order)
    stripe.next_day()

    assert cards.start(replace(order, reference=first.reference)) == first


def test_account_has_one_customer(cards: StripeCards, stripe: LocalStripe, order: Order) -> None:
    """An account is one customer, today and tomorrow; one that differs in a capital is another account."""
    for account_id in ("acct_case", "acct_Case"):
        for n in range(2):
            cards.start(replace(order, order_id=derived_id("ord", account_id, str(n)), account_id=account_id))
            stripe.next_day()

    assert [len(stripe.customers(name)) for name in ("acct_case", "acct_Case")] == [1, 1]


def test_payment_is_made(cards: StripeCards, stripe: LocalStripe, order: Order) -> None:
    """A payment that the payer confirmed is paid."""
    started = cards.start(order)
    stripe.pay(started.reference)

    assert cards.look_up(replace(order, reference=started.reference)) == paid_by(started)


def test_payer_may_try_another_card(cards: StripeCards, stripe: LocalStripe, order: Order) -> None:
    """A declined card leaves the order pending, with the reason."""
    noted = replace(order, reference=cards.start(order).reference)
    with pytest.raises(CardError):
        stripe.pay(noted.reference, DECLINED)
    declined = cards.look_up(noted)

    assert (declined.status, declined.failure) == (OrderStatus.PENDING, "Your card was declined.")


def test_intent_that_was_not_noted_is_found(cards: StripeCards, stripe: LocalStripe, order: Order) -> None:
    """A process that ends before it noted the reference loses nothing, neither at once nor later."""
    started = cards.start(order)
    at_once = cards.look_up(order)
    stripe.next_day()
    stripe.pay(started.reference)

    assert at_once == Payment(started.reference, OrderStatus.PENDING)
    assert cards.look_up(order) == paid_by(started)


def test_reload_charges_the_kept_card(
    cards: StripeCards, stripe: LocalStripe, reload: Order, paid: Payment
) -> None:
    """A reload is paid at once with the card of the earlier payment, by the same customer."""
    payment = cards.reload(reload, paid.reference)

    assert payment.status is OrderStatus.PAID
    earlier, now = stripe.intent(paid.reference), stripe.intent(payment.reference)
    assert (now["customer"], now["payment_method"]) == (earlier["customer"], earlier["payment_method"])
    assert (now["metadata"]["order_id"], now["off_session"]) == (reload.order_id, "true")


def test_reload_follows_a_reload(cards: StripeCards, reload: Order, paid: Payment) -> None:
    """A reload is as good an earlier payment as one that the payer made."""
    first = cards.reload(replace(reload, order_id=f"{reload.order_id}1"), paid.reference)

    assert cards.reload(reload, first.reference).status is OrderStatus.PAID


def test_reload_charges_once(cards: StripeCards, stripe: LocalStripe, reload: Order, paid: Payment) -> None:
    """However often and whenever a reload is repeated, it is one charge."""
    first = cards.reload(reload, paid.reference)
    again = cards.reload(reload, paid.reference)
    stripe.next_day()
    later = cards.reload(reload, paid.reference)

    assert first == again == later == cards.look_up(reload)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (DECLINED, "Your card was declined."),
        (NEEDS_CONFIRMATION, "The card's bank asks the payer to confirm this payment."),
    ],
)
def test_reload_that_the_bank_declines(
    cards: StripeCards, stripe: LocalStripe, reload: Order, paid: Payment, number: str, reason: str
) -> None:
    """A reload that the bank declines, or wants confirmed, is refused for good: today and tomorrow."""
    stripe.give_card(paid.reference, number)
    for _ in range(2):
        with pytest.raises(PaymentRefused, match=reason):
            cards.reload(reload, paid.reference)
        stripe.next_day()
    failed = cards.look_up(reload)

    assert (failed.status, failed.failure) == (OrderStatus.FAILED, reason)


def test_reload_needs_a_card_of_the_account(
    cards: StripeCards, reload: Order, order: Order, paid: Payment
) -> None:
    """No card without one that was kept, of an unknown payment, or of another account."""
    unpaid = cards.start(replace(order, order_id=derived_id("ord", order.order_id)))

    for who, reference in (
        (reload, ""),
        (reload, unpaid.reference),
        (reload, "pi_unknown"),
        (replace(reload, account_id="acct_other"), paid.reference),
    ):
        with pytest.raises(PaymentRefused):
            cards.reload(who, reference)


def test_reload_is_not_made_by_looking(cards: StripeCards, reload: Order) -> None:
    """Looking a reload up charges nothing: what Stripe does not know stays pending, without a reference."""
    assert cards.look_up(reload) == Payment("", OrderStatus.PENDING)


def test_order_is_given_up(cards: StripeCards, stripe: LocalStripe, order: Order) -> None:
    """A canceled payment cannot be made any more, noted or not; canceled again, it is the same."""
    started = cards.start(order)
    canceled = cards.cancel(order)

    assert canceled == Payment(started.reference, OrderStatus.FAILED, "The payment was canceled.")
    noted = replace(order, reference=started.reference)
    assert cards.look_up(noted) == cards.cancel(noted) == canceled
    with pytest.raises(InvalidRequestError):
        stripe.pay(started.reference)


def test_order_that_was_paid_before_it_was_given_up(cards: StripeCards, order: Order, paid: Payment) -> None:
    """What was paid stays paid."""
    assert cards.cancel(replace(order, reference=paid.reference)) == paid_by(paid)


def test_order_that_is_paid_while_it_is_given_up(
    cards: StripeCards, stripe: LocalStripe, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payer may be faster; while a bank is still at it, nothing final can be said."""
    started = cards.start(order)
    seen = stripe.intent(started.reference)
    stripe.pay(started.reference)
    monkeypatch.setattr(cards, "_known", lambda _: seen)

    assert cards.cancel(order) == paid_by(started)
    monkeypatch.setattr(cards, "_retrieve", lambda _: {**seen, "status": "processing"})
    with pytest.raises(StoreUnavailable):
        cards.cancel(order)


def test_reload_is_given_up(cards: StripeCards, stripe: LocalStripe, reload: Order, paid: Payment) -> None:
    """A reload that was given up before it began charges nothing, neither at once nor later."""
    assert cards.cancel(reload).status is OrderStatus.FAILED

    with pytest.raises(StoreUnavailable):
        cards.reload(reload, paid.reference)
    stripe.next_day()
    with pytest.raises(PaymentRefused, match="canceled"):
        cards.reload(reload, paid.reference)


def test_reload_that_is_not_known_yet(
    cards: StripeCards, stripe: LocalStripe, reload: Order, paid: Payment
) -> None:
    """A reload that was made and not noted is not given up, only looked for again later."""
    made = cards.reload(reload, paid.reference)
    with pytest.raises(StoreUnavailable):
        cards.cancel(reload)
    stripe.next_day()

    assert cards.cancel(reload) == made


def paid_by(payment: Payment) -> Payment:
    return Payment(payment.reference, OrderStatus.PAID)


def test_both_are_providers(cards: StripeCards) -> None:
    """Each provider is what the port asks for, under its own method."""
    providers: PaymentProviders = {provider.method: provider for provider in (BANK, cards)}

    assert set(providers) == set(PaymentMethod)
