"""Entitlement: may this bot answer now?"""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from botmeter.domain.balances import Balance, EntitlementReason
from botmeter.domain.errors import NotFound
from botmeter.domain.members import Member
from botmeter.services.check_entitlement import CheckEntitlement
from tests.fakes.billing import FakeBilling
from tests.fakes.demo import ACCOUNT, SINCE
from tests.fakes.world import ADMIN, NOW, OWNER, STRANGER, TRANSFER, VIEWER, World

TRIAL_END = SINCE + timedelta(days=14)


@dataclass
class OneRead(FakeBilling):
    """Knows balances, and counts how often it is asked."""

    reads: list[str] = field(default_factory=list)

    def balance(self, account_id: str, bot_id: str) -> Balance:
        self.reads.append(bot_id)
        return super().balance(account_id, bot_id)


def test_answer_is_one_read_of_one_item() -> None:
    """Neither bot nor account nor plan is read."""
    world = World()
    world.credit(10)
    store = OneRead(known_balances=world.billing.known_balances)

    assert CheckEntitlement(store)(ADMIN, "bot_standard", NOW).reason is EntitlementReason.CREDITS
    assert store.reads == ["bot_standard"]


@pytest.mark.parametrize(
    ("bot_id", "reason"),
    [
        ("bot_enterprise", EntitlementReason.PLAN),
        ("bot_essential", EntitlementReason.PLAN),
        ("bot_trial", EntitlementReason.TRIAL),
        ("bot_standard", EntitlementReason.CREDITS_EXHAUSTED),
    ],
)
def test_reason_follows_the_plan(bot_id: str, reason: EntitlementReason) -> None:
    """A bot without credits may not answer where it needs them."""
    found = World().entitlement(ADMIN, bot_id, NOW)

    assert (found.reason, found.allowed) == (reason, reason is not EntitlementReason.CREDITS_EXHAUSTED)


def test_trial_ends_by_itself() -> None:
    """To the millisecond, with no run of anything in between."""
    entitlement = World().entitlement

    assert entitlement(ADMIN, "bot_trial", TRIAL_END - timedelta(milliseconds=1)).allowed
    ended = entitlement(ADMIN, "bot_trial", TRIAL_END)
    assert (ended.allowed, ended.reason, ended.since) == (False, EntitlementReason.TRIAL_ENDED, TRIAL_END)


def test_scheduled_plan_takes_effect_by_itself() -> None:
    """A bot that leaves its subscription for a prepaid plan needs credits from that moment."""
    world = World()
    world.change_plan(ADMIN, "bot_essential", "standard", TRANSFER, NOW, key="k")
    (_, later) = world.bot("bot_essential").subscription.phases

    assert world.entitlement(ADMIN, "bot_essential", later.starts_at - timedelta(seconds=1)).allowed
    found = world.entitlement(ADMIN, "bot_essential", later.starts_at)
    assert found.reason is EntitlementReason.CREDITS_EXHAUSTED


def test_use_and_payment_change_it_at_once() -> None:
    """The settlement that takes the last session's price, and the payment that brings the next."""
    world = World()
    world.credit(1)
    world.use(4)
    assert world.entitlement(ADMIN, "bot_standard", NOW).allowed
    world.use(1)
    assert not world.entitlement(ADMIN, "bot_standard", NOW).allowed
    world.buy(100)

    assert world.entitlement(ADMIN, "bot_standard", NOW).allowed


def test_trial_that_is_used_up() -> None:
    """Ten sessions are included."""
    world = World()
    world.use(9, "bot_trial")
    assert world.entitlement(ADMIN, "bot_trial", NOW).allowed
    world.use(1, "bot_trial")

    assert world.entitlement(ADMIN, "bot_trial", NOW).reason is EntitlementReason.TRIAL_USED_UP


@pytest.mark.parametrize("who", [ADMIN, OWNER, VIEWER])
def test_every_member_of_the_account_may_ask(who: Member) -> None:
    """Bot runtimes ask with whatever identity they have."""
    assert World().entitlement(who, "bot_essential", NOW).allowed


def test_foreign_bot_is_not_found() -> None:
    """As one that does not exist."""
    world = World()
    with pytest.raises(NotFound):
        world.entitlement(STRANGER, "bot_essential", NOW)
    with pytest.raises(NotFound):
        world.entitlement(ADMIN, "bot_none", NOW)

    assert ACCOUNT.account_id != STRANGER.account_id
