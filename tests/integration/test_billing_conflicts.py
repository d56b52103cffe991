"""Changes of a bot's billing: all of a change is written or nothing, and nobody overwrites anybody."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from botmeter.adapters.dynamo.billing import DynamoBilling
from botmeter.domain.changes import BotState, Change
from botmeter.domain.errors import Conflict, NotFound, StoreUnavailable
from tests.fakes.demo import ACCOUNT, ESSENTIAL, bot
from tests.integration.conftest import BILLING
from tests.integration.stores import (
    BOT_ID,
    NOW,
    Answering,
    Stores,
    audited,
    cancelled,
    change,
    entry,
    everything,
    full_balance,
    full_bot,
    full_order,
    full_shared,
    largest,
    new,
    order,
    stored,
    stores,
    told,
)


@pytest.fixture
def on(aws: None) -> Stores:
    return stores()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that an adapter makes, none of which takes time."""
    noted: list[float] = []
    monkeypatch.setattr("botmeter.adapters.dynamo.conflicts.time.sleep", noted.append)
    return noted


def offline(*answers: Any) -> tuple[DynamoBilling, Answering]:
    """The store over a client that answers what it is told."""
    client = Answering(*answers)
    return DynamoBilling(client, BILLING, None), client  # type: ignore[arg-type]


def test_change_is_saved_once(on: Stores) -> None:
    """The same change again is a conflict, and writes nothing."""
    state = stored(on)
    renamed = replace(state.bot, name="Other")
    written = change(state, bot=renamed, balance=state.balance, shared=state.shared, events=(told(),))
    on.billing.save(written)
    before = everything()

    with pytest.raises(Conflict):
        on.billing.save(written)
    assert everything() == before


def test_bot_is_added_once(on: Stores) -> None:
    """Two who add the same bot do not overwrite each other."""
    stored(on)
    before = everything()

    with pytest.raises(Conflict):
        on.billing.save(change(new(bot(ESSENTIAL, BOT_ID)), bot=bot(ESSENTIAL, BOT_ID)))
    assert everything() == before


Outdated = Callable[[BotState], Change]


@pytest.mark.parametrize(
    "outdated",
    [
        pytest.param(lambda s: change(s, bot=s.bot), id="bot"),
        pytest.param(lambda s: change(s, balance=s.balance), id="balance"),
        pytest.param(lambda s: change(s, shared=s.shared), id="shared credits"),
        pytest.param(lambda s: change(s, placed=(order("ord_1"),)), id="placed before"),
        pytest.param(lambda s: change(s, closed=(full_order(),)), id="closed before"),
        pytest.param(lambda s: change(s, closed=(order("ord_7").paid(NOW),)), id="never placed"),
        pytest.param(lambda s: change(s, closed=(order("ord_1").paid(NOW),)), id="reference unknown"),
        pytest.param(lambda s: change(s, audit=(audited(),)), id="audited before"),
    ],
)
def test_lost_update_is_a_conflict(on: Stores, outdated: Outdated) -> None:
    """Whatever was changed since it was read refuses the whole change, and nothing of it is written."""
    state = stored(on)
    meanwhile = change(
        state,
        bot=replace(state.bot, name="Other"),
        balance=replace(state.balance, usage_sessions=1),
        shared=replace(state.shared, due_at=None),
        placed=(full_order(), order("ord_1")),
        audit=(audited(),),
    )
    on.billing.save(meanwhile)
    on.orders.note_reference(order("ord_1"), "pi_1")
    before = everything()

    with pytest.raises(Conflict):
        on.billing.save(replace(outdated(state), events=(told("other"),), ledger=(entry(),)))
    assert everything() == before


def test_ledger_is_never_changed(on: Stores) -> None:
    """An entry that is there stays, whoever writes another one for the same revision."""
    state = stored(on)
    on.billing.save(Change(state, state, ledger=(entry(),)))

    with pytest.raises(Conflict):
        on.billing.save(Change(state, state, ledger=(entry(-1),)))
    assert list(on.billing.ledger(ACCOUNT.account_id, BOT_ID, 9, None).items) == [entry()]


def test_changes_of_different_things_do_not_meet(on: Stores) -> None:
    """A new owner and a settlement, both of what was read before, are both written."""
    state = stored(on)
    settled = change(state, balance=replace(state.balance, usage_sessions=9), ledger=(entry(),))
    owned = change(state, bot=replace(state.bot, owner_id="u-2"), audit=(audited(),))
    on.billing.save(settled)
    on.billing.save(owned)

    assert on.billing.state(ACCOUNT, BOT_ID) == replace(owned.after, balance=settled.after.balance)


def test_order_is_closed_with_what_it_brings(on: Stores) -> None:
    """The end of an order is stored whole; the reference that it has is kept."""
    state = stored(on)
    on.billing.save(change(state, placed=(order("ord_1"), order("ord_2"))))
    paid = on.orders.note_reference(order("ord_1"), "pi_1").paid(NOW)
    failed = order("ord_2").failed("gone", NOW)
    on.billing.save(change(state, balance=full_balance(), closed=(paid, failed)))

    assert on.orders.of_account(ACCOUNT.account_id) == [failed, paid]


def test_empty_change_writes_nothing() -> None:
    """Where nothing follows, nothing is called."""
    billing, client = offline()
    billing.save(Change(new(), new()))

    assert client.calls == []


def test_largest_change_fits_a_transaction(on: Stores) -> None:
    """Everything at once, and more of it than any operation brings about, is less than a hundred actions."""
    state = stored(on)
    on.billing.save(change(state, placed=(order("ord_1"), order("ord_2"))))
    whole = change(state, bot=full_bot(), balance=full_balance(), shared=full_shared(), **largest())

    assert len(on.billing.actions(whole)) < 100
    on.billing.save(whole)
    assert on.billing.state(ACCOUNT, BOT_ID) == whole.after


def test_other_transactions_are_waited_for(pauses: list[float]) -> None:
    """A change that meets another one is tried again after pauses that grow."""
    busy = cancelled("None", "TransactionConflict")
    billing, client = offline(busy, busy, {})
    billing.save(change(new(), balance=full_balance(), ledger=(entry(),)))

    assert len(client.calls) == 3
    assert 0 < pauses[0] < pauses[1] < 1


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([cancelled("TransactionConflict", "None")] * 9, Conflict),
        ([cancelled("TransactionConflict", "ConditionalCheckFailed")], Conflict),
        ([cancelled("ThrottlingError", "None")], StoreUnavailable),
        ([ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")], StoreUnavailable),
        ([ClientError({"Error": {"Code": "ValidationException"}}, "TransactWriteItems")], StoreUnavailable),
        ([EndpointConnectionError(endpoint_url="https://localhost")], StoreUnavailable),
    ],
)
def test_errors_of_a_save_are_told_in_our_words(
    pauses: list[float], errors: list[Exception], expected: type[Exception]
) -> None:
    """Who was too slow reads again; who was not heard says it again."""
    billing, _ = offline(*errors)

    with pytest.raises(expected):
        billing.save(change(new(), balance=full_balance(), ledger=(entry(),)))


def test_state_is_read_at_one_moment(pauses: list[float]) -> None:
    """One transaction reads all three, and waits while another one writes them."""
    busy = cancelled("TransactionConflict", "None", "None")
    billing, client = offline(busy, {"Responses": [{}, {}, {}]})
    with pytest.raises(NotFound):
        billing.state(ACCOUNT, BOT_ID)

    assert [name for name, _ in client.calls] == ["transact_get_items"] * 2
    for errors in ([busy] * 9, [EndpointConnectionError(endpoint_url="https://localhost")]):
        with pytest.raises(StoreUnavailable):
            offline(*errors)[0].state(ACCOUNT, BOT_ID)
