"""Who bills the accounts of a world: every service of invoices over the fakes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from botmeter.adapters.tax_rates import tax_table
from botmeter.domain.invoices import Invoice, InvoiceLine, IssuedInvoice, LineKind
from botmeter.domain.orders import Order
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.ports.invoices import BillingRequest
from botmeter.services.bill_accounts import BillAccount, FindDueBills, IssueInvoice, StartBillingRun
from botmeter.services.correct_invoices import CorrectInvoices
from botmeter.services.deliver_documents import DeliverDocuments
from botmeter.services.draft_invoices import Draft, DraftInvoices
from botmeter.services.explain_invoices import ExplainInvoices
from botmeter.services.show_orders import ShowOrders
from botmeter.services.work_billing_queue import WorkBillingQueue
from tests.fakes.demo import ACCOUNT
from tests.fakes.invoices import (
    FakeDocuments,
    FakeInvoices,
    FakeMailer,
    FakeParkedBills,
    FakeQueue,
    render,
    write_letter,
)
from tests.fakes.world import OPERATOR, Died, World

OCTOBER = BillingPeriod(2026, 10)
NOVEMBER = OCTOBER.next()
DECEMBER = NOVEMBER.next()
# October ends in Berlin on 31 October 23:00 UTC.
END = datetime(2026, 10, 31, 23, tzinfo=UTC)
GRACE = timedelta(hours=72)
DUE = END + GRACE
TAXES = tax_table()

Facts = tuple[str, LineKind, int, int]


@dataclass
class Desk:
    """Bills, delivers, shows, explains and corrects the invoices of a world."""

    world: World = field(default_factory=World)
    invoices: FakeInvoices = field(default_factory=FakeInvoices)
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    parked: FakeParkedBills = field(default_factory=FakeParkedBills)
    queue: FakeQueue = field(default_factory=FakeQueue)

    def __post_init__(self) -> None:
        accounts, usage, orders = self.world.accounts, self.world.usage, self.world.orders
        self.draft = DraftInvoices(accounts, usage, self.invoices, orders, self.world.billing, TAXES)
        self.issue_invoice = IssueInvoice(self.draft, self.invoices)
        self.bill = BillAccount(self.issue_invoice, self.parked)
        self.find = FindDueBills(accounts, self.invoices, self.parked, GRACE)
        self.start = StartBillingRun(self.find, self.invoices, self.parked, self.queue)
        self.deliver = DeliverDocuments(
            accounts=accounts,
            invoices=self.invoices,
            documents=self.documents,
            render=render,
            write_letter=write_letter,
            mailer=self.mailer,
            sender="bills@seller.eu",
        )
        self.work = WorkBillingQueue(self.bill, self.deliver)
        self.correct = CorrectInvoices(accounts, self.invoices, self.queue, self.parked)
        self.explain = ExplainInvoices(accounts, self.invoices, usage)
        self.show = ShowOrders(accounts, orders, self.invoices, self.documents, self.draft, self.explain)

    def use(
        self, day: date, count: int, bot_id: str = "bot_standard", plan: str = "standard@1", free: int = 0
    ) -> None:
        """Let a bot have had usage sessions, of which free credits have paid `free` micro-units."""
        key = TotalKey(day, plan)
        self.world.usage.counts[bot_id, key, Bucket(Unit.USAGE, 9)] += count
        self.world.usage.free_micros[bot_id, key] += free

    def run(self, now: datetime) -> list[str]:
        """The periods of the account that a run queues; the queue is left empty."""
        return [r.period.label for r in self.queued(now) if r.account_id == ACCOUNT.account_id]

    def queued(self, now: datetime) -> list[BillingRequest]:
        """What a run queues; the queue is left empty."""
        run = self.start(now)
        queued, self.queue.requests = self.queue.requests, []
        assert len(queued) == run.bills + run.documents
        return queued

    def issue(self, period: BillingPeriod = OCTOBER, *, approved: bool = False) -> IssuedInvoice | None:
        """The invoice of the account for a period, as soon as it may be made."""
        return self._issue(self.request(period, approved=approved))

    def _issue(self, request: BillingRequest) -> IssuedInvoice | None:
        return self.issue_invoice(request, request.requested_at)

    def issued(self, period: BillingPeriod = OCTOBER, *, approved: bool = False) -> IssuedInvoice:
        """The same, where there is something to bill."""
        found = self.issue(period, approved=approved)
        assert found is not None
        return found

    def request(
        self,
        period: BillingPeriod = OCTOBER,
        *,
        replaces: str = "",
        approved: bool = False,
        account_id: str = ACCOUNT.account_id,
    ) -> BillingRequest:
        """What the billing run asks for."""
        at = period.end(ACCOUNT.calendar) + GRACE
        return BillingRequest(account_id, period, at, replaces=replaces, approved=approved)

    def drawn_up(self, period: BillingPeriod, *, replaces: str = "") -> Draft:
        """What would be billed at the time of the billing run."""
        at = period.end(ACCOUNT.calendar) + GRACE
        return self.draft(ACCOUNT.account_id, period, at, replaces=replaces)

    def lines(self, period: BillingPeriod = OCTOBER) -> list[Facts]:
        """Month, kind, quantity and amount of the lines of an invoice; none if there is nothing to bill."""
        issued = self.issue(period)
        return [facts(line) for line in issued.invoice.lines] if issued else []

    def voided(self, period: BillingPeriod = OCTOBER) -> IssuedInvoice:
        """The invoice of a period, void."""
        number = self.issued(period).invoice.number
        return self.correct.void(OPERATOR, number, "wrong customer", DUE + GRACE)

    def replaced(self, period: BillingPeriod = OCTOBER) -> IssuedInvoice:
        """The invoice in place of a period's, which is made void."""
        number = self.voided(period).invoice.number
        replaced = self._issue(self.request(period, replaces=number))
        assert replaced is not None
        return replaced

    def counted(self) -> list[Invoice]:
        """The invoices that nothing has replaced, in the order of their numbers."""
        return [one.invoice for _, one in sorted(self.invoices.issued.items()) if not one.replaced_by]

    def work_all(self, now: datetime = DUE, deaths: int = 0) -> None:
        """Do what is queued; a message whose work died `deaths` times comes again."""
        for request in self._received():
            for _ in range(deaths):
                try:
                    self.work(request, now)
                except Died:
                    continue
            self.work(request, now)

    def order(self) -> Order:
        """The one order of the account."""
        (order,) = self.world.billing.known_orders.values()
        return order

    def _received(self) -> Iterator[BillingRequest]:
        while self.queue.requests:
            yield self.queue.requests.pop(0)


def facts(line: InvoiceLine) -> Facts:
    """Month, kind, quantity and amount of a line."""
    return line.service_period.label, line.kind, line.quantity, line.amount_minor
