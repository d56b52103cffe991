"""An operator moves an account to another time zone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from botmeter.domain.accounts import Account
from botmeter.domain.audit import SYSTEM
from botmeter.domain.errors import Conflict, NotFound, Refused
from botmeter.domain.periods import Move
from botmeter.services.move_account import MoveAccount
from tests.fakes.accounts import FakeAccounts
from tests.fakes.demo import ACCOUNT
from tests.fakes.world import NOW, OPERATOR, World

ACME = ACCOUNT.account_id
DAY = timedelta(days=1)
KOLKATA = Move(date(2026, 11, 1), "Asia/Kolkata")


def test_account_moves_with_the_next_period() -> None:
    """What it was called before stays its first zone."""
    world = World()
    moved = world.operate.move_account(OPERATOR, ACME, "Asia/Kolkata", NOW)

    assert moved == replace(ACCOUNT, moves=(KOLKATA,)) == world.accounts.account(ACME)
    assert moved.calendar.zone_at(NOW).key == "Europe/Berlin"


def test_move_is_in_the_audit_trail() -> None:
    """Of the account, not of a bot: from where, to where, from which day on, and who said so."""
    world = World()
    world.operate.move_account(OPERATOR, ACME, "Asia/Kolkata", NOW)
    world.operate.move_account(OPERATOR, ACME, "Asia/Tokyo", NOW + DAY)
    entries = world.operate.audit_of(OPERATOR, ACME, 10, None).items

    assert [(e.operation, e.actor.actor_id, e.bot_id) for e in entries] == [
        ("account.moved", "u-operator", "")
    ] * 2
    assert [(e.before, e.after) for e in reversed(entries)] == [
        ({"time_zone": "Europe/Berlin"}, {"time_zone": "Asia/Kolkata", "from": "2026-11-01"}),
        (
            {"time_zone": "Asia/Kolkata", "from": "2026-11-01"},
            {"time_zone": "Asia/Tokyo", "from": "2026-11-01"},
        ),
    ]
    assert len({e.entry_id for e in entries}) == 2


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Berlin"])
def test_same_move_again_writes_nothing(zone: str) -> None:
    """Nor does a move to where the account is."""
    world = World()
    times = [NOW + days * DAY for days in (0, 3, 26, 60)]
    answers = [world.operate.move_account(OPERATOR, ACME, zone, at).moves for at in times]

    moves = (KOLKATA,) if zone == "Asia/Kolkata" else ()
    assert answers == [moves] * len(times)
    assert len(world.operate.audit_of(OPERATOR, ACME, 10, None).items) == len(moves)


@pytest.mark.parametrize("zone", ["Europe/Bonn", "", "../UTC", "europe/berlin"])
def test_zone_that_is_none(zone: str) -> None:
    """Names are those of the IANA, letter by letter."""
    with pytest.raises(Refused, match="time_zone: must be an IANA time zone"):
        World().operate.move_account(OPERATOR, ACME, zone, NOW)


def test_account_that_is_none() -> None:
    """It is not found."""
    with pytest.raises(NotFound):
        World().operate.move_account(OPERATOR, "acct_none", "Asia/Tokyo", NOW)


class Hurried(FakeAccounts):
    """Accounts that somebody else writes between the read and the write of another."""

    def overtake(self, change: Callable[[Account], Account]) -> None:
        self.change: Callable[[Account], Account] | None = change

    def account(self, account_id: str) -> Account:
        found = super().account(account_id)
        change, self.change = self.change, None
        if change is not None:
            self.put_account(change(found))
        return found


def test_two_operators_do_not_overwrite_each_other() -> None:
    """Who was slower is told, and may look again."""
    accounts = Hurried()
    accounts.overtake(lambda account: replace(account, moves=(KOLKATA,)))
    with pytest.raises(Conflict):
        MoveAccount(accounts, accounts)(ACME, "Asia/Tokyo", SYSTEM, NOW)

    assert accounts.account(ACME).moves == (KOLKATA,)
    assert accounts.trail == []
