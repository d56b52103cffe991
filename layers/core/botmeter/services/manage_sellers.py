"""Manage sellers: the legal entities that bill accounts, which the operator sets up."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from botmeter.domain.audit import Actor, AuditEntry, differences
from botmeter.domain.errors import NotFound, Refused
from botmeter.domain.members import Member
from botmeter.domain.parties import Seller
from botmeter.domain.periods import to_ms
from botmeter.ports.accounts import AccountRepository, AccountWriter
from botmeter.ports.billing import AuditTrail, Page
from botmeter.services.actors import actor_of, require_operator
from botmeter.services.check_parties import Checked, CheckParties

_PREFIXES = ("invoice_prefix", "credit_note_prefix")


@dataclass(frozen=True, slots=True)
class ManageSellers:
    """Every call raises `NotAllowed` for anybody but an operator."""

    accounts: AccountRepository
    writer: AccountWriter
    check: CheckParties
    audit: AuditTrail

    def all_sellers(self, operator: Member) -> list[Seller]:
        """All sellers, by code."""
        require_operator(operator)
        return self.accounts.sellers()

    def checked(self, operator: Member, seller: Seller, now: datetime) -> Checked[Seller]:
        """What is wrong with `seller`, by itself and beside those that there are."""
        found = self.check.seller(seller, now.date())
        present = {known.code: known for known in self.all_sellers(operator)}
        return Checked(found.party, (*found.faults, *_prefix_faults(seller, present)))

    def put(self, operator: Member, seller: Seller, now: datetime) -> Seller:
        """Add or replace a seller, as it is then kept; the same again changes nothing.

        Raises `Refused` if anything is wrong, `Conflict` if another seller takes a prefix meanwhile.
        """
        wanted = self.checked(operator, seller, now).required()
        present = self._present(seller.code)
        if wanted != present:
            self.writer.put_seller(wanted, _entry(present, wanted, actor_of(operator), now))
        return wanted

    def audit_of(self, operator: Member, code: str, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """Who changed what of a seller, newest first; raises `NotFound`, `ValueError` for a bad cursor."""
        require_operator(operator)
        return self.audit.of_account(_trail(self.accounts.seller(code).code), limit, cursor)

    def _present(self, code: str) -> Seller | None:
        """The seller as it is, if there is one."""
        try:
            return self.accounts.seller(code)
        except NotFound:
            return None


def _prefix_faults(seller: Seller, present: Mapping[str, Seller]) -> Iterator[Refused]:
    """What keeps a seller from its prefixes: they number documents, so they never change hands, or at all."""
    taken = {
        getattr(other, name): other.code
        for other in present.values()
        if other.code != seller.code
        for name in _PREFIXES
    }
    known = present.get(seller.code)
    for name in _PREFIXES:
        prefix = getattr(seller, name)
        if known and prefix != getattr(known, name):
            yield Refused(name, f"must stay {getattr(known, name)}: documents are numbered with it")
        elif prefix in taken:
            yield Refused(name, f"must be another: {prefix} is that of the seller {taken[prefix]}")


def _entry(before: Seller | None, after: Seller, actor: Actor, now: datetime) -> AuditEntry:
    """The audit entry of a change: what is no more, and what is now."""
    old, new = differences(asdict(before) if before else {}, asdict(after))
    return AuditEntry(
        entry_id=f"{after.code}:{to_ms(now)}",
        at=now,
        actor=actor,
        operation="seller.changed" if before else "seller.added",
        account_id=_trail(after.code),
        before=old,
        after=new,
    )


def _trail(code: str) -> str:
    """What stands for an account in the audit trail of a seller; no account is called so."""
    return f"seller/{code}"
