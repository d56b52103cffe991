"""Move an account to another time zone, from the start of a billing period that is yet to come."""

from dataclasses import dataclass, replace
from datetime import datetime

from botmeter.domain.accounts import Account
from botmeter.domain.audit import Actor, AuditEntry
from botmeter.domain.errors import Refused
from botmeter.domain.periods import time_zones
from botmeter.ports.accounts import AccountRepository, AccountWriter


@dataclass(frozen=True, slots=True)
class MoveAccount:
    """Changes the time zone of accounts. Nothing that is metered or billed already is reckoned anew."""

    accounts: AccountRepository
    writer: AccountWriter

    def __call__(self, account_id: str, time_zone: str, actor: Actor, now: datetime) -> Account:
        """Let days be those of `time_zone`, from the first period that starts a day from `now` or later.

        A move that was to take effect later than that is replaced; the present zone only takes it back. Asked
        again, it changes nothing. Raises `NotFound`, `Refused` for a zone that is none, and `Conflict` if
        somebody else changes the account at the same time.
        """
        if time_zone not in time_zones():
            raise Refused("time_zone", "must be an IANA time zone such as Europe/Berlin")
        account = self.accounts.account(account_id)
        moved = replace(account, moves=account.calendar.moved(time_zone, now).moves)
        if moved != account:
            self.writer.put_account(moved, _entry(account, moved, actor, now))
        return self.accounts.account(account_id)


def _entry(before: Account, after: Account, actor: Actor, now: datetime) -> AuditEntry:
    """What the audit trail says of a move; it is of the account and of no bot."""
    return AuditEntry(
        entry_id=f"account:{before.revision}",
        at=now,
        actor=actor,
        operation="account.moved",
        account_id=before.account_id,
        before=_facts(before),
        after=_facts(after),
    )


def _facts(account: Account) -> dict[str, str]:
    """The zone that applies when all is done, and from which day on if it does not from the first."""
    since = {"from": account.moves[-1].first_day.isoformat()} if account.moves else {}
    return {"time_zone": account.calendar.latest_time_zone, **since}
