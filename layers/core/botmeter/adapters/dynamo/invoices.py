"""Invoices in the billing table: number, claim of the period and snapshot are one transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from botmeter.adapters.dynamo.audit import to_audit_item
from botmeter.adapters.dynamo.credit_notes import DynamoCreditNotes
from botmeter.adapters.dynamo.documents import (
    count_change,
    document_key,
    state_actions,
    to_issued,
    to_item,
)
from botmeter.adapters.dynamo.invoice_models import BillingItem, DocumentNumberItem, InvoiceItem, PeriodItem
from botmeter.adapters.dynamo.keys import DOCUMENT_DUE, account_key, key, name_in
from botmeter.adapters.dynamo.reads import batch_get, query_due
from botmeter.adapters.dynamo.sequences import issue_next
from botmeter.adapters.dynamo.transactions import billing_errors, transaction
from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import NotFound
from botmeter.domain.invoices import Invoice, InvoiceStatus, IssuedInvoice
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter.ports.invoices import AccountBilling, DocumentName

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoInvoices(DynamoCreditNotes):
    """Invoices and credit notes; `client` reads what is due in `table`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    @billing_errors()
    def billing(self, account_id: str) -> AccountBilling:
        """What of an account has been billed.

        The revision is read first: whoever bills in between makes it one that nothing is issued on.
        """
        revision = _revision(account_id)
        items = PeriodItem.query(
            account_key(account_id), PeriodItem.sk.startswith("PERIOD#"), consistent_read=True
        )
        return AccountBilling(
            revision, {BillingPeriod.parse(name_in(item.sk)): item.number for item in items}
        )

    def already_billed(self, periods: Mapping[str, BillingPeriod]) -> set[str]:
        """Those accounts of `periods` that have been billed for their period there."""
        keys = [key(account_key(account_id), _period_key(period)) for account_id, period in periods.items()]
        return {name_in(item["pk"]["S"]) for item in batch_get(self._client, self._table, keys)}

    def issue(self, draft: Invoice, seen: AccountBilling) -> IssuedInvoice:
        """Store `draft` under the next number of its seller's year, as its period's invoice."""

        def write(number: str, writes: TransactWrite) -> IssuedInvoice:
            invoice = replace(draft, number=number)
            issued = IssuedInvoice(invoice, document_key(invoice.account_id, number))
            if invoice.due_minor <= 0:
                issued = replace(issued, status=InvoiceStatus.PAID, status_at=invoice.issued_at)
            writes.save(to_item(issued), condition=InvoiceItem.pk.does_not_exist())
            _bill(writes, draft.account_id, draft.period, number, seen, replaces=draft.replaces)
            if draft.replaces:
                _replace(writes, draft, number)
            return issued

        return issue_next(
            draft.seller.invoice_prefix,
            draft.issued_on.year,
            write,
            lambda: _revision(draft.account_id) == seen.revision,
            account_id=draft.account_id,
            period=draft.period,
        )

    def close_without(self, account_id: str, period: BillingPeriod, seen: AccountBilling) -> None:
        """Note that a period had nothing to bill."""
        with transaction() as writes:
            _bill(writes, account_id, period, "", seen)

    @billing_errors()
    def by_number(self, account_id: str, number: str) -> IssuedInvoice:
        """An account's own invoice; raises `NotFound`, also for another account's number."""
        try:
            item = InvoiceItem.get(account_key(account_id), f"INVOICE#{number}", consistent_read=True)
        except DoesNotExist as error:
            raise NotFound(f"there is no invoice {number}") from error
        return to_issued(item)

    @billing_errors()
    def named(self, number: str) -> DocumentName:
        """The invoice or credit note of any account that has the number; raises `NotFound`."""
        try:
            item = DocumentNumberItem.get(f"NUMBER#{number}", "NUMBER", consistent_read=True)
        except DoesNotExist as error:
            raise NotFound(f"there is no invoice or credit note {number}") from error
        return DocumentName(item.account_id, number, BillingPeriod.parse(item.period))

    def unfinished(self, before: datetime) -> Iterator[DocumentName]:
        """What was issued before that time and has its documents still to be made."""
        for item in query_due(self._client, self._table, DOCUMENT_DUE, to_ms(before)):
            yield self.named(name_in(item["sk"]["S"]))

    @billing_errors()
    def of_account(self, account_id: str) -> list[IssuedInvoice]:
        """All invoices of an account, newest first."""
        items = InvoiceItem.query(
            account_key(account_id), InvoiceItem.sk.startswith("INVOICE#"), consistent_read=True
        )
        issued = [to_issued(item) for item in items]
        return sorted(issued, key=lambda one: (one.invoice.issued_at, one.invoice.number), reverse=True)

    def update(self, before: IssuedInvoice, after: IssuedInvoice, audit: AuditEntry | None = None) -> None:
        """Store the state `after`, unless the invoice is not as it was `before`; with an audit entry."""
        with transaction() as writes:
            writes.update(
                _key_item(after.invoice.account_id, after.invoice.number),
                actions=state_actions(after),
                condition=InvoiceItem.revision == before.revision,
            )
            if after.status is InvoiceStatus.VOID and before.status is not InvoiceStatus.VOID:
                count_change(writes, after.invoice.account_id)
            if audit is not None:
                writes.save(to_audit_item(audit))


def _period_key(period: BillingPeriod) -> str:
    """The sort key of a billed period."""
    return f"PERIOD#{period.label}"


def _bill(
    writes: TransactWrite,
    account_id: str,
    period: BillingPeriod,
    number: str,
    seen: AccountBilling,
    *,
    replaces: str = "",
) -> None:
    """Note what a period was billed by, unless it was billed by anything but the invoice that it `replaces`.

    Nor if what has been billed of the account is not as it was `seen`.
    """
    as_seen = BillingItem.revision == seen.revision if seen.revision else BillingItem.pk.does_not_exist()
    writes.update(
        BillingItem(account_key(account_id), "BILLING"),
        actions=[BillingItem.revision.set(seen.revision + 1)],
        condition=as_seen,
    )
    not_billed = PeriodItem.number == replaces if replaces else PeriodItem.pk.does_not_exist()
    writes.save(PeriodItem(account_key(account_id), _period_key(period), number=number), condition=not_billed)


def _replace(writes: TransactWrite, draft: Invoice, number: str) -> None:
    """Note in a void invoice what takes its place."""
    is_replaceable = (InvoiceItem.status == InvoiceStatus.VOID.value) & (InvoiceItem.replaced_by == "")
    writes.update(
        _key_item(draft.account_id, draft.replaces),
        actions=[InvoiceItem.replaced_by.set(number), InvoiceItem.revision.add(1)],
        condition=is_replaceable,
    )


def _key_item(account_id: str, number: str) -> InvoiceItem:
    """An item to update: nothing but its key."""
    return InvoiceItem(account_key(account_id), f"INVOICE#{number}")


@billing_errors()
def _revision(account_id: str) -> int:
    """How often what has been billed of an account has changed; 0 before the first time."""
    try:
        return BillingItem.get(account_key(account_id), "BILLING", consistent_read=True).revision
    except DoesNotExist:
        return 0
