"""Who may read what the orders and invoices of an account are about."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.accounts import Account
from botmeter.domain.errors import NotAllowed, NotAvailable
from botmeter.domain.members import Member
from botmeter.domain.orders_access import orders_refusal
from botmeter.ports.accounts import AccountRepository


@dataclass(frozen=True, slots=True)
class OrdersAccess:
    """Lets members read orders and invoices, and what is behind them."""

    accounts: AccountRepository

    def require(self, member: Member, now: datetime) -> Account:
        """The member's account; raises unless the member sees its orders and invoices."""
        account = self.accounts.account(member.account_id)
        if (refusal := self._refusal(member, account, now)) is not None:
            raise refusal
        return account

    def refusal(self, member: Member, now: datetime) -> NotAllowed | NotAvailable | None:
        """Why the member does not see them; None if it does."""
        return self._refusal(member, self.accounts.account(member.account_id), now)

    def _refusal(self, member: Member, account: Account, now: datetime) -> NotAllowed | NotAvailable | None:
        return orders_refusal(member, account, self.accounts.bots(account.account_id), now)
