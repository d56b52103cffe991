"""Extensions: asked for by the customer, one at a time, decided by the operator."""

from datetime import datetime, timedelta

import pytest

from botmeter.domain.audit import Actor
from botmeter.domain.balances import EntitlementReason
from botmeter.domain.errors import Conflict, NotAllowed, NotFound, Refused
from botmeter.domain.extensions import ExtensionRequest, ExtensionStatus
from botmeter.domain.members import Member
from botmeter.services.extend_plan import RequestKey
from tests.fakes.demo import ACCOUNT, SINCE, TRIAL, WELCOMING, bot
from tests.fakes.world import (
    ADMIN,
    COLLEAGUE,
    NOW,
    OWNER,
    STRANGER,
    TRANSFER,
    VIEWER,
    Died,
    World,
    die,
)

CLERK = Actor("u-operator", "operator")
TRIAL_END = SINCE + timedelta(days=14)


def ask(
    world: World,
    key: str = "k-1",
    bot_id: str = "bot_trial",
    who: Member = ADMIN,
    days: int = 7,
    at: datetime = NOW,
) -> ExtensionRequest:
    return world.request_extension(who, bot_id, days, "we need more time", at, key=key)


def named(request: ExtensionRequest) -> RequestKey:
    return RequestKey(request.account_id, request.bot_id, request.request_id)


def approve(world: World, request: ExtensionRequest, days: int = 7, at: datetime = NOW) -> None:
    world.decide_extension.approve(named(request), days, "enjoy", CLERK, at)


def decline(world: World, request: ExtensionRequest, answer: str = "no") -> None:
    world.decide_extension.decline(named(request), answer, CLERK, NOW)


def test_request_waits_for_the_operator() -> None:
    """It is told, noted, listed, and changes nothing yet."""
    world = World()
    request = ask(world)

    assert world.bot("bot_trial").extension == request
    assert (request.status, request.requested_days, request.requested_by) == (
        ExtensionStatus.PENDING,
        7,
        "u-admin",
    )
    assert world.decide_extension.pending() == [world.bot("bot_trial")]
    assert world.bot("bot_trial").subscription.phases[0].ends_at == TRIAL_END
    assert world.told("bot_trial") == ["extension.requested"]
    assert world.done("bot_trial") == ["extension.requested"]


def test_requests_that_wait_are_listed_oldest_first() -> None:
    """Whoever asked first is served first."""
    world = World()
    world.add(bot(TRIAL, "bot_a_later"))
    ask(world)
    ask(world, bot_id="bot_a_later", at=NOW + timedelta(hours=1))

    assert [b.bot_id for b in world.decide_extension.pending()] == ["bot_trial", "bot_a_later"]


def test_one_request_at_a_time() -> None:
    """As long as one is open another is refused, and the open one is named."""
    world = World()
    first = ask(world, "k-1")
    with pytest.raises(Refused, match=f"the request {first.request_id} is not decided yet") as refused:
        ask(world, "k-2")

    assert refused.value.field == "extension"
    assert world.told("bot_trial") == ["extension.requested"]


def test_same_key_asks_once() -> None:
    """A request that is repeated, also after its decision, is the one that was made."""
    world = World()
    first = ask(world)
    assert ask(world) == first
    decline(world, first)

    assert ask(world).status is ExtensionStatus.DECLINED
    assert world.told("bot_trial").count("extension.requested") == 1


def test_same_request_twice_at_the_same_time_asks_once() -> None:
    """Both are told of the one request."""
    world = World()
    answers: list[ExtensionRequest] = []
    world.billing.meanwhile = [lambda: answers.append(ask(world))]
    answers.append(ask(world))

    assert answers[0] == answers[1]
    assert world.told("bot_trial") == ["extension.requested"]


def test_crash_after_the_request_was_written() -> None:
    """The retry is told of what is there."""
    world = World()
    world.billing.afterwards = [die]
    with pytest.raises(Died):
        ask(world)

    assert ask(world) == world.bot("bot_trial").extension
    assert world.told("bot_trial") == ["extension.requested"]


def test_approved_days_begin_at_the_end() -> None:
    """The trial ends so many days later: the operator's number, not the one asked for."""
    world = World()
    approve(world, ask(world, days=7), days=5)

    assert world.bot("bot_trial").subscription.phases[0].ends_at == TRIAL_END + timedelta(days=5)
    assert world.entitlement(ADMIN, "bot_trial", TRIAL_END).allowed
    assert not world.entitlement(ADMIN, "bot_trial", TRIAL_END + timedelta(days=5)).allowed
    assert world.told("bot_trial") == ["extension.requested", "extension.approved"]
    assert dict(world.billing.trail[-1].after) == {
        "ends_at": (TRIAL_END + timedelta(days=5)).isoformat(),
        "reason": "enjoy",
    }
    assert world.billing.trail[-1].actor == CLERK


def test_approved_days_of_what_is_over_begin_now() -> None:
    """A trial that ended last week may answer again, for as long as was granted."""
    world = World()
    late = TRIAL_END + timedelta(days=6)
    approve(world, ask(world, at=late), days=3, at=late)

    assert world.entitlement(ADMIN, "bot_trial", late).reason is EntitlementReason.TRIAL
    assert not world.entitlement(ADMIN, "bot_trial", late + timedelta(days=3)).allowed


def test_approval_lets_free_credits_last() -> None:
    """On a prepaid plan that does not end it is the free credits of the account that do."""
    world = World([bot(WELCOMING)])
    approve(world, ask(world, bot_id="bot_welcoming"), days=10)

    (grant,) = world.billing.shared_credits(ACCOUNT.account_id).wallet.grants
    assert grant.expires_at == SINCE + timedelta(days=100)


def test_declined_request_changes_nothing() -> None:
    """But the customer hears why."""
    world = World()
    decline(world, ask(world), "you had three already")

    extension = world.bot("bot_trial").extension
    assert extension is not None
    assert (extension.status, extension.answer) == (ExtensionStatus.DECLINED, "you had three already")
    assert world.bot("bot_trial").subscription.phases[0].ends_at == TRIAL_END
    assert world.told("bot_trial")[-1] == "extension.declined"
    assert world.decide_extension.pending() == []


def test_after_a_decision_one_may_ask_again() -> None:
    """With another key."""
    world = World()
    decline(world, ask(world, "k-1"))

    assert ask(world, "k-2").status is ExtensionStatus.PENDING


def test_decision_is_made_once() -> None:
    """Also by two operators at the same time: the slower one is told."""
    world = World()
    request = ask(world)
    world.billing.meanwhile = [lambda: approve(world, request)]
    with pytest.raises(Conflict, match="was approved already"):
        decline(world, request)
    with pytest.raises(Conflict, match="was approved already"):
        approve(world, request)

    assert world.bot("bot_trial").subscription.phases[0].ends_at == TRIAL_END + timedelta(days=7)


def test_request_that_is_none_is_not_found() -> None:
    """Another id, an earlier one, or a bot that never asked."""
    world = World()
    earlier = ask(world, "k-1")
    decline(world, earlier)
    ask(world, "k-2")
    never = RequestKey(ACCOUNT.account_id, "bot_standard", earlier.request_id)
    for key in (
        named(earlier),
        never,
        never._replace(bot_id="bot_none"),
        never._replace(account_id="acct_no"),
    ):
        with pytest.raises(NotFound):
            world.decide_extension.approve(key, 7, "", CLERK, NOW)


@pytest.mark.parametrize("days", [0, 91])
def test_number_of_days_that_nobody_gets(days: int) -> None:
    """Neither asked for nor granted."""
    world = World()
    with pytest.raises(Refused, match="from 1 to 90"):
        ask(world, days=days)
    with pytest.raises(Refused, match="from 1 to 90"):
        approve(world, ask(world), days=days)

    assert world.decide_extension.pending() != []


def test_decline_needs_a_reason() -> None:
    """The customer wants to know."""
    world = World()
    with pytest.raises(Refused, match="must be 1 to 1000 characters"):
        decline(world, ask(world), "")


def test_plan_that_does_not_end() -> None:
    """There is nothing to extend."""
    with pytest.raises(Refused, match="does not end"):
        ask(World(), bot_id="bot_essential")


def test_plan_that_was_changed_after_the_request() -> None:
    """The operator is told that nothing is left to extend, and may still decline."""
    world = World()
    request = ask(world)
    world.change_plan(ADMIN, "bot_trial", "essential", TRANSFER, NOW, key="k")
    with pytest.raises(Refused, match="the request was for trial@1"):
        approve(world, request)
    decline(world, request)

    assert world.decide_extension.pending() == []


@pytest.mark.parametrize("who", [VIEWER, COLLEAGUE])
def test_roles_that_may_not(who: Member) -> None:
    """Viewers and the owners of other bots ask for nothing."""
    with pytest.raises(NotAllowed):
        ask(World(), who=who)


def test_owner_asks_for_its_bot_and_strangers_find_none() -> None:
    """As with every operation of a bot."""
    world = World()
    with pytest.raises(NotFound):
        ask(world, who=STRANGER)

    assert ask(world, who=OWNER).requested_by == OWNER.user_id
