"""The agenda: what time makes due is found when its time has come, and not before."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from botmeter.adapters.dynamo.agenda import DynamoAgenda
from botmeter.domain.balances import Balance, SharedCredits, Standing
from botmeter.domain.changes import Change
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.orders import PaymentMethod
from tests.fakes.demo import ACCOUNT, ESSENTIAL, STANDARD, TRIAL, bot
from tests.integration.conftest import BILLING
from tests.integration.stores import (
    BOT_ID,
    DAY,
    NOW,
    Answering,
    Stores,
    change,
    full_shared,
    new,
    order,
    request,
    stored,
    stores,
)

MICROSECOND = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)
ACCOUNT_ID = ACCOUNT.account_id


@pytest.fixture
def on(aws: None) -> Stores:
    return stores()


def standing(until: datetime | None) -> Balance:
    return Balance(standing=Standing(next_change_at=until))


def test_balances_are_due_when_their_standing_changes(on: Stores) -> None:
    """The longest overdue come first; what never changes by itself is never due."""
    for plan, due_at in ((STANDARD, NOW), (ESSENTIAL, None), (TRIAL, NOW - DAY)):
        on.billing.save(change(new(bot(plan)), balance=standing(due_at)))

    assert list(on.agenda.balances_due(NOW - 2 * DAY)) == []
    assert list(on.agenda.balances_due(NOW)) == [(ACCOUNT_ID, "bot_trial")]
    assert list(on.agenda.balances_due(NOW + MILLISECOND)) == [
        (ACCOUNT_ID, "bot_trial"),
        (ACCOUNT_ID, BOT_ID),
    ]


def test_nothing_is_due_before_its_time(on: Stores) -> None:
    """Instants are rounded up: whoever finds something due finds that its time has come."""
    whole = NOW.replace(microsecond=123_000)
    first = change(new(), balance=standing(whole + MICROSECOND))
    on.billing.save(first)

    assert list(on.agenda.balances_due(whole + MICROSECOND)) == []
    assert list(on.agenda.balances_due(whole + MILLISECOND)) == [(ACCOUNT_ID, BOT_ID)]
    on.billing.save(change(first.after, balance=standing(whole)))
    assert list(on.agenda.balances_due(whole)) == [(ACCOUNT_ID, BOT_ID)]


def test_balance_that_will_not_change_leaves_the_agenda(on: Stores) -> None:
    """A new standing moves the balance or takes it off."""
    first = change(new(), balance=standing(NOW))
    on.billing.save(first)
    on.billing.save(change(first.after, balance=standing(None)))

    assert list(on.agenda.balances_due(NOW + DAY)) == []


def test_shared_credits_are_due_until_they_were_seen(on: Stores) -> None:
    """Whoever looked at an account says when to look again, or never."""
    stored(on)
    due_at = full_shared().due_at
    assert due_at is not None
    seen = on.billing.shared_credits(ACCOUNT_ID)

    assert list(on.agenda.shared_credits_due(due_at - DAY)) == []
    assert list(on.agenda.shared_credits_due(due_at + MILLISECOND)) == [ACCOUNT_ID]
    on.agenda.shared_credits_seen(ACCOUNT_ID, seen, due_at + DAY)
    assert list(on.agenda.shared_credits_due(due_at + MILLISECOND)) == []
    assert list(on.agenda.shared_credits_due(due_at + DAY + MILLISECOND)) == [ACCOUNT_ID]
    assert on.billing.shared_credits(ACCOUNT_ID) == replace(seen, due_at=due_at + DAY)
    on.agenda.shared_credits_seen(ACCOUNT_ID, seen, None)
    assert list(on.agenda.shared_credits_due(due_at + 2 * DAY)) == []
    assert on.billing.shared_credits(ACCOUNT_ID) == replace(seen, due_at=None)


def test_shared_credits_that_changed_meanwhile_stay_due(on: Stores) -> None:
    """Somebody used credits while all bots were looked at: they are looked at again."""
    state = stored(on)
    on.billing.save(change(state, shared=replace(state.shared, due_at=NOW)))
    on.agenda.shared_credits_seen(ACCOUNT_ID, state.shared, None)
    on.agenda.shared_credits_seen("acct_other", SharedCredits(), NOW)

    assert list(on.agenda.shared_credits_due(NOW + DAY)) == [ACCOUNT_ID]


def test_orders_are_due_while_they_are_pending(on: Stores) -> None:
    """A card's payment is looked up after ten minutes, a transfer's after an hour, then when it was said."""
    card, transfer = order("ord_1"), order("ord_2", PaymentMethod.BANK_TRANSFER)
    on.billing.save(Change(new(), new(), placed=(card, transfer, order("ord_3").paid(NOW))))
    soon, later = NOW + timedelta(minutes=10) + MILLISECOND, NOW + timedelta(hours=1) + MILLISECOND

    assert list(on.agenda.orders_due(soon - 2 * MILLISECOND)) == []
    assert list(on.agenda.orders_due(soon)) == [(ACCOUNT_ID, "ord_1")]
    assert list(on.agenda.orders_due(later)) == [(ACCOUNT_ID, "ord_1"), (ACCOUNT_ID, "ord_2")]
    on.orders.note_reference(card, "pi_1")
    on.agenda.order_seen(card, NOW + DAY)
    assert list(on.agenda.orders_due(later)) == [(ACCOUNT_ID, "ord_2")]
    on.billing.save(Change(new(), new(), closed=(replace(card, reference="pi_1").paid(NOW),)))
    on.agenda.order_seen(card, NOW)
    assert list(on.agenda.orders_due(NOW + 2 * DAY)) == [(ACCOUNT_ID, "ord_2")]


def test_extension_requests_wait_until_they_are_decided(on: Stores) -> None:
    """The oldest come first; a decision takes a bot off the list."""
    for plan, asked_at in ((STANDARD, NOW), (TRIAL, NOW - DAY)):
        of = bot(plan)
        asking = replace(of, extension=replace(request(of), requested_at=asked_at))
        on.billing.save(change(new(of), bot=asking))
    trial, standard = on.agenda.pending_extensions()

    assert (trial.bot_id, standard.bot_id) == ("bot_trial", BOT_ID)
    assert standard.extension == request()
    declined = replace(standard, extension=request().declined("no", "u-operator", NOW))
    on.billing.save(change(on.billing.state(ACCOUNT, BOT_ID), bot=declined))
    assert list(on.agenda.pending_extensions()) == [trial]


def test_index_that_is_behind_misleads_nobody(on: Stores) -> None:
    """A bot that the index still names is left out if it does not wait any more, or does not exist."""
    stored(on)
    keys = [{"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": f"BOT#{n}"}} for n in (BOT_ID, "bot_gone")]

    class Behind:
        def get_paginator(self, _: str) -> Any:
            return self

        def paginate(self, **arguments: Any) -> Any:
            assert arguments["IndexName"] == "due"
            return [{"Items": keys}]

    agenda = DynamoAgenda(Behind(), BILLING, on.accounts)  # type: ignore[arg-type]
    assert list(agenda.pending_extensions()) == []


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (ClientError({"Error": {"Code": "TransactionConflictException"}}, "UpdateItem"), False),
        (ClientError({"Error": {"Code": "InternalServerError"}}, "UpdateItem"), True),
        (EndpointConnectionError(endpoint_url="https://localhost"), True),
    ],
)
def test_what_others_are_changing_is_left_to_them(error: Exception, *, is_told: bool) -> None:
    """Only a store that does not answer is an error."""
    client: Any = Answering(error)
    agenda = DynamoAgenda(client, BILLING, None)  # type: ignore[arg-type]
    if is_told:
        with pytest.raises(StoreUnavailable):
            agenda.order_seen(order(), NOW)
    else:
        agenda.order_seen(order(), NOW)
    assert len(client.calls) == 1
