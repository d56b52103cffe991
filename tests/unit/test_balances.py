"""Balances: what they cover, how they stand, and whether a bot may answer."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botmeter.domain.balances import (
    Balance,
    BalanceStatus,
    Entitlement,
    EntitlementReason,
    Funds,
    SharedCredits,
    Standing,
)
from botmeter.domain.credits import Grant, Wallet
from botmeter.domain.plans import PlanVersion
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ENTERPRISE, ESSENTIAL, SINCE, STANDARD, TRIAL
from tests.fakes.states import EURO, NOW, free, october, paid

CHEAP = replace(STANDARD, low_balance_micros=0)
LATER = october(31)


def funds(
    plan: PlanVersion | Subscription,
    *own: Grant,
    shared: tuple[Grant, ...] = (),
    owed: int = 0,
    sessions: int = 0,
    now: datetime = NOW,
) -> Funds:
    subscription = plan if isinstance(plan, Subscription) else Subscription.begin(plan, SINCE)
    top_up = own[-1].amount_micros if own else 0
    balance = Balance(Wallet(own, owed), usage_sessions=sessions, last_top_up_micros=top_up)
    return Funds(subscription, balance, SharedCredits(Wallet(shared)), now)


def low(of: Funds) -> set[str]:
    return {c.removeprefix("low:") for c in of.conditions() if c.startswith("low:")}


@pytest.mark.parametrize(
    ("of", "covered", "status", "reason"),
    [
        pytest.param(
            funds(TRIAL, sessions=7), 3, BalanceStatus.SUFFICIENT, EntitlementReason.TRIAL, id="trial"
        ),
        pytest.param(funds(TRIAL, sessions=8), 2, BalanceStatus.LOW, EntitlementReason.TRIAL, id="trial low"),
        pytest.param(
            funds(TRIAL, sessions=12),
            0,
            BalanceStatus.EXHAUSTED,
            EntitlementReason.TRIAL_USED_UP,
            id="trial used up",
        ),
        pytest.param(
            funds(TRIAL, now=october(15)),
            0,
            BalanceStatus.INACTIVE,
            EntitlementReason.TRIAL_ENDED,
            id="trial ended",
        ),
        pytest.param(
            funds(STANDARD, paid(100)), 500, BalanceStatus.SUFFICIENT, EntitlementReason.CREDITS, id="funds"
        ),
        pytest.param(
            funds(STANDARD, paid(100, 50)), 250, BalanceStatus.LOW, EntitlementReason.CREDITS, id="low fixed"
        ),
        pytest.param(
            funds(CHEAP, paid(100, 20)), 100, BalanceStatus.LOW, EntitlementReason.CREDITS, id="low share"
        ),
        pytest.param(
            funds(STANDARD, owed=199_999, shared=(paid(100, 0),)),
            0,
            BalanceStatus.EXHAUSTED,
            EntitlementReason.CREDITS_EXHAUSTED,
            id="below zero",
        ),
        pytest.param(
            funds(STANDARD, shared=(free(500, until=LATER),)),
            2_500,
            BalanceStatus.FREE_CREDITS,
            EntitlementReason.CREDITS,
            id="free credits",
        ),
        pytest.param(
            funds(STANDARD, paid(100, 0), shared=(free(500, until=LATER),)),
            2_500,
            BalanceStatus.FREE_CREDITS,
            EntitlementReason.CREDITS,
            id="free credits again",
        ),
        pytest.param(
            funds(STANDARD, paid(100), shared=(free(500, until=LATER),)),
            3_000,
            BalanceStatus.SUFFICIENT,
            EntitlementReason.CREDITS,
            id="both",
        ),
        pytest.param(
            funds(STANDARD), 0, BalanceStatus.EXHAUSTED, EntitlementReason.CREDITS_EXHAUSTED, id="nothing"
        ),
        pytest.param(
            funds(ESSENTIAL, sessions=99),
            None,
            BalanceStatus.SUFFICIENT,
            EntitlementReason.PLAN,
            id="subscription",
        ),
        pytest.param(
            funds(ENTERPRISE), None, BalanceStatus.SUFFICIENT, EntitlementReason.PLAN, id="enterprise"
        ),
        pytest.param(
            funds(Subscription.begin(ESSENTIAL, SINCE, october(3))),
            0,
            BalanceStatus.INACTIVE,
            EntitlementReason.PLAN_ENDED,
            id="plan ended",
        ),
    ],
)
def test_what_a_balance_covers_and_how_it_stands(
    of: Funds, covered: int | None, status: BalanceStatus, reason: EntitlementReason
) -> None:
    """A trial covers sessions, a prepaid balance what its price allows; the worst that is true is shown."""
    assert (of.covered_sessions, of.status, of.reason) == (covered, status, reason)


def test_less_than_one_session_is_exhausted() -> None:
    """What does not pay one more session is nothing: 0.20 covers one, a millionth less covers none."""
    enough = Grant("ord-1", paid(1).kind, EURO, 200_000, SINCE)
    too_little = replace(enough, remaining_micros=199_999)

    assert funds(CHEAP, enough).covered_sessions == 1
    assert funds(CHEAP, enough).reason is EntitlementReason.CREDITS
    assert funds(CHEAP, too_little).reason is EntitlementReason.CREDITS_EXHAUSTED


def test_own_debt_is_taken_off_the_shared_credits() -> None:
    """A bot that owes 30 may use 70 of 100 that the account's bots share."""
    of = funds(STANDARD, shared=(free(100, until=LATER),), owed=30 * EURO)

    assert (of.spendable_micros, of.paid_micros, of.free_micros) == (70 * EURO, 0, 100 * EURO)


@pytest.mark.parametrize(
    ("left", "reached"),
    [
        (21, set()),
        (20, {"20"}),
        (11, {"20"}),
        (10, {"20", "10"}),
        (1, {"20", "10"}),
        (0, {"20", "10", "0"}),
    ],
)
def test_thresholds_are_shares_of_the_last_top_up(left: int, reached: set[str]) -> None:
    """A balance is low at 20 and 10 percent of the last top-up, and when nothing is left."""
    assert low(funds(CHEAP, paid(500, 0, "old"), paid(100, left))) == reached


def test_without_a_top_up_shares_are_of_the_shared_credits() -> None:
    """As long as nothing was bought, the account's free credits are the whole."""
    assert low(funds(CHEAP, shared=(free(100, 21, until=LATER),))) == set()
    assert low(funds(CHEAP, shared=(free(100, 20, until=LATER),))) == {"20"}


def test_fixed_threshold_is_the_plan_s() -> None:
    """A plan may say at what amount its balances are low, whatever was bought."""
    assert low(funds(STANDARD, paid(10_000, 51), paid(100, 0))) == set()
    assert low(funds(STANDARD, paid(10_000, 50), paid(100, 0))) == {"fixed"}


@pytest.mark.parametrize(
    ("used", "reached"),
    [(7, set()), (8, {"20"}), (9, {"20", "10"}), (10, {"20", "10", "0"}), (12, {"20", "10", "0"})],
)
def test_thresholds_of_a_trial_are_sessions(used: int, reached: set[str]) -> None:
    """A trial is low at 20 and 10 percent of its sessions; what it costs does not matter."""
    assert low(funds(replace(TRIAL, low_balance_micros=50 * EURO), sessions=used)) == reached


@pytest.mark.parametrize("plan", [ESSENTIAL, ENTERPRISE], ids=lambda p: p.kind)
def test_plans_that_nothing_limits_are_never_low(plan: PlanVersion) -> None:
    """Where a balance limits nothing, it is never low."""
    assert low(funds(replace(plan, low_balance_micros=EURO), owed=5 * EURO)) == set()


def test_plan_that_is_over_is_not_low_as_well() -> None:
    """A trial that is over is over: that its sessions were used up is no news any more."""
    assert funds(TRIAL, sessions=12, now=october(15)).conditions() == {"plan:trial@1", "ended"}


@pytest.mark.parametrize(
    ("before_the_end", "announced"),
    [
        (timedelta(days=7, microseconds=1), set()),
        (timedelta(days=7), {"expiring:7"}),
        (timedelta(days=3), {"expiring:7", "expiring:3"}),
        (timedelta(days=1), {"expiring:7", "expiring:3", "expiring:1"}),
        (timedelta(0), {"ended"}),
    ],
)
def test_plan_that_ends_is_announced_days_before(before_the_end: timedelta, announced: set[str]) -> None:
    """A plan expires in seven, three and one days, and then has ended."""
    conditions = funds(TRIAL, now=october(15) - before_the_end).conditions()

    assert conditions - {"plan:trial@1"} == announced


def test_plan_that_another_follows_does_not_expire() -> None:
    """Where a change is scheduled, the end of the plan is no loss."""
    subscription = Subscription.begin(ESSENTIAL, SINCE, october(7)).changed(STANDARD, october(7), NOW)

    assert funds(subscription).conditions() == {"plan:essential@1"}


def test_plan_without_an_end_does_not_expire() -> None:
    """A plan in effect is a condition of its own, so that a new one is announced."""
    assert funds(ESSENTIAL).conditions() == {"plan:essential@1"}


def test_entitlement_is_the_last_that_has_begun() -> None:
    """What was written down holds from its time on; before the first of all, the first."""
    now = Entitlement(NOW, EntitlementReason.TRIAL)
    then = Entitlement(october(15), EntitlementReason.TRIAL_ENDED)
    standing = Standing(frozenset(), (now, then), october(15))

    assert standing.entitlement_at(SINCE) is now
    assert standing.entitlement_at(october(14)) is now
    assert standing.entitlement_at(october(15)) is then
    assert (now.allowed, then.allowed) == (True, False)
