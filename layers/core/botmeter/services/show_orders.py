"""Show orders: the Orders & Invoices page of an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.accounts import Account
from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.errors import Conflict, NotFound
from botmeter.domain.explanations import RecordShare
from botmeter.domain.history import BilledOrder, Entry, billing_day, entry_status
from botmeter.domain.invoices import Invoice, IssuedInvoice
from botmeter.domain.members import Member
from botmeter.domain.operations import Operation, Possibility, order_possibilities, order_refusal
from botmeter.domain.orders import Order
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import OrderRepository
from botmeter.ports.invoices import DocumentFormat, DocumentStore, InvoiceRepository
from botmeter.services.actors import require_operator
from botmeter.services.draft_invoices import DraftInvoices
from botmeter.services.explain_invoices import ExplainInvoices
from botmeter.services.orders_access import OrdersAccess


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order, and what the member who looks at it can do to it."""

    order: Order
    operations: Mapping[Operation, Possibility]


@dataclass(frozen=True, slots=True)
class ShowOrders:
    """Answers what an account has bought and was billed.

    Every call raises `NotAllowed` for members whose role does not permit it, and `NotAvailable` for
    accounts under contract.
    """

    accounts: AccountRepository
    orders: OrderRepository
    invoices: InvoiceRepository
    documents: DocumentStore
    draft: DraftInvoices
    explain: ExplainInvoices

    def history(
        self, member: Member, now: datetime, *, year: int | None = None, status: str | None = None
    ) -> list[Entry]:
        """Orders, invoices and credit notes of the member's account, newest first.

        Only those whose billing day is in `year`, and those that stand as one of `ENTRY_STATUSES` says, if
        asked: a credit note stands in none of these ways.
        """
        calendar = self._require_access(member, now).calendar
        return [
            entry
            for entry in self._entries(member.account_id)
            if (year is None or billing_day(entry, calendar).year == year)
            and (status is None or entry_status(entry) == status)
        ]

    def order(self, member: Member, order_id: str, now: datetime) -> OrderView:
        """One order of the member's account: of a bot that it manages, or any where it sees all of them.

        `NotFound` for one that the account does not have.
        """
        if not member.roles:
            # Roles of the account's own: what there is, only those learn who may see it.
            self._require_access(member, now)
        order = self.orders.order(member.account_id, order_id)
        bot = self.accounts.bot(member.account_id, order.bot_id)
        if member.roles and not member.may_manage(bot):
            self._require_access(member, now)
        return OrderView(order, order_possibilities(member, bot, order))

    def managed(self, member: Member, order_id: str) -> Order:
        """One order of a bot that the member manages, to pay or to cancel; raises as `order`."""
        order = self.orders.order(member.account_id, order_id)
        refusal = order_refusal(member, self.accounts.bot(member.account_id, order.bot_id))
        if refusal is not None:
            raise refusal
        return order

    def invoice(self, member: Member, number: str, now: datetime) -> IssuedInvoice:
        """One invoice of the member's account; `NotFound` for any other number."""
        self._require_access(member, now)
        return self.invoices.by_number(member.account_id, number)

    def records(self, member: Member, number: str, line: int, now: datetime) -> Sequence[RecordShare]:
        """The usage records behind a line (1, 2, …) of an invoice, and what each adds to it.

        Lines that count the same, such as included sessions and those beyond, have the same records. Empty
        for a line that counts no sessions. Raises `NotFound` for a line that there is not.
        """
        explanation = self.explain.line(self.invoice(member, number, now), line)
        return explanation.records if explanation else ()

    def credit_note(self, member: Member, number: str, now: datetime) -> IssuedCreditNote:
        """One credit note of the member's account; `NotFound` for any other number."""
        self._require_access(member, now)
        return self.invoices.credit_note(member.account_id, number)

    def preview(self, member: Member, now: datetime) -> Invoice:
        """What would be billed for the running period as of `now`: a draft, without a number."""
        self._require_access(member, now)
        return self.draft.running(member.account_id, now)

    def download_url(self, member: Member, number: str, form: DocumentFormat, now: datetime) -> str:
        """A link to a form of an invoice that expires soon.

        Raises `Conflict` while it is being made, `NotFound` for a form that it does not have.
        """
        return self._link(number, self.invoice(member, number, now), form)

    def credit_note_url(self, member: Member, number: str, form: DocumentFormat, now: datetime) -> str:
        """A link to a form of a credit note; as `download_url`."""
        return self._link(number, self.credit_note(member, number, now), form)

    def any_url(self, operator: Member, number: str, form: DocumentFormat) -> str:
        """A link to a form of any account's invoice or credit note; as `download_url`, for operators."""
        require_operator(operator)
        return self._link(number, self._any(self.invoices.named(number).account_id, number), form)

    def _entries(self, account_id: str) -> list[Entry]:
        """The whole history of an account, newest first."""
        issued = self.invoices.of_account(account_id)
        # The newest last: an order of a period that was billed anew is on the invoice that stands.
        listed = {o.order_id: one.invoice.number for one in reversed(issued) for o in one.invoice.orders}
        orders = self.orders.of_account(account_id)
        entries: list[Entry] = [
            *(BilledOrder(order, listed.get(order.order_id)) for order in orders),
            *issued,
            *self.invoices.credit_notes(account_id, issued),
        ]
        return sorted(entries, key=_newest_first, reverse=True)

    def _any(self, account_id: str, number: str) -> IssuedInvoice | IssuedCreditNote:
        """An invoice or a credit note of an account; raises `NotFound`."""
        try:
            return self.invoices.by_number(account_id, number)
        except NotFound:
            return self.invoices.credit_note(account_id, number)

    def _link(self, number: str, issued: IssuedInvoice | IssuedCreditNote, form: DocumentFormat) -> str:
        """A link to a document."""
        if issued.document_sha256 is None:
            raise Conflict("the document is still being made; try again in a minute")
        if form is DocumentFormat.UBL and not issued.is_electronic:
            raise NotFound("this document has no electronic form: its currency or its parties allow none")
        return self.documents.download_url(issued.document_key, form, number)

    def _require_access(self, member: Member, now: datetime) -> Account:
        """The member's account; raises unless the member sees its orders and invoices."""
        return OrdersAccess(self.accounts).require(member, now)


def _newest_first(entry: Entry) -> tuple[datetime, str]:
    """Key by time, then by name so that the order is always the same."""
    match entry:
        case BilledOrder(order):
            return entry.order.ordered_at, order.order_id
        case IssuedInvoice():
            return entry.invoice.issued_at, entry.invoice.number
        case IssuedCreditNote():
            return entry.note.issued_at, entry.note.number
