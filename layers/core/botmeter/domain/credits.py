"""Credits: grants, the order in which they are used, and what is left.

All amounts are micro-units of the account's currency. A bot has a wallet, and the account has one that
all of its prepaid bots share. What is left of the grants, less what sessions took beyond them, is the
balance; every change of it is an entry of the ledger.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

_NEVER = datetime.max.replace(tzinfo=UTC)
# Used grants are kept for a while, for what late events give back.
_USED_GRANTS_KEPT = 10


class GrantKind(StrEnum):
    """Where a credit comes from."""

    FREE = "free"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Grant:
    """Credit of `amount_micros`, of which `remaining_micros` are left until it expires."""

    grant_id: str
    kind: GrantKind
    amount_micros: int
    remaining_micros: int
    granted_at: datetime
    expires_at: datetime | None = None

    def has_expired(self, instant: datetime) -> bool:
        """Whether nothing can be taken from it any more at `instant`."""
        return self.expires_at is not None and instant >= self.expires_at


class EntryReason(StrEnum):
    """Why a balance changed."""

    TOP_UP = "top_up"
    FREE_CREDITS = "free_credits"
    USAGE = "usage"
    CORRECTION = "correction"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of a balance, and the balance after it. `reference` names the order, settlement or grant.

    `bot_id` and the sessions say whose use took credit; negative sessions were taken back.
    """

    at: datetime
    reason: EntryReason
    amount_micros: int
    balance_micros: int
    reference: str
    bot_id: str = ""
    usage_sessions: int = 0
    alert_sessions: int = 0


@dataclass(frozen=True, slots=True)
class Wallet:
    """Grants, and what sessions took when nothing was left. Below zero is possible: by sessions alone."""

    grants: tuple[Grant, ...] = ()
    overdraft_micros: int = 0

    @property
    def balance_micros(self) -> int:
        """What is left."""
        return sum(grant.remaining_micros for grant in self.grants) - self.overdraft_micros

    def spendable_micros(self, instant: datetime, kind: GrantKind | None = None) -> int:
        """What is left at `instant` of grants (of one kind) that have not expired, less the overdraft."""
        left = sum(
            g.remaining_micros for g in self.grants if not g.has_expired(instant) and kind in {None, g.kind}
        )
        return left if kind else left - self.overdraft_micros

    def next_expiry(self, now: datetime) -> datetime | None:
        """When the next grant expires of which something is left."""
        times = [g.expires_at for g in self.grants if g.remaining_micros and g.expires_at]
        times = [expires_at for expires_at in times if expires_at > now]
        return min(times, default=None)

    def credited(self, grant: Grant) -> "Wallet":
        """The wallet with a new grant, which first pays what is owed; the same if it is there."""
        if any(g.grant_id == grant.grant_id for g in self.grants):
            return self
        paid = min(self.overdraft_micros, grant.remaining_micros)
        added = replace(grant, remaining_micros=grant.remaining_micros - paid)
        return Wallet(_without_old(self.grants, added), self.overdraft_micros - paid)

    def expired(self, now: datetime) -> tuple["Wallet", list[Grant]]:
        """The wallet without grants that have expired, and those of them of which something was left."""
        gone = [grant for grant in self.grants if grant.has_expired(now)]
        kept = tuple(grant for grant in self.grants if not grant.has_expired(now))
        return Wallet(kept, self.overdraft_micros), [grant for grant in gone if grant.remaining_micros]

    def extended(self, until: datetime, now: datetime) -> "Wallet":
        """The wallet with its free grants that have not expired lasting at least `until`."""
        return replace(self, grants=tuple(_last_until(grant, until, now) for grant in self.grants))

    def _taken(self, amounts: dict[str, int]) -> "Wallet":
        """The wallet with an amount less of each grant named (a negative amount gives back)."""
        grants = (
            replace(g, remaining_micros=g.remaining_micros - amounts.get(g.grant_id, 0)) for g in self.grants
        )
        return replace(self, grants=tuple(grants))


def take(own: Wallet, shared: Wallet, amount_micros: int) -> tuple[Wallet, Wallet]:
    """The wallets after sessions for `amount_micros`. Neither may hold grants that have expired.

    Used are first what expires first, then free before paid, then the oldest. What no grant covers, the
    bot owes.
    """
    left, taken = amount_micros, {}
    for grant in _in_order((*own.grants, *shared.grants)):
        taken[grant.grant_id] = min(left, grant.remaining_micros)
        left -= taken[grant.grant_id]
    own = own._taken(taken)  # noqa: SLF001 (the two wallets are burnt as one)
    return replace(own, overdraft_micros=own.overdraft_micros + left), shared._taken(taken)  # noqa: SLF001


def give_back(
    own: Wallet, shared: Wallet, amount_micros: int, now: datetime, reference: str
) -> tuple[Wallet, Wallet]:
    """The wallets after `amount_micros` of sessions turned out not to have been.

    First what the bot owes is less, then grants are filled again, the last one used first. What finds no
    room, since its grants are gone, is a new paid grant: nobody loses money by a correction.
    """
    repaid = min(own.overdraft_micros, amount_micros)
    left, given = amount_micros - repaid, {}
    for grant in reversed(_in_order((*own.grants, *shared.grants))):
        amount = min(left, grant.amount_micros - grant.remaining_micros)
        given[grant.grant_id] = -amount
        left -= amount
    own = replace(own._taken(given), overdraft_micros=own.overdraft_micros - repaid)  # noqa: SLF001
    if left:
        own = own.credited(Grant(reference, GrantKind.PAID, left, left, now))
    return own, shared._taken(given)  # noqa: SLF001


def _in_order(grants: Iterable[Grant]) -> list[Grant]:
    """Grants in the order in which they are used."""
    return sorted(
        grants, key=lambda g: (g.expires_at or _NEVER, g.kind is GrantKind.PAID, g.granted_at, g.grant_id)
    )


def _last_until(grant: Grant, until: datetime, now: datetime) -> Grant:
    """A free grant that expires at `until` if it would before; any other as it is."""
    if grant.kind is GrantKind.PAID or grant.has_expired(now) or grant.expires_at is None:
        return grant
    return replace(grant, expires_at=max(until, grant.expires_at))


def _without_old(grants: tuple[Grant, ...], added: Grant) -> tuple[Grant, ...]:
    """All grants with something left, and the newest of the used ones."""
    used = sorted((g for g in grants if not g.remaining_micros), key=lambda g: g.granted_at)
    dropped = {g.grant_id for g in used[:-_USED_GRANTS_KEPT]}
    return (*(g for g in grants if g.grant_id not in dropped), added)
