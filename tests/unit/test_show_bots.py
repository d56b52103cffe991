"""Plan & Usage: which bots a member sees, and how they stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.audit import SYSTEM
from botmeter.domain.balances import BalanceStatus
from botmeter.domain.errors import NotAllowed, NotFound
from botmeter.domain.members import Member
from botmeter.domain.notices import NoticeKind
from botmeter.domain.periods import BillingPeriod
from botmeter.services.show_bots import BotStatus, BotView
from tests.fakes.demo import SINCE, STANDARD, bot
from tests.fakes.world import (
    ADMIN,
    COLLEAGUE,
    EURO,
    NOW,
    OPERATOR,
    OWNER,
    STRANGER,
    TRANSFER,
    VIEWER,
    World,
)

ALL = ["bot_enterprise", "bot_essential", "bot_standard", "bot_trial"]
OCTOBER = BillingPeriod(2026, 10)


def view(world: World, bot_id: str = "bot_standard") -> BotView:
    return world.show_bots.view(world.bot(bot_id), NOW)


@pytest.mark.parametrize(
    ("who", "sees"), [(ADMIN, ALL), (VIEWER, ALL), (OWNER, ALL), (COLLEAGUE, ["bot_trial"]), (STRANGER, [])]
)
def test_members_see_their_bots(who: Member, sees: list[str]) -> None:
    """Admins and viewers all of the account, owners their own and those that were, strangers none."""
    world = World()
    world.change_owner(ADMIN, "bot_trial", COLLEAGUE.user_id, NOW)

    assert [b.bot_id for b in world.show_bots.all(who)] == sees


def test_bot_of_another_owner_is_not_shown() -> None:
    """It is there, and the member may not see it."""
    world = World()
    with pytest.raises(NotAllowed):
        world.show_bots.one(COLLEAGUE, "bot_standard")

    assert world.show_bots.one(OWNER, "bot_standard") == world.bot()


@pytest.mark.parametrize(
    ("who", "bot_id"), [(STRANGER, "bot_standard"), (OPERATOR, "bot_standard"), (ADMIN, "x")]
)
def test_foreign_bot_is_not_found(who: Member, bot_id: str) -> None:
    """As one that does not exist."""
    with pytest.raises(NotFound):
        World().show_bots.one(who, bot_id)


def test_view_shows_balance_cover_and_use() -> None:
    """What is left, what that covers, and what was used this month."""
    world = World()
    world.credit(100)
    world.use(5)
    shown = view(world)

    assert (shown.funds.spendable_micros, shown.funds.covered_sessions) == (99 * EURO, 495)
    assert (shown.used.period, shown.used.usage_sessions, shown.used.alert_sessions) == (OCTOBER, 5, 0)
    assert (shown.funds.status, shown.status, shown.notices) == (
        BalanceStatus.SUFFICIENT,
        BotStatus.ACTIVE,
        [],
    )


def test_all_bots_of_an_account_are_seen_at_once() -> None:
    """One view each, in the order asked for; of another month if asked."""
    world = World()
    world.use(3, "bot_essential")
    bots = world.show_bots.all(ADMIN)
    views = world.show_bots.views(bots, NOW)

    assert [v.bot.bot_id for v in views] == ALL
    assert [v.used.usage_sessions for v in views] == [0, 3, 0, 0]
    assert [v.used.usage_sessions for v in world.show_bots.views(bots, NOW, OCTOBER.next())] == [0, 0, 0, 0]
    assert world.show_bots.views([], NOW) == []


@pytest.mark.parametrize(
    ("bot_id", "after_days", "status"),
    [
        ("bot_standard", 0, BotStatus.SUSPENDED),
        ("bot_essential", 0, BotStatus.ACTIVE),
        ("bot_trial", 0, BotStatus.ACTIVE),
        ("bot_trial", 14, BotStatus.ENDED),
    ],
)
def test_status_says_whether_a_bot_works(bot_id: str, after_days: int, status: BotStatus) -> None:
    """A bot that ran out is suspended, not deleted; one whose plan is over has ended."""
    world = World()

    assert world.show_bots.view(world.bot(bot_id), SINCE + timedelta(days=after_days)).status is status


def test_view_is_of_now_even_if_nobody_has_looked_since() -> None:
    """It is computed from plan and balance, not read from what was written down."""
    world = World()
    later = world.show_bots.view(world.bot("bot_trial"), SINCE + timedelta(days=13))

    assert [(n.kind, n.details["days"]) for n in later.notices] == [(NoticeKind.PLAN_EXPIRES, "1")]


def test_notices_tell_what_is_to_come_and_what_waits() -> None:
    """A scheduled downgrade; an open payment; a request for an extension; a payment that failed."""
    world = World()
    world.change_plan(ADMIN, "bot_essential", "standard", TRANSFER, NOW, key="k")
    world.request_extension(ADMIN, "bot_trial", 7, "please", NOW, key="k")
    order = world.order(method=TRANSFER)
    exhausted = NoticeKind.BALANCE_EXHAUSTED

    assert kinds(view(world, "bot_essential")) == [NoticeKind.DOWNGRADE_SCHEDULED]
    assert kinds(view(world, "bot_trial")) == [NoticeKind.PLAN_EXPIRES, NoticeKind.EXTENSION_PENDING]
    assert kinds(view(world)) == [exhausted, NoticeKind.PAYMENT_PENDING]
    world.pay.decline(order, "nothing came", SYSTEM, NOW)
    assert kinds(view(world)) == [exhausted, NoticeKind.PAYMENT_FAILED]


def kinds(shown: BotView) -> list[NoticeKind]:
    """What is told."""
    return [notice.kind for notice in shown.notices]


def test_bot_without_a_balance_is_shown_as_empty() -> None:
    """A bot that nobody has looked at yet."""
    world = World([])
    world.accounts.known_bots["acct_acme", "bot_new"] = replace(bot(STANDARD), bot_id="bot_new")

    assert view(world, "bot_new").funds.spendable_micros == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["bot_c", "bot_b", "bot_a"]),
        ("desk", ["bot_b", "bot_a"]),
        ("DESK", ["bot_b", "bot_a"]),
        ("bot_A", ["bot_a"]),
        ("strasse", ["bot_c"]),
        ("nothing", []),
    ],
)
def test_bots_are_found_by_a_part_of_their_name_or_id(text: str, found: list[str]) -> None:
    """Sorted by name, whatever their ids and capital letters."""
    names = {"bot_a": "order desk", "bot_b": "Help desk", "bot_c": "Hauptstraße"}
    world = World([replace(bot(STANDARD, bot_id), name=name) for bot_id, name in names.items()])

    assert [b.bot_id for b in world.show_bots.named(ADMIN, text)] == found
    assert world.show_bots.named(STRANGER, text) == []
