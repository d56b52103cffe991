"""Bots, balances, ledgers, orders and plans: what is written is what is read."""

from dataclasses import replace
from typing import Any

import pytest

from botmeter.adapters.dynamo.balances import to_balance_item
from botmeter.domain.accounts import AutoReload
from botmeter.domain.balances import Balance, SharedCredits, Standing
from botmeter.domain.changes import BotState, Change
from botmeter.domain.credits import LedgerEntry, Wallet
from botmeter.domain.errors import Conflict, NotFound
from botmeter.domain.plans import PLAN_NUMBERS, PlanKind, PlanVersion
from tests.fakes.demo import ACCOUNT, PLANS, STANDARD, bot
from tests.integration.stores import (
    BOT_ID,
    DAY,
    NOW,
    Stores,
    audited,
    change,
    entry,
    full_balance,
    full_bot,
    full_order,
    full_shared,
    new,
    order,
    request,
    stores,
)


@pytest.fixture
def on(aws: None) -> Stores:
    return stores()


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(new(), id="bare"),
        pytest.param(
            BotState(ACCOUNT, full_bot(), full_balance(), replace(full_shared(), due_at=None)), id="full"
        ),
        pytest.param(
            BotState(
                ACCOUNT,
                replace(full_bot(), extension=request(), auto_reload=AutoReload(1, 2)),
                Balance(Wallet((), 5), standing=Standing(frozenset({"ended"}))),
                full_shared(),
            ),
            id="waiting",
        ),
    ],
)
def test_state_is_read_as_it_was_written(on: Stores, state: BotState) -> None:
    """Every field of bot, balance and shared credits survives, also those that are empty."""
    written = change(state, bot=state.bot, balance=state.balance, shared=state.shared)
    on.billing.save(written)

    assert on.billing.state(ACCOUNT, BOT_ID) == written.after
    assert on.billing.balance(ACCOUNT.account_id, BOT_ID) == written.after.balance
    assert on.billing.balances(ACCOUNT.account_id) == {BOT_ID: written.after.balance}
    assert on.billing.shared_credits(ACCOUNT.account_id) == written.after.shared
    assert on.accounts.bots(ACCOUNT.account_id) == [written.after.bot]
    assert on.accounts.bot(ACCOUNT.account_id, BOT_ID).etag == state.bot.etag


def test_bot_that_was_just_added_has_no_credits(on: Stores) -> None:
    """What was never written is empty; what never existed is not found."""
    first = change(new(), bot=bot(STANDARD))
    on.billing.save(first)

    assert on.billing.state(ACCOUNT, BOT_ID) == first.after
    assert on.billing.shared_credits(ACCOUNT.account_id) == SharedCredits()
    assert on.billing.balances(ACCOUNT.account_id) == {}
    for unknown in (
        lambda: on.billing.balance(ACCOUNT.account_id, BOT_ID),
        lambda: on.billing.state(ACCOUNT, "bot_nobody"),
        lambda: on.accounts.bot("acct_other", BOT_ID),
    ):
        with pytest.raises(NotFound, match="there is no bot"):
            unknown()


def test_balance_of_some_grants_is_below_one_kilobyte(aws: None) -> None:
    """Every settlement writes the balance, and DynamoDB charges by the started kilobyte."""
    standing = full_balance().standing
    item = to_balance_item("acct_" + "a" * 20, "bot_" + "b" * 20, full_balance()).serialize()

    assert len(standing.entitlements) == 2
    assert size(item) < 1_024 * 0.7


def size(value: Any) -> int:
    """How large DynamoDB reckons a value to be, rounded up."""
    if not isinstance(value, dict):
        return len(str(value).encode())
    if {"pk", "sk"} <= value.keys():
        return sum(len(name) + size(attribute) for name, attribute in value.items())
    ((kind, content),) = value.items()
    if kind == "L":
        return 3 + sum(1 + size(element) for element in content)
    if kind == "SS":
        return sum(len(element) for element in content)
    return len(content) // 2 + 2 if kind == "N" else size(content)


def test_plans_are_read_as_they_were_written(on: Stores) -> None:
    """Every number of a plan survives; the same plan again changes nothing, another one is refused."""
    numbers = {name: n for n, name in enumerate(PLAN_NUMBERS, start=10)}
    plan = PlanVersion("standard", name="Standard", kind=PlanKind.SUBSCRIPTION, currency="EUR", **numbers)
    on.accounts.put_plan(plan)
    on.accounts.put_plan(plan)

    assert on.accounts.plan("standard@10") == plan
    assert on.accounts.plans() == sorted([*PLANS.values(), plan], key=lambda p: (p.plan_id, p.version))
    with pytest.raises(Conflict, match="standard@10 exists"):
        on.accounts.put_plan(replace(plan, rank=0))
    with pytest.raises(NotFound):
        on.accounts.plan("standard@11")


def test_orders_are_read_as_they_were_written(on: Stores) -> None:
    """Every field survives; lists begin with the newest; another account's order is not found."""
    later = replace(order("ord_0"), ordered_at=NOW + DAY)
    on.billing.save(Change(new(), new(), placed=(full_order(), order("ord_1"), later)))

    assert on.orders.of_account(ACCOUNT.account_id) == [later, full_order(), order("ord_1")]
    assert on.orders.order(ACCOUNT.account_id, "ord_full") == full_order()
    assert on.orders.find("acct_other", "ord_full") is None
    with pytest.raises(NotFound, match="there is no order ord_7"):
        on.orders.order(ACCOUNT.account_id, "ord_7")


def test_reference_is_noted_of_pending_orders_only(on: Stores) -> None:
    """A payment's name is noted while it is awaited; what comes later reads the order as it is."""
    on.billing.save(Change(new(), new(), placed=(order("ord_1"), full_order())))
    noted = on.orders.note_reference(order("ord_1"), "pi_1")

    assert noted == on.orders.order(ACCOUNT.account_id, "ord_1") == replace(order("ord_1"), reference="pi_1")
    assert on.orders.note_reference(full_order(), "pi_2") == full_order()
    with pytest.raises(NotFound):
        on.orders.note_reference(order("ord_7"), "pi_3")


def test_ledger_is_paged_newest_first(on: Stores) -> None:
    """Pages join without a gap and end without a cursor; each ledger shows its own entries."""
    state = new()
    entries: list[LedgerEntry] = []
    for number in range(1, 6):
        written = change(
            state,
            balance=state.balance,
            shared=state.shared,
            ledger=(entry(number, bot_id=BOT_ID, usage_sessions=-3, alert_sessions=2), entry(-number)),
            shared_ledger=(entry(100 + number),),
        )
        on.billing.save(written)
        state = written.after
        entries += written.ledger
    first = on.billing.ledger(ACCOUNT.account_id, BOT_ID, 4, None)
    second = on.billing.ledger(ACCOUNT.account_id, BOT_ID, 6, first.next_cursor)
    shared = on.billing.ledger(ACCOUNT.account_id, "", 100, None)

    assert [*first.items, *second.items] == entries[::-1]
    assert (len(first.items), second.next_cursor) == (4, None)
    assert [e.amount_micros for e in shared.items] == [105, 104, 103, 102, 101]
    assert list(on.billing.ledger("acct_other", BOT_ID, 4, None).items) == []


@pytest.mark.parametrize("cursor", ["", "?", "bm8", "ÿ", "_____w", "MDAwMDAwMDAwMSMw"])
def test_cursor_that_is_none_is_refused(on: Stores, cursor: str) -> None:
    """A cursor is what a page gave, and nothing else."""
    for read in (
        lambda: on.billing.ledger(ACCOUNT.account_id, BOT_ID, 4, cursor),
        lambda: on.audit.of_account(ACCOUNT.account_id, 4, cursor),
    ):
        with pytest.raises(ValueError, match=r"."):
            read()


def test_audit_trail_is_paged_newest_first(on: Stores) -> None:
    """Entries of one time are told apart; texts survive, also empty ones."""
    entries = [audited(0), audited(1), audited(2, NOW + DAY)]
    bare = replace(audited(3, NOW + 2 * DAY), bot_id="", before={}, after={})
    on.billing.save(Change(new(), new(), audit=(*entries, bare)))
    first = on.audit.of_account(ACCOUNT.account_id, 2, None)
    second = on.audit.of_account(ACCOUNT.account_id, 2, first.next_cursor)

    assert [*first.items, *second.items] == [bare, *entries[::-1]]
    assert second.next_cursor is None
