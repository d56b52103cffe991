"""Check entitlement: may this bot answer now?"""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.balances import Entitlement
from botmeter.domain.members import Member
from botmeter.ports.billing import BillingStore


@dataclass(frozen=True, slots=True)
class CheckEntitlement:
    """Asked by bot runtimes before they answer, so it reads one item and computes nothing."""

    billing: BillingStore

    def __call__(self, member: Member, bot_id: str, now: datetime) -> Entitlement:
        """What holds for a bot of the member's account at `now`; raises `NotFound`."""
        return self.billing.balance(member.account_id, bot_id).standing.entitlement_at(now)
