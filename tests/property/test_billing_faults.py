"""What holds of billing whatever is done at the same time, and wherever a write fails or a process dies."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.domain.credits import EntryReason, LedgerEntry, Wallet
from botmeter.domain.orders import OrderKind, OrderStatus
from botmeter.domain.plans import PlanVersion
from botmeter.domain.sessions import Unit
from tests.fakes.demo import TRIAL
from tests.fakes.world import ADMIN, CARD, TRANSFER
from tests.property.stage import ACME, BOTS, DEAR, Stage

seconds = st.sampled_from([DEAR, DEAR, TRIAL])
bots = st.sampled_from(BOTS)
methods = st.sampled_from([CARD, CARD, TRANSFER])
plans = st.sampled_from(["welcoming", "standard", "essential", "advanced"])
numbers = st.integers(0, 7)
before = st.lists(st.sampled_from(["none", "none", "rival", "conflict", "no answer"]), max_size=5)
after = st.lists(st.sampled_from(["none", "none", "die"]), max_size=4)


def step(name: str, *arguments: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """Something that somebody does, and what goes wrong."""
    return st.tuples(st.just(name), before, after, *arguments)


scripts = st.lists(
    st.one_of(
        step("wait", st.sampled_from([1, 5, 30, 24 * 5, 24 * 12])),
        step("run"),
        step("top_up", bots, methods, st.integers(1, 3)),
        step("top_up", bots, methods, st.integers(1, 3)),
        step("pay", numbers, st.integers(0, 3)),
        step("pay", numbers, st.integers(0, 3)),
        step("decide", numbers, st.sampled_from(["confirm", "confirm", "decline", "cancel"])),
        step("change_plan", bots, plans, methods),
        step("keep_plan", bots),
        step("extend", bots, st.integers(0, 9)),
        step("give", bots, st.integers(0, 1)),
        step("reload", bots, st.sampled_from([0, 50, 200])),
        step("decline_cards", st.sampled_from(["", "declined"])),
        step("talk", bots),
        step("talk", bots),
        step("correct", numbers),
    ),
    min_size=10,
    max_size=30,
)


def played(script: list[tuple[object, ...]], second: PlanVersion) -> Stage:
    """The stage after a script, when all has come to rest."""
    stage = Stage(second)
    for one in script:
        stage.act(*one)  # type: ignore[arg-type]
    stage.come_to_rest()
    return stage


@given(scripts, seconds)
@settings(max_examples=100)
def test_no_fault_costs_or_gives_money(script: list[tuple[object, ...]], second: PlanVersion) -> None:
    """Ledgers, grants, orders, sessions and the audit trail say the same of the money."""
    stage = played(script, second)
    for_bots = {name: stage.billing.balance(ACME, name).wallet for name in BOTS}
    for name, wallet in {**for_bots, "": stage.billing.shared_credits(ACME).wallet}.items():
        assert_ledger(stage.billing.ledgers[ACME, name], wallet)
    assert_orders(stage)
    assert_sessions(stage)
    free = [e for e in stage.billing.ledgers[ACME, ""] if e.reason is EntryReason.FREE_CREDITS]
    assert len(free) == 1


@given(scripts, seconds)
@settings(max_examples=100)
def test_everything_is_told_once(script: list[tuple[object, ...]], second: PlanVersion) -> None:
    """An event for each condition that began, with an id of its own, and all of them have arrived."""
    stage = played(script, second)
    announced, published = stage.billing.announced, stage.world.publisher.published
    ids = [(event.type, event.event_id) for event in announced]

    assert len(set(ids)) == len(ids)
    assert {(event.type, event.event_id) for event in published} == set(ids)
    assert stage.billing.outbox == []
    conditions = [event.event_id.split(":", 2) for event in announced if event.event_id.count(":") > 1]
    told = Counter((parts[0], parts[2]) for parts in conditions if parts[1] != "owner")
    assert told == +stage.billing.begun


@given(scripts, seconds)
@settings(max_examples=60)
def test_bots_may_answer_as_they_stand(script: list[tuple[object, ...]], second: PlanVersion) -> None:
    """What the runtime reads is what follows from plan and balances now."""
    stage = played(script, second)
    for name in BOTS:
        funds = stage.world.funds(name, stage.now)
        assert stage.world.entitlement(ADMIN, name, stage.now).reason is funds.reason


def assert_ledger(ledger: list[LedgerEntry], wallet: Wallet) -> None:
    """The sum of the ledger is the balance, and that is what is left of the grants less what is owed."""
    balance = 0
    for entry in ledger:
        balance += entry.amount_micros
        assert entry.balance_micros == balance
    assert wallet.balance_micros == balance
    assert balance == sum(grant.remaining_micros for grant in wallet.grants) - wallet.overdraft_micros
    assert all(0 <= grant.remaining_micros <= grant.amount_micros for grant in wallet.grants)
    assert wallet.overdraft_micros >= 0


def assert_orders(stage: Stage) -> None:
    """Each order has one end, one entry of that, and its credit if it was paid: once."""
    credited = Counter(
        entry.reference
        for name in BOTS
        for entry in stage.billing.ledgers[ACME, name]
        if entry.reason is EntryReason.TOP_UP
    )
    paid = [order for order in stage.orders() if order.status is OrderStatus.PAID]
    assert credited == Counter(order.order_id for order in paid if order.kind is OrderKind.FUNDS)
    trail = stage.billing.trail
    ends = [entry.after["order_id"] for entry in trail if entry.operation.startswith("payment.")]
    closed = [order.order_id for order in stage.orders() if order.status is not OrderStatus.PENDING]
    assert Counter(ends) == Counter(closed)
    placed = [entry.after["order_id"] for entry in trail if entry.operation.startswith("order.")]
    assert Counter(placed) == Counter(order.order_id for order in stage.orders())
    for order_id, payment in stage.world.cards.payments.items():
        assert stage.billing.known_orders[ACME, order_id].status is payment.status
    for name in BOTS:
        pending = [o for o in stage.orders() if o.bot_id == name and o.status is OrderStatus.PENDING]
        assert set(stage.world.bot(name).open_orders) == {order.order_id for order in pending}
    entry_ids = [entry.entry_id for entry in trail]
    assert len(set(entry_ids)) == len(entry_ids)


def assert_sessions(stage: Stage) -> None:
    """What was counted and taken from balances is what stands on the conversations."""
    for name in BOTS:
        standing = [
            record
            for subject, timeline in stage.world.usage.timelines.items()
            if subject.bot_id == name
            for record in timeline.standing
        ]
        balance = stage.billing.balance(ACME, name)
        assert balance.usage_sessions == sum(record.sessions for record in standing)
        assert all(record.unit is Unit.USAGE for record in standing)
