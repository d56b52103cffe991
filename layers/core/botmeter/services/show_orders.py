"""Show orders: the Orders & Invoices page of an account."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.errors import NotAllowed, NotAvailable
from botmeter.domain.invoices import IssuedInvoice
from botmeter.domain.members import Member
from botmeter.domain.orders import Order
from botmeter.domain.plans import PlanKind
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import OrderRepository
from botmeter.ports.invoices import InvoiceRepository, InvoiceStore


@dataclass(frozen=True, slots=True)
class ShowOrders:
    """Answers what an account has bought and was billed."""

    accounts: AccountRepository
    orders: OrderRepository
    invoices: InvoiceRepository
    documents: InvoiceStore

    def history(self, member: Member, now: datetime) -> list[Order | IssuedInvoice]:
        """Orders and invoices of the member's account, newest first."""
        self._require_access(member, now)
        entries: list[Order | IssuedInvoice] = [
            *self.orders.of_account(member.account_id),
            *self.invoices.of_account(member.account_id),
        ]
        return sorted(entries, key=_newest_first, reverse=True)

    def order(self, member: Member, order_id: str) -> Order:
        """One order of a bot that the member manages; `NotFound` for any other."""
        order = self.orders.order(member.account_id, order_id)
        if not member.may_manage(self.accounts.bot(member.account_id, order.bot_id)):
            raise NotAllowed("an order is for the owner of its bot and for billing admins")
        return order

    def invoice(self, member: Member, number: str, now: datetime) -> IssuedInvoice:
        """One invoice of the member's account; `NotFound` for any other number."""
        self._require_access(member, now)
        return self.invoices.by_number(member.account_id, number)

    def download_url(self, member: Member, number: str, now: datetime) -> str:
        """A link to the PDF that expires soon."""
        issued = self.invoice(member, number, now)
        if issued.pdf_sha256 is None:
            raise NotAvailable("the document of this invoice is still being made")
        return self.documents.download_url(issued.pdf_key, f"{number}.pdf")

    def _require_access(self, member: Member, now: datetime) -> None:
        """Raise unless the role permits it and the account is not one under contract."""
        if not member.is_billing_admin:
            raise NotAllowed("orders and invoices are for billing admins")
        bots = self.accounts.bots(member.account_id)
        if bots and all(bot.plan_at(now).kind is PlanKind.ENTERPRISE for bot in bots):
            raise NotAvailable("orders and invoices are not available on the Enterprise plan")


def _newest_first(entry: Order | IssuedInvoice) -> tuple[datetime, str]:
    """Key by time, then by name so that the order is always the same."""
    if isinstance(entry, Order):
        return entry.ordered_at, entry.order_id
    return entry.invoice.issued_at, entry.invoice.number
