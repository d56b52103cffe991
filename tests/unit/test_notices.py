"""Notices: what the information icon tells, and when it has nothing to tell."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.changes import BotState
from botmeter.domain.credits import Wallet
from botmeter.domain.extensions import ExtensionRequest
from botmeter.domain.notices import Notice, NoticeKind, days_left, notices
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ADVANCED, ENTERPRISE, ESSENTIAL, SINCE, STANDARD, TRIAL, bot
from tests.fakes.states import NEVER_USED, NOW, free, october, paid, state

REQUEST = ExtensionRequest("ext-1", "acct_acme", "bot_essential", 14, "more time", NOW, "u-owner")


def shown(of: BotState, now: datetime = NOW) -> list[Notice]:
    return notices(of.bot, of.funds(now))


def on(subscription: Subscription, **more: object) -> Bot:
    return replace(bot(ESSENTIAL), subscription=subscription, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "of",
    [state(ESSENTIAL), state(ENTERPRISE), state(STANDARD, paid(100))],
    ids=["subscription", "enterprise", "funds"],
)
def test_nothing_to_tell(of: BotState) -> None:
    """A bot that runs, and will, has no notices."""
    assert shown(of) == []


def test_scheduled_downgrade() -> None:
    """A scheduled change says which plan comes, and when, until it has come."""
    downgrade = on(Subscription.begin(ADVANCED, SINCE).changed(ESSENTIAL, october(31), NOW))
    details = {"plan_id": "essential", "plan_name": "Essential"}

    assert shown(state(downgrade)) == [Notice(NoticeKind.DOWNGRADE_SCHEDULED, october(31), details)]
    assert shown(state(downgrade), october(31)) == []


def test_plan_that_another_follows_does_not_expire() -> None:
    """Where a change is scheduled, that is the news and not the plan's end."""
    followed = on(Subscription.begin(ADVANCED, SINCE, october(9)).changed(ESSENTIAL, october(9), NOW))

    assert [n.kind for n in shown(state(followed))] == [NoticeKind.DOWNGRADE_SCHEDULED]


@pytest.mark.parametrize(
    ("now", "days"), [(NOW, "10"), (october(14, 23), "1"), (october(8), "7"), (october(8, 1), "7")]
)
def test_plan_that_expires(now: datetime, days: str) -> None:
    """A plan with an end says how many days are left, a started one counted whole."""
    assert shown(state(TRIAL), now) == [Notice(NoticeKind.PLAN_EXPIRES, october(15), {"days": days})]


def test_contract_that_lasts_is_not_told_to_expire() -> None:
    """Thirty days before its end it is."""
    lasting = on(Subscription.begin(ESSENTIAL, SINCE, NOW + timedelta(days=30)))

    assert shown(state(lasting), NOW - timedelta(days=1)) == []
    assert [notice.kind for notice in shown(state(lasting), NOW)] == [NoticeKind.PLAN_EXPIRES]


def test_plan_that_is_over() -> None:
    """A trial that has ended, and any other plan, say since when."""
    ended = on(Subscription.begin(ESSENTIAL, SINCE, october(3)))

    assert shown(state(TRIAL), october(15)) == [Notice(NoticeKind.TRIAL_ENDED, october(15))]
    assert shown(state(ended)) == [Notice(NoticeKind.PLAN_ENDED, october(3))]


def test_low_balance() -> None:
    """A balance that is low says what it still covers."""
    assert shown(state(STANDARD, paid(100, 10))) == [
        Notice(NoticeKind.LOW_BALANCE, None, {"covered_sessions": "50"})
    ]


def test_exhausted_balance() -> None:
    """A balance that covers no session more says so, a trial's too."""
    exhausted = Notice(NoticeKind.BALANCE_EXHAUSTED, None, {"covered_sessions": "0"})
    used_up = state(TRIAL, balance=replace(NEVER_USED, usage_sessions=10))

    assert shown(state(STANDARD)) == [exhausted]
    assert exhausted in shown(used_up)


def test_free_credits_that_soon_expire() -> None:
    """In the last week of free credits of which something is left, their expiry is told."""
    grants = (free(500, until=october(14)), free(100, until=october(12, 12), grant_id="b"))
    soon = state(STANDARD, shared=Wallet(grants))

    assert shown(soon) == [Notice(NoticeKind.FREE_CREDITS_EXPIRE, october(12, 12), {"days": "7"})]


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(state(STANDARD, shared=Wallet((free(500, until=october(12, 13)),))), id="not soon"),
        pytest.param(state(STANDARD, paid(100), shared=Wallet((free(9, until=october(5)),))), id="expired"),
        pytest.param(state(STANDARD, paid(100), shared=Wallet((free(9, 0, until=october(9)),))), id="used"),
        pytest.param(
            state(STANDARD, paid(100), replace(paid(100), expires_at=october(9))), id="not free but paid"
        ),
        pytest.param(
            state(STANDARD, replace(free(100, until=NOW), expires_at=None)), id="free that never expires"
        ),
        pytest.param(state(ESSENTIAL, shared=Wallet((free(9, until=october(9)),))), id="plan without use"),
    ],
)
def test_free_credits_that_are_no_news(of: BotState) -> None:
    """Credits that last, are gone, or are of no use to the plan are not told of."""
    assert shown(of) == []


def test_extension_that_waits() -> None:
    """A request says since when it waits, and for how many days it asks."""
    assert shown(state(on(Subscription.begin(ESSENTIAL, SINCE), extension=REQUEST))) == [
        Notice(NoticeKind.EXTENSION_PENDING, NOW, {"days": "14", "reason": ""})
    ]


@pytest.mark.parametrize(
    ("request_", "kind", "days"),
    [
        (REQUEST.approved(3, "fine", "u-op", october(6)), NoticeKind.EXTENSION_APPROVED, "3"),
        (REQUEST.declined("fine", "u-op", october(6)), NoticeKind.EXTENSION_DECLINED, "14"),
    ],
)
def test_extension_that_was_decided(request_: ExtensionRequest, kind: NoticeKind, days: str) -> None:
    """A decision is told for two weeks, with the operator's words."""
    of = state(on(Subscription.begin(ESSENTIAL, SINCE), extension=request_))

    assert shown(of, october(20)) == [Notice(kind, october(6), {"days": days, "reason": "fine"})]
    assert shown(of, october(20) + timedelta(seconds=1)) == []


def test_payments() -> None:
    """Each order that awaits its payment is told, and the last one that failed."""
    waiting = on(Subscription.begin(ESSENTIAL, SINCE), open_orders=("ord-1", "ord-2"), failed_order="ord-0")

    assert shown(state(waiting)) == [
        Notice(NoticeKind.PAYMENT_PENDING, None, {"order_id": "ord-1"}),
        Notice(NoticeKind.PAYMENT_PENDING, None, {"order_id": "ord-2"}),
        Notice(NoticeKind.PAYMENT_FAILED, None, {"order_id": "ord-0"}),
    ]


def test_days_left_are_never_negative() -> None:
    """What is past is no days away."""
    assert [days_left(at, NOW) for at in (october(1), NOW, october(6))] == [0, 0, 1]
