"""The own account: what any member may know of it, and what the member may do in it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.views.account import own_account
from botmeter.domain.errors import NotAllowed, NotAvailable, NotFound
from botmeter.domain.members import Member, Role
from botmeter.domain.periods import BillingPeriod, Move
from botmeter.domain.permissions import Permission
from botmeter.domain.plans import PlanVersion
from botmeter.services.show_account import ShowAccount
from tests.fakes.demo import ACCOUNT, ENTERPRISE, STANDARD, bot
from tests.fakes.desk import Desk
from tests.fakes.world import ADMIN, CARD, NOW, OPERATOR, OWNER, STRANGER, TRANSFER, VIEWER, World

BOOKKEEPER = Member("u-books", ACCOUNT.account_id, frozenset(), frozenset({"bookkeeper"}))
SUPPORT = replace(BOOKKEEPER, custom_roles=frozenset({"support", "unheard_of"}))
ROLES = {
    "bookkeeper": frozenset({Permission.ORDERS_AND_INVOICES}),
    "support": frozenset[Permission](),
}


def show(world: World) -> ShowAccount:
    """The service, of a stack that takes bank transfers alone, for an account with roles of its own."""
    account = world.accounts.account(ACCOUNT.account_id)
    world.accounts.put_account(replace(account, roles=ROLES))
    return ShowAccount(world.accounts, (TRANSFER,))


def test_account_as_a_member_sees_it() -> None:
    """Its money, its days and periods, who asks, and how orders are paid."""
    assert own_account(show(World())(ADMIN, NOW)) == {
        "account_id": "acct_acme",
        "name": "Acme GmbH",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "billing_day": 1,
        "first_period": "2026-10",
        "running_period": "2026-10",
        "member": {"user_id": "u-admin", "roles": ["billing_admin"]},
        "orders_and_invoices": {"is_available": True, "reason": None},
        "shared_ledger": {"is_available": True, "reason": None},
        "payment_methods": ["bank_transfer"],
    }


def test_zone_and_period_are_those_that_apply() -> None:
    """After a move days are those of the new zone: in Delhi the 15th has begun, and a period with it."""
    world = World()
    moved = replace(
        world.accounts.account(ACCOUNT.account_id),
        first_period=BillingPeriod(2026, 9, 15),
        moves=(Move(BillingPeriod(2026, 10, 15).first_day, "Asia/Kolkata"),),
    )
    world.accounts.put_account(moved)
    before, after = (
        own_account(show(world)(VIEWER, datetime(2026, month, 14, 19, tzinfo=UTC))) for month in (10, 11)
    )

    assert (before["time_zone"], before["running_period"]) == ("Europe/Berlin", "2026-09-15")
    assert (after["time_zone"], after["running_period"]) == ("Asia/Kolkata", "2026-11-15")
    assert (after["billing_day"], after["first_period"]) == (15, "2026-09-15")


def test_methods_are_those_of_the_stack() -> None:
    """In the order of the words."""
    world = World()

    assert own_account(ShowAccount(world.accounts, (TRANSFER, CARD))(VIEWER, NOW))["payment_methods"] == [
        "bank_transfer",
        "card",
    ]


def test_roles_are_sorted() -> None:
    """The built-in ones alone: what others permit is said of what they open."""
    both = replace(BOOKKEEPER, roles=frozenset({Role.VIEWER, Role.BOT_OWNER, Role.OPERATOR}))
    view = show(World())

    assert own_account(view(both, NOW))["member"]["roles"] == ["bot_owner", "operator", "viewer"]
    assert own_account(view(BOOKKEEPER, NOW))["member"]["roles"] == []


@pytest.mark.parametrize("bots", [[STANDARD], [ENTERPRISE], [ENTERPRISE, STANDARD]])
@pytest.mark.parametrize("who", [ADMIN, OWNER, VIEWER, BOOKKEEPER], ids=lambda member: member.user_id)
def test_reason_is_what_the_history_says(who: Member, bots: list[PlanVersion]) -> None:
    """Whoever is told that there are orders and invoices gets them, and else the same reason."""
    desk = Desk(World([bot(plan) for plan in bots]))
    told, expected = show(desk.world)(who, NOW).orders_refusal, None
    try:
        desk.show.history(who, NOW)
    except (NotAllowed, NotAvailable) as refusal:
        expected = str(refusal)

    assert told == expected


@pytest.mark.parametrize("roles", [frozenset[Role](), frozenset({Role.OPERATOR})])
def test_role_without_a_permission_sees_nothing(roles: frozenset[Role]) -> None:
    """Neither does the operator's: it is none in the account."""
    with pytest.raises(NotAllowed, match="for its members"):
        show(World())(replace(SUPPORT, roles=roles), NOW)


def test_everybody_sees_the_own_account() -> None:
    """Another account's member sees that one; an operator's may be one that there is not."""
    view = show(World())

    assert view(STRANGER, NOW).account.account_id == "acct_other"
    with pytest.raises(NotFound):
        view(OPERATOR, NOW)


@pytest.mark.parametrize(
    ("who", "sees"), [(ADMIN, True), (VIEWER, True), (OWNER, False), (BOOKKEEPER, False)]
)
def test_ledger_of_shared_credits_is_said_to_be_there(who: Member, sees: bool) -> None:
    """For those who may read it; the others are told why not."""
    told = own_account(show(World())(who, NOW))["shared_ledger"]

    assert told == {
        "is_available": sees,
        "reason": None if sees else "shared credits are for billing admins and viewers",
    }
