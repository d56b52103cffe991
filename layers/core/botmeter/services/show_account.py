"""Show account: what any member may know of the own account, and what the member may do in it."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.accounts import Account
from botmeter.domain.errors import BotmeterError, NotAllowed
from botmeter.domain.members import Member, Role
from botmeter.domain.operations import shared_ledger_refusal
from botmeter.domain.orders import PaymentMethod
from botmeter.domain.orders_access import orders_refusal
from botmeter.ports.accounts import AccountRepository


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as a member of it sees it `at` a time.

    `orders_refusal` says why it has no orders and invoices for the member, `ledger_refusal` why no ledger of
    shared credits; None if it has.
    `payment_methods` are those that its orders may be paid by.
    """

    account: Account
    member: Member
    at: datetime
    orders_refusal: str | None
    ledger_refusal: str | None
    payment_methods: tuple[PaymentMethod, ...]


@dataclass(frozen=True, slots=True)
class ShowAccount:
    """Answers what a member may know of the own account. `payment_methods` are those of the stack."""

    accounts: AccountRepository
    payment_methods: tuple[PaymentMethod, ...]

    def __call__(self, member: Member, now: datetime) -> AccountView:
        """The account of `member`.

        Raises `NotFound` if there is none, and `NotAllowed` unless the member has a role in it: one that is
        built in, or one of its own that it permits to see orders and invoices.
        """
        account = self.accounts.account(member.account_id)
        if not (member.roles - {Role.OPERATOR} or member.may_see_orders(account.roles)):
            raise NotAllowed("an account is for its members and for roles that it lets see something")
        refusal = orders_refusal(member, account, self.accounts.bots(member.account_id), now)
        return AccountView(
            account, member, now, _text(refusal), _text(shared_ledger_refusal(member)), self.payment_methods
        )


def _text(refusal: BotmeterError | None) -> str | None:
    """What a refusal says."""
    return None if refusal is None else str(refusal)
