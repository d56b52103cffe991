"""The services of invoices over the adapters, each made when it is first asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from botmeter.bootstrap.adapters import Adapters

if TYPE_CHECKING:
    from botmeter.adapters.dynamo.stamped_prices import DynamoStampedPrices
    from botmeter.ports.invoices import DocumentRenderer, LetterWriter
    from botmeter.services.bill_accounts import FindDueBills, IssueInvoice, StartBillingRun
    from botmeter.services.correct_invoices import CorrectInvoices
    from botmeter.services.draft_invoices import DraftInvoices
    from botmeter.services.explain_invoices import ExplainInvoices
    from botmeter.services.show_orders import ShowOrders
    from botmeter.services.work_billing_queue import WorkBillingQueue


@dataclass(frozen=True)
class Invoicing(Adapters):
    """What draws up, issues, delivers, shows, explains and corrects invoices."""

    @cached_property
    def draft_invoices(self) -> "DraftInvoices":
        """Draws up drafts."""
        from botmeter.services.draft_invoices import DraftInvoices

        return DraftInvoices(
            accounts=self.accounts,
            usage=self.usage,
            invoices=self.invoices,
            orders=self.orders,
            balances=self.billing,
            taxes=self.tax_table,
        )

    @cached_property
    def find_due_bills(self) -> "FindDueBills":
        """Finds the accounts whose period is over."""
        from botmeter.services.bill_accounts import FindDueBills

        return FindDueBills(self.accounts, self.invoices, self.parked, self.settings.invoice_grace)

    @cached_property
    def start_billing_run(self) -> "StartBillingRun":
        """Queues the accounts whose period is over."""
        from botmeter.services.bill_accounts import StartBillingRun

        return StartBillingRun(self.find_due_bills, self.invoices, self.parked, self.billing_queue)

    @cached_property
    def issue_invoice(self) -> "IssueInvoice":
        """Issues invoices."""
        from botmeter.services.bill_accounts import IssueInvoice

        return IssueInvoice(self.draft_invoices, self.invoices)

    def work_billing_queue(
        self, render: "DocumentRenderer", write_letter: "LetterWriter"
    ) -> "WorkBillingQueue":
        """Does what the queue asks for, with documents and letters as they are made there."""
        from botmeter.services.bill_accounts import BillAccount
        from botmeter.services.deliver_documents import DeliverDocuments
        from botmeter.services.work_billing_queue import WorkBillingQueue

        deliver = DeliverDocuments(
            accounts=self.accounts,
            invoices=self.invoices,
            documents=self.documents,
            render=render,
            write_letter=write_letter,
            mailer=self.mailer,
            sender=self.settings.mail_sender,
        )
        return WorkBillingQueue(BillAccount(self.issue_invoice, self.parked), deliver)

    @cached_property
    def correct_invoices(self) -> "CorrectInvoices":
        """What the operator does to invoices and parked bills."""
        from botmeter.services.correct_invoices import CorrectInvoices

        return CorrectInvoices(self.accounts, self.invoices, self.billing_queue, self.parked)

    @cached_property
    def stamped_prices(self) -> "DynamoStampedPrices":
        """The prices that usage records were written with."""
        from botmeter.adapters.dynamo.stamped_prices import DynamoStampedPrices

        return DynamoStampedPrices(self.client("dynamodb"), self.settings.usage_table)

    @cached_property
    def explain_invoices(self) -> "ExplainInvoices":
        """The usage records behind lines."""
        from botmeter.services.explain_invoices import ExplainInvoices

        return ExplainInvoices(self.accounts, self.invoices, self.usage)

    @cached_property
    def show_orders(self) -> "ShowOrders":
        """Answers for Orders & Invoices."""
        from botmeter.services.show_orders import ShowOrders

        return ShowOrders(
            accounts=self.accounts,
            orders=self.orders,
            invoices=self.invoices,
            documents=self.documents,
            draft=self.draft_invoices,
            explain=self.explain_invoices,
        )
