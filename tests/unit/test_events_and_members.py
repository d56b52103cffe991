"""What events are taken, and who may see what."""

import pytest

from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import RETENTION_MS, Sighting, require_identifier, require_timely
from botmeter.domain.members import Member, Role
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
    with pytest.raises(InvalidEvent, match="account: must be"):
        require_identifier("account", value)


def test_identifier_is_returned() -> None:
    """A good one passes."""
    assert require_identifier("account", "a.B_9:@-") == "a.B_9:@-"


@pytest.mark.parametrize(
    ("account_id", "user_id", "roles", "sees", "sees_invoices"),
    [
        ("acct_acme", "u-1", {Role.BILLING_ADMIN}, True, True),
        ("acct_acme", "u-1", {Role.VIEWER}, True, False),
        ("acct_acme", "u-1", {Role.BOT_OWNER}, False, False),
        ("acct_acme", "u-owner", {Role.BOT_OWNER}, True, False),
        ("acct_other", "u-owner", {Role.BILLING_ADMIN}, False, True),
    ],
)
def test_what_members_see(
    account_id: str, user_id: str, roles: set[Role], sees: bool, sees_invoices: bool
) -> None:
    """Roles open the own account only; a bot owner sees own bots."""
    member = Member(user_id, account_id, frozenset(roles))

    assert member.may_see(bot(STANDARD)) is sees
    assert member.may_see_invoices is sees_invoices
