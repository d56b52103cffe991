"""Invoices and the sequence of their numbers in the billing table."""

import random
import time
from dataclasses import replace

from pynamodb.exceptions import DoesNotExist

from botmeter.adapters.dynamo.keys import account_key
from botmeter.adapters.dynamo.models import ClosedPeriodItem, InvoiceItem, InvoiceNumberItem, SequenceItem
from botmeter.adapters.dynamo.snapshots import from_snapshot, to_snapshot
from botmeter.adapters.dynamo.transactions import billing_errors, transaction
from botmeter.domain.errors import Conflict, NotFound, StoreUnavailable
from botmeter.domain.invoices import Invoice, IssuedInvoice, invoice_number
from botmeter.domain.periods import BillingPeriod

# Runs that draw at the same time wait for one another, each a random while.
_ATTEMPTS = 30
_LONGEST_PAUSE_S = 0.2


class DynamoInvoices:
    """Invoices; number and claim of (account, period) are one transaction."""

    def claim(self, invoice: Invoice) -> IssuedInvoice:
        """Store `invoice` under the next number, or return the one that its period has already."""
        for _ in range(_ATTEMPTS):
            try:
                return self._store(invoice, self._last_number())
            except Conflict:
                existing = self.find(invoice.account_id, invoice.period)
                if existing is not None:
                    return existing
                time.sleep(random.uniform(0, _LONGEST_PAUSE_S))
        raise StoreUnavailable("the sequence of invoice numbers is too busy")

    @billing_errors()
    def find(self, account_id: str, period: BillingPeriod) -> IssuedInvoice | None:
        """The invoice of an account for a period, if there is one."""
        try:
            item = InvoiceItem.get(account_key(account_id), f"INVOICE#{period.label}", consistent_read=True)
        except DoesNotExist:
            return None
        return _to_issued(item)

    @billing_errors()
    def by_number(self, account_id: str, number: str) -> IssuedInvoice:
        """An account's own invoice; raises `NotFound`, also for another account's number."""
        missing = NotFound(f"there is no invoice {number}")
        try:
            entry = InvoiceNumberItem.get(f"INVOICE#{number}", "INVOICE")
        except DoesNotExist as error:
            raise missing from error
        if entry.account_id != account_id:
            raise missing
        issued = self.find(account_id, BillingPeriod.parse(entry.period))
        if issued is None:
            raise missing
        return issued

    @billing_errors()
    def of_account(self, account_id: str) -> list[IssuedInvoice]:
        """All invoices of an account, the latest period first."""
        items = InvoiceItem.query(
            account_key(account_id), InvoiceItem.sk.startswith("INVOICE#"), scan_index_forward=False
        )
        return [_to_issued(item) for item in items]

    @billing_errors()
    def finished_periods(self, account_id: str) -> set[BillingPeriod]:
        """Periods whose invoice has its document, or that had nothing to bill."""
        closed = ClosedPeriodItem.query(account_key(account_id), ClosedPeriodItem.sk.startswith("CLOSED#"))
        invoices = InvoiceItem.query(
            account_key(account_id),
            InvoiceItem.sk.startswith("INVOICE#"),
            attributes_to_get=["sk", "pdf_sha256"],
        )
        labels = [item.sk for item in closed] + [item.sk for item in invoices if item.pdf_sha256]
        return {BillingPeriod.parse(sk.partition("#")[2]) for sk in labels}

    @billing_errors()
    def close_without(self, account_id: str, period: BillingPeriod) -> None:
        """Note that a period had nothing to bill."""
        ClosedPeriodItem(account_key(account_id), f"CLOSED#{period.label}").save()

    @billing_errors()
    def document_stored(self, issued: IssuedInvoice, sha256: str) -> IssuedInvoice:
        """Note that the PDF is stored, with its hash; a second time changes nothing."""
        invoice = issued.invoice
        InvoiceItem(account_key(invoice.account_id), f"INVOICE#{invoice.period.label}").update(
            actions=[InvoiceItem.pdf_sha256.set(sha256)]
        )
        return replace(issued, pdf_sha256=sha256)

    @billing_errors()
    def _last_number(self) -> int:
        """The last number drawn; 0 before the first."""
        try:
            return SequenceItem.get("SEQUENCE", "INVOICE", consistent_read=True).last
        except DoesNotExist:
            return 0

    def _store(self, invoice: Invoice, last: int) -> IssuedInvoice:
        """Snapshot, number and sequence in one transaction; raises `Conflict`."""
        numbered = replace(invoice, number=invoice_number(last + 1))
        issued = IssuedInvoice(numbered, f"invoices/{invoice.account_id}/{numbered.number}.pdf")
        nobody_drew_it = SequenceItem.last == last if last else SequenceItem.last.does_not_exist()
        with transaction() as writes:
            writes.save(_to_item(issued), condition=InvoiceItem.pk.does_not_exist())
            writes.save(_to_number_item(numbered), condition=InvoiceNumberItem.pk.does_not_exist())
            writes.update(
                SequenceItem("SEQUENCE", "INVOICE"),
                actions=[SequenceItem.last.set(last + 1)],
                condition=nobody_drew_it,
            )
        return issued


def _to_item(issued: IssuedInvoice) -> InvoiceItem:
    invoice = issued.invoice
    return InvoiceItem(
        account_key(invoice.account_id),
        f"INVOICE#{invoice.period.label}",
        number=invoice.number,
        snapshot=to_snapshot(invoice),
        pdf_key=issued.pdf_key,
    )


def _to_number_item(invoice: Invoice) -> InvoiceNumberItem:
    return InvoiceNumberItem(
        f"INVOICE#{invoice.number}", "INVOICE", account_id=invoice.account_id, period=invoice.period.label
    )


def _to_issued(item: InvoiceItem) -> IssuedInvoice:
    return IssuedInvoice(from_snapshot(item.snapshot), item.pdf_key, item.pdf_sha256)
