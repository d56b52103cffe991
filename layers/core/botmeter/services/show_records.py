"""Show records: ledgers and the audit trail."""

from dataclasses import dataclass

from botmeter.domain.audit import AuditEntry
from botmeter.domain.credits import LedgerEntry
from botmeter.domain.errors import NotAllowed
from botmeter.domain.members import Member
from botmeter.domain.operations import shared_ledger_refusal
from botmeter.ports.billing import AuditTrail, BillingStore, Page
from botmeter.services.show_bots import ShowBots


@dataclass(frozen=True, slots=True)
class ShowRecords:
    """Answers what was done and what became of the money, newest first."""

    bots: ShowBots
    billing: BillingStore
    audit: AuditTrail

    def ledger(self, member: Member, bot_id: str, limit: int, cursor: str | None) -> Page[LedgerEntry]:
        """Entries of a bot's ledger; raises `NotFound`, `NotAllowed`, `ValueError` for a bad cursor."""
        bot = self.bots.one(member, bot_id)
        return self.billing.ledger(bot.account_id, bot.bot_id, limit, cursor)

    def shared_ledger(self, member: Member, limit: int, cursor: str | None) -> Page[LedgerEntry]:
        """Entries of the account's shared credits; raises as `ledger`."""
        if (refusal := shared_ledger_refusal(member)) is not None:
            raise refusal
        return self.billing.ledger(member.account_id, "", limit, cursor)

    def audit_trail(self, member: Member, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """What was changed in the member's account; raises `NotAllowed`, `ValueError` for a bad cursor."""
        if not member.is_billing_admin:
            raise NotAllowed("the audit trail is for billing admins")
        return self.audit.of_account(member.account_id, limit, cursor)
