"""What holds of balances, ledgers and announcements, whatever happens to two bots of an account."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.domain.changes import Change
from botmeter.domain.credits import EntryReason, LedgerEntry, Wallet
from botmeter.domain.outgoing import OutgoingEvent, OutgoingType
from botmeter.domain.plans import PlanKind
from tests.fakes.demo import ACCOUNT
from tests.property.billing_world import BOTS, PRICE, BillingWorld

OPERATIONS = ["use", "use", "use", "order", "pay", "pay", "fail", "extend", "plan", "reloads", "wait", "wait"]
step = st.tuples(
    st.sampled_from(OPERATIONS),
    st.sampled_from(BOTS),
    st.integers(-20, 45),
    st.sampled_from(["", "", "lost", "twice"]),
)
scripts = st.lists(step, min_size=12, max_size=40)
_BY_TYPE = {OutgoingType.PLAN_ENDED: "ended", OutgoingType.BALANCE_EXHAUSTED: "low:0"}


def play(world: BillingWorld, script: list[tuple[str, str, int, str]]) -> None:
    for operation, bot_id, number, fault in script:
        getattr(world, operation)(bot_id, number, fault)


def unchecked(_: Change) -> None:
    """A change is as it is."""


def entries(world: BillingWorld, bot_id: str = "") -> list[LedgerEntry]:
    return world.billing.ledgers.get((ACCOUNT.account_id, bot_id), [])


def wallets(world: BillingWorld) -> list[tuple[list[LedgerEntry], Wallet]]:
    own = [(entries(world, bot_id), world.state(bot_id).balance.wallet) for bot_id in BOTS]
    return [*own, (entries(world), world.billing.shared_credits(ACCOUNT.account_id).wallet)]


def condition_of(event: OutgoingEvent) -> str:
    """What an event says has begun; empty if it is of something else."""
    if event.type is OutgoingType.PLAN_CHANGED:
        return f"plan:{event.data['plan']}"
    if event.type is OutgoingType.PLAN_EXPIRING:
        return f"expiring:{event.data['days']}"
    if event.type is OutgoingType.BALANCE_LOW:
        return f"low:{event.data['threshold']}"
    return _BY_TYPE.get(event.type, "")


def low_by_the_ledgers(world: BillingWorld, change: Change) -> set[str]:
    """Which thresholds a bot on a prepaid plan is at, by its ledger and the shared credits that it saw."""
    bot, shared = change.after.bot, change.after.shared.wallet
    own = entries(world, bot.bot_id)
    left = sum(entry.amount_micros for entry in own) + shared.balance_micros
    top_ups = [e.amount_micros for e in own if e.reason is EntryReason.TOP_UP]
    whole = (top_ups or [sum(grant.amount_micros for grant in shared.grants)])[-1]
    low = {f"low:{n}" for n in (20, 10, 0) if left < PRICE or (n and whole and left * 100 <= whole * n)}
    fixed = bot.plan_at(world.now).low_balance_micros
    return low | {"low:fixed"} if fixed and left <= fixed else low


@given(scripts)
@settings(max_examples=100)
def test_ledger_grants_and_balance_agree(script: list[tuple[str, str, int, str]]) -> None:
    """After every write: sum of the ledger = balance = what is left of the grants less what is owed."""

    def check(_: Change) -> None:
        for ledger, wallet in wallets(world):
            left = sum(grant.remaining_micros for grant in wallet.grants) - wallet.overdraft_micros
            assert sum(entry.amount_micros for entry in ledger) == wallet.balance_micros == left
            assert all(0 <= g.remaining_micros <= g.amount_micros for g in wallet.grants)
            assert wallet.overdraft_micros >= 0

    world = BillingWorld(unchecked)
    world.check = check
    play(world, script)


@given(scripts)
@settings(max_examples=100)
def test_ledgers_tell_how_it_came(script: list[tuple[str, str, int, str]]) -> None:
    """Entries add up to their running balances; sessions alone go below zero; each payment is there once."""
    world = BillingWorld(unchecked)
    play(world, script)

    for ledger, _ in wallets(world):
        balance_micros = 0
        for entry in ledger:
            balance_micros += entry.amount_micros
            assert entry.amount_micros
            assert entry.balance_micros == balance_micros
            if entry.amount_micros < 0 > balance_micros:
                assert entry.reason is EntryReason.USAGE
    assert all(entry.balance_micros >= 0 for entry in entries(world))
    assert [e.reason for e in entries(world)].count(EntryReason.FREE_CREDITS) == 1
    orders = world.billing.known_orders.values()
    paid = Counter((o.bot_id, o.order_id, o.amount_micros) for o in orders if o.receipt_number)
    top_ups = [(b, e) for b in BOTS for e in entries(world, b) if e.reason is EntryReason.TOP_UP]
    assert Counter((b, e.reference, e.amount_micros) for b, e in top_ups) == paid


@given(scripts)
@settings(max_examples=100)
def test_each_crossing_is_announced_once(script: list[tuple[str, str, int, str]]) -> None:
    """Whenever a condition begins it is announced, once, and what is announced had begun."""

    def check(change: Change) -> None:
        plan = change.after.bot.plan_at(world.now)
        if plan.kind is PlanKind.PREPAID and change.after.balance != change.before.balance:
            low = {c for c in change.after.balance.standing.conditions if c.startswith("low:")}
            assert low == low_by_the_ledgers(world, change)

    world = BillingWorld(unchecked)
    world.check = check
    play(world, script)
    told = Counter((e.bot_id, c) for e in world.billing.announced if (c := condition_of(e)))
    ids = [(event.type, event.event_id) for event in world.billing.announced]

    assert told == world.begun
    assert len(set(ids)) == len(ids)


@given(scripts)
@settings(max_examples=100)
def test_revisions_grow_by_one_with_what_has_changed(script: list[tuple[str, str, int, str]]) -> None:
    """What is another after a change has the next revision, and what is the same has the same."""

    def check(change: Change) -> None:
        before, after = change.before, change.after
        assert (after.bot.revision - before.bot.revision) == (after.bot != before.bot)
        assert (after.balance.revision - before.balance.revision) == (after.balance != before.balance)
        assert (after.shared.revision - before.shared.revision) == (after.shared != before.shared)

    play(BillingWorld(check), script)


# One bot uses most, in steps small enough to end anywhere between two thresholds.
mostly_b = st.sampled_from([*BOTS, *BOTS[1:] * 4])
uses = st.lists(
    st.tuples(mostly_b, st.integers(-1, 7), st.integers(0, 3), st.integers(0, 7)), min_size=3, max_size=20
)


@given(uses)
@settings(max_examples=400)
def test_bots_that_share_credits_stand_as_they_are(script: list[tuple[str, int, int, int]]) -> None:
    """After the lifecycle's look a bot without money of its own stands as if it had been used itself."""
    world = BillingWorld(unchecked)
    world.plan("bot_a", 0, "")
    for bot_id, sessions, alerts, pause in script:
        world.use(bot_id, sessions, "", alerts)
        world.wait("", 1, "" if pause else "sweep")
    world.sweep()
    world.sweep()

    for bot_id in BOTS:
        state = world.state(bot_id)
        if not state.balance.wallet.balance_micros:
            funds, standing = state.funds(world.now), state.balance.standing
            assert standing.entitlement_at(world.now).reason is funds.reason
            assert standing.conditions == funds.conditions()
