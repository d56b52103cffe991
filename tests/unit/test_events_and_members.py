"""What events are taken, and who may see what."""

from dataclasses import replace

import pytest

from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import RETENTION_MS, Sighting, require_timely
from botmeter.domain.identifiers import is_identifier
from botmeter.domain.members import Member, Role
from botmeter.domain.permissions import Permission
from botmeter.domain.timeline import Kind, encode_mark
from tests.fakes.demo import STANDARD, bot, conversation

NOW = 1_790_000_000_000


def seen_at(instant_ms: int) -> Sighting:
    return Sighting(conversation(), encode_mark(instant_ms, Kind.USER_MESSAGE), test=False)


@pytest.mark.parametrize("offset", [0, 300_000, -RETENTION_MS])
def test_times_that_are_taken(offset: int) -> None:
    """From the retention's start to five minutes ahead of the clock."""
    require_timely(seen_at(NOW + offset), NOW)


@pytest.mark.parametrize(
    ("offset", "rule"),
    [(300_001, "more than 5 minutes in the future"), (-RETENTION_MS - 1, "older than 90 days")],
)
def test_times_that_are_refused(offset: int, rule: str) -> None:
    """A time beyond that is refused with the rule it breaks."""
    with pytest.raises(InvalidEvent, match=rule) as refused:
        require_timely(seen_at(NOW + offset), NOW)
    assert refused.value.field == "time"


@pytest.mark.parametrize("value", ["", "a b", "a#b", "a/b", "x" * 129, "a\n", "é"])
def test_identifiers_that_cannot_be_keys(value: str) -> None:
    """Identifiers are 1 to 128 plain characters."""
    assert not is_identifier(value)


def test_identifier_that_can_be_a_key() -> None:
    """All that are allowed."""
    assert is_identifier("a.B_9:@-")


ANYONE, OWNER, FORMER = "u-1", "u-owner", "u-former"
HERE, ELSEWHERE = "acct_acme", "acct_other"
SHARED_BOT = replace(bot(STANDARD), owner_id=OWNER, viewer_ids=frozenset({FORMER}))


@pytest.mark.parametrize(
    ("account_id", "user_id", "role", "sees", "manages"),
    [
        (HERE, ANYONE, Role.BILLING_ADMIN, True, True),
        (HERE, ANYONE, Role.VIEWER, True, False),
        (HERE, ANYONE, Role.BOT_OWNER, False, False),
        (HERE, ANYONE, Role.OPERATOR, False, False),
        (HERE, OWNER, Role.BOT_OWNER, True, True),
        (HERE, OWNER, Role.VIEWER, True, True),
        (HERE, FORMER, Role.BOT_OWNER, True, False),
        (ELSEWHERE, ANYONE, Role.BILLING_ADMIN, False, False),
        (ELSEWHERE, ANYONE, Role.VIEWER, False, False),
        (ELSEWHERE, OWNER, Role.BOT_OWNER, False, False),
        (ELSEWHERE, FORMER, Role.BOT_OWNER, False, False),
        (ELSEWHERE, ANYONE, Role.OPERATOR, False, False),
    ],
)
def test_what_members_see_and_manage(
    account_id: str, user_id: str, role: Role, sees: bool, manages: bool
) -> None:
    """Roles open the own account only; an owner manages own bots, and keeps seeing those that were."""
    member = Member(user_id, account_id, frozenset({role}))

    assert (member.may_see(SHARED_BOT), member.may_manage(SHARED_BOT)) == (sees, manages)


@pytest.mark.parametrize(
    ("role", "is_admin", "sees_account", "is_operator"),
    [
        (Role.OPERATOR, False, False, True),
        (Role.BILLING_ADMIN, True, True, False),
        (Role.VIEWER, False, True, False),
        (Role.BOT_OWNER, False, False, False),
    ],
)
def test_whose_business_the_account_is(
    role: Role, is_admin: bool, sees_account: bool, is_operator: bool
) -> None:
    """The account's money is the admin's, its shared credits are seen by viewers too, by no bot owner."""
    member = Member(ANYONE, HERE, frozenset({role}))

    assert (member.is_billing_admin, member.sees_account, member.is_operator) == (
        is_admin,
        sees_account,
        is_operator,
    )


NONE, ORDERS = frozenset[Permission](), frozenset({Permission.ORDERS_AND_INVOICES})


@pytest.mark.parametrize(
    ("roles", "custom_roles", "sees"),
    [
        ({Role.BILLING_ADMIN}, set(), True),
        ({Role.BILLING_ADMIN}, {"support"}, True),
        ({Role.VIEWER}, {"bookkeeper", "support"}, True),
        (set(), {"bookkeeper"}, True),
        (set(), {"support", "unheard_of"}, False),
        ({Role.VIEWER, Role.BOT_OWNER}, set(), False),
        ({Role.OPERATOR}, set(), False),
    ],
)
def test_who_sees_orders_and_invoices(roles: set[Role], custom_roles: set[str], *, sees: bool) -> None:
    """Billing admins, and whoever has a role of the account's own that it gives the permission."""
    member = Member(ANYONE, HERE, frozenset(roles), frozenset(custom_roles))

    assert member.may_see_orders({"bookkeeper": ORDERS, "support": NONE}) is sees


def test_custom_role_opens_no_bot() -> None:
    """What an account permits to it is about orders and invoices alone."""
    member = Member(ANYONE, HERE, frozenset(), frozenset({"bookkeeper"}))

    assert not any([member.may_see(SHARED_BOT), member.may_manage(SHARED_BOT), member.sees_account])
