"""Ledgers and the audit trail, newest first."""

import pytest

from botmeter.domain.credits import EntryReason
from botmeter.domain.errors import NotAllowed, NotFound
from botmeter.domain.members import Member
from botmeter.services.show_records import ShowRecords
from tests.fakes.demo import ACCOUNT, STANDARD, WELCOMING, bot
from tests.fakes.world import ADMIN, COLLEAGUE, EURO, NOW, OWNER, STRANGER, TRANSFER, VIEWER, World


def show(world: World) -> ShowRecords:
    return ShowRecords(world.show_bots, world.billing, world.audit)


def test_ledger_tells_what_became_of_the_money() -> None:
    """Each entry with the balance after it: the last one's is the balance shown."""
    world = World()
    world.buy(100)
    world.use(10)
    entries = show(world).ledger(ADMIN, "bot_standard", 10, None).items

    assert [(e.reason, e.amount_micros, e.balance_micros) for e in entries] == [
        (EntryReason.USAGE, -2 * EURO, 98 * EURO),
        (EntryReason.TOP_UP, 100 * EURO, 100 * EURO),
    ]
    assert entries[0].usage_sessions == 10


def test_ledger_comes_in_parts() -> None:
    """The cursor of one continues it."""
    world = World()
    for _ in range(5):
        world.credit(1)
    first = show(world).ledger(ADMIN, "bot_standard", 3, None)
    rest = show(world).ledger(ADMIN, "bot_standard", 3, first.next_cursor)

    assert [e.balance_micros // EURO for e in (*first.items, *rest.items)] == [5, 4, 3, 2, 1]
    assert rest.next_cursor is None
    with pytest.raises(ValueError, match="invalid"):
        show(world).ledger(ADMIN, "bot_standard", 3, "forged")


def test_shared_credits_have_a_ledger_of_their_own() -> None:
    """That names the bot which used them; nothing of it is on the bot's."""
    world = World([bot(WELCOMING), bot(STANDARD)])
    world.use(5)
    entries = show(world).shared_ledger(VIEWER, 10, None).items

    assert [(e.reason, e.bot_id) for e in entries] == [
        (EntryReason.USAGE, "bot_standard"),
        (EntryReason.FREE_CREDITS, ""),
    ]
    assert show(world).ledger(ADMIN, "bot_standard", 10, None).items == []


@pytest.mark.parametrize("who", [OWNER, COLLEAGUE])
def test_shared_ledger_is_for_those_who_see_the_account(who: Member) -> None:
    """Owners see what is their bots' alone."""
    with pytest.raises(NotAllowed):
        show(World()).shared_ledger(who, 10, None)


def test_ledger_is_for_those_who_see_the_bot() -> None:
    """As the bot itself."""
    world = World()

    assert show(world).ledger(OWNER, "bot_standard", 10, None).items == []
    with pytest.raises(NotAllowed):
        show(world).ledger(COLLEAGUE, "bot_standard", 10, None)
    with pytest.raises(NotFound):
        show(world).ledger(STRANGER, "bot_standard", 10, None)


def test_audit_trail_tells_who_did_what() -> None:
    """When, and what it was before and after."""
    world = World()
    world.change_plan(ADMIN, "bot_essential", "standard", TRANSFER, NOW, key="k")
    world.change_owner(ADMIN, "bot_essential", COLLEAGUE.user_id, NOW)
    trail = show(world).audit_trail(ADMIN, 1, None)
    (latest,) = trail.items
    (first,) = show(world).audit_trail(ADMIN, 1, trail.next_cursor).items

    assert (latest.operation, latest.actor.actor_id, latest.at) == ("owner.changed", "u-admin", NOW)
    assert (latest.before["owner_id"], latest.after["owner_id"]) == ("u-owner", "u-colleague")
    assert (first.operation, first.before, first.account_id) == (
        "plan.changed",
        {"plan": "essential@1"},
        ACCOUNT.account_id,
    )


@pytest.mark.parametrize("who", [OWNER, VIEWER, COLLEAGUE])
def test_audit_trail_is_for_admins(who: Member) -> None:
    """It tells what everybody did."""
    with pytest.raises(NotAllowed):
        show(World()).audit_trail(who, 10, None)


def test_audit_trail_of_another_account_is_its_own() -> None:
    """Nobody reads what happened elsewhere."""
    world = World()
    world.change_owner(ADMIN, "bot_essential", COLLEAGUE.user_id, NOW)

    assert show(world).audit_trail(STRANGER, 10, None).items == []
