"""Why a conversation counts what it does."""

from dataclasses import replace

import pytest

from botmeter.domain.errors import NotAllowed, NotAvailable, NotFound
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.explained_windows import ExplainedWindow, Holder, Segment, SessionSpan, WhyNotBilled
from botmeter.domain.members import Member, Role
from botmeter.domain.periods import to_ms
from botmeter.domain.permissions import Permission
from botmeter.domain.timeline import MINUTE_MS, Kind, encode_mark
from botmeter.ports.metering import MarkAddition
from botmeter.services.explain_conversation import ExplainConversation, ExplainedConversation
from botmeter.services.orders_access import OrdersAccess
from tests.fakes.demo import ACCOUNT, ENTERPRISE, STANDARD, bot
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OWNER, STRANGER, VIEWER, World

START_MS = to_ms(NOW) - 24 * 60 * MINUTE_MS
USER, BOT, JOINED, LEFT, ENDED = (
    Kind.USER_MESSAGE,
    Kind.BOT_MESSAGE,
    Kind.AGENT_JOINED,
    Kind.AGENT_LEFT,
    Kind.CONVERSATION_ENDED,
)


def held(world: World, *marks: tuple[int, Kind]) -> None:
    """Let a conversation with the standard bot have been: minutes and what happened."""
    subject = Subject(ACCOUNT.account_id, "bot_standard", SubjectKind.CONVERSATION, "c-1")
    encoded = {encode_mark(START_MS + minute * MINUTE_MS, kind) for minute, kind in marks}
    world.usage.add_marks([MarkAddition(subject, encoded, due_at_ms=START_MS)])


def explain(world: World, member: Member = ADMIN, name: str = "c-1") -> ExplainedConversation:
    access = OrdersAccess(world.accounts)
    return ExplainConversation(world.show_bots, access, world.usage)(member, "bot_standard", name, NOW)


def one(world: World) -> ExplainedWindow:
    (window,) = explain(world).windows
    return window


def minutes(*at: int) -> tuple[int, ...]:
    return tuple(START_MS + minute * MINUTE_MS for minute in at)


def test_time_with_an_agent_is_shown_and_not_counted() -> None:
    """Ten minutes with the bot, thirty with an agent, ten with the bot: two sessions, the second after 45."""
    world = World()
    held(world, (0, USER), (10, JOINED), (20, Kind.AGENT_MESSAGE), (30, USER), (40, LEFT), (50, BOT))
    found = one(world)

    start, joined, left, end, second = minutes(0, 10, 40, 50, 45)
    assert found.segments == (
        Segment(start, joined, Holder.BOT),
        Segment(joined, left, Holder.AGENT),
        Segment(left, end, Holder.BOT),
    )
    assert found.sessions == (SessionSpan(1, start, second), SessionSpan(2, second, end))
    assert (found.why_not, found.record) == (None, None)


def test_session_that_is_full_ends_though_an_agent_goes_on() -> None:
    """Fifteen minutes with the bot are one session, which ends before the ten with an agent begin."""
    world = World()
    held(world, (0, USER), (15, JOINED), (25, LEFT))

    assert one(world).sessions == (SessionSpan(1, *minutes(0, 15)),)


def test_session_that_is_not_full_ends_with_the_window() -> None:
    """Five minutes with the bot, then an agent to the end."""
    world = World()
    held(world, (0, USER), (5, JOINED), (15, LEFT))

    assert one(world).sessions == (SessionSpan(1, *minutes(0, 15)),)


def test_agent_who_leaves_at_once_does_not_interrupt_the_bot() -> None:
    """There is one stretch, not two of the same holder."""
    world = World()
    held(world, (0, USER), (5, JOINED), (5, LEFT), (9, USER))

    start, end = minutes(0, 9)
    assert one(world).segments == (Segment(start, end, Holder.BOT),)


def test_one_message_is_one_session_of_no_length() -> None:
    """There is nothing to draw, and one session all the same."""
    world = World()
    held(world, (0, USER))

    assert one(world).segments == ()
    assert one(world).sessions == (SessionSpan(1, START_MS, START_MS),)


def test_agent_may_hold_the_whole_window() -> None:
    """From the first instant to the last, no stretch is empty."""
    world = World()
    held(world, (0, JOINED), (0, USER), (5, USER))

    assert [segment.held_by for segment in one(world).segments] == [Holder.AGENT]


@pytest.mark.parametrize(
    ("marks", "why_not"),
    [
        ([(0, BOT), (3, BOT)], WhyNotBilled.NO_USER_MESSAGE),
        ([(0, JOINED), (1, USER), (2, LEFT)], WhyNotBilled.USER_SPOKE_TO_AGENTS_ONLY),
    ],
)
def test_window_that_is_not_billed_says_why(marks: list[tuple[int, Kind]], why_not: WhyNotBilled) -> None:
    """Nobody asked the bot anything."""
    world = World()
    held(world, *marks)

    assert (one(world).why_not, one(world).sessions) == (why_not, ())


def test_settled_window_names_its_record_until_something_changes_it() -> None:
    """A late event makes it another window, which has no record yet."""
    world = World()
    held(world, (0, USER), (8, BOT), (60, USER), (61, ENDED))
    world.settle("all", to_ms(NOW))
    first, second = explain(world).windows
    assert first.record
    assert first.record.metered.start_ms == START_MS
    assert second.record

    held(world, (16, BOT))
    first, second = explain(world).windows
    assert first.record is None
    assert second.record


@pytest.mark.parametrize("who", [ADMIN, OWNER, VIEWER], ids=["admin", "owner", "viewer"])
def test_those_who_see_the_bot_see_its_conversations(who: Member) -> None:
    """It is part of the bill."""
    world = World()
    held(world, (0, USER))

    assert explain(world, who).rule == world.bot().rule


def test_others_do_not() -> None:
    """Not another bot's owner, nor another account's admin; and there may be no such conversation."""
    world = World()
    held(world, (0, USER))

    with pytest.raises(NotAllowed):
        explain(world, COLLEAGUE)
    with pytest.raises(NotFound, match="bot_standard"):
        explain(world, STRANGER)
    with pytest.raises(NotFound, match="forgotten"):
        explain(world, name="c-2")


ACCOUNTANT = Member("u-books", ACCOUNT.account_id, frozenset(), frozenset({"accounting"}))


def permitting(world: World) -> World:
    """The account lets its accountants see orders and invoices."""
    roles = {"accounting": frozenset({Permission.ORDERS_AND_INVOICES})}
    world.accounts.put_account(replace(world.accounts.account(ACCOUNT.account_id), roles=roles))
    return world


@pytest.mark.parametrize("roles", [frozenset[Role](), frozenset({Role.BOT_OWNER}), frozenset({Role.VIEWER})])
def test_those_who_see_the_invoices_see_what_is_behind_them(roles: frozenset[Role]) -> None:
    """A role that the account lets see its invoices, whatever other roles and bots its member has."""
    world = permitting(World())
    held(world, (0, USER))

    assert explain(world, replace(ACCOUNTANT, roles=roles)).windows
    with pytest.raises(NotFound, match="forgotten"):
        explain(world, replace(ACCOUNTANT, roles=roles), "c-2")


def test_role_without_the_permission_learns_nothing() -> None:
    """Not even which bots there are; a bot's owner is told what every owner is."""
    world = World([])
    with pytest.raises(NotAllowed, match="orders and invoices"):
        explain(world, ACCOUNTANT)
    world.add(bot(STANDARD))
    with pytest.raises(NotAllowed, match="a bot owner"):
        explain(world, replace(ACCOUNTANT, roles=frozenset({Role.BOT_OWNER})))


def test_account_without_invoices_has_nothing_behind_them() -> None:
    """All of its bots are under contract."""
    world = permitting(World([bot(ENTERPRISE, "bot_standard")]))
    held(world, (0, USER))

    with pytest.raises(NotAvailable):
        explain(world, ACCOUNTANT)
    assert explain(world, ADMIN).windows
