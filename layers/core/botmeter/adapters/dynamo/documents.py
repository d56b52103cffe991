"""Invoices to items and back: the snapshot, and what has become of it."""

from typing import Any

from pynamodb.transactions import TransactWrite

from botmeter.adapters.dynamo.instants import due_ms
from botmeter.adapters.dynamo.invoice_models import BillingItem, InvoiceItem
from botmeter.adapters.dynamo.keys import DOCUMENT_DUE, account_key
from botmeter.adapters.dynamo.snapshots import from_snapshot, to_snapshot
from botmeter.domain.invoices import InvoiceStatus, IssuedInvoice

# What of an item changes; each is an attribute of the same name.
_STATE = (
    "reason",
    "paid_minor",
    "payment_reference",
    "refunded_minor",
    "refund_reference",
    "is_electronic",
    "replaced_by",
    "credited_minor",
    "mailed_to",
    "revision",
)
_OPTIONAL = ("document_sha256", "status_at", "mail_begun_at")


def document_key(account_id: str, number: str) -> str:
    """Where the documents of an invoice or a credit note are stored, without their endings."""
    return f"invoices/{account_id}/{number}"


def to_item(issued: IssuedInvoice) -> InvoiceItem:
    """An invoice as it is stored when it is issued."""
    invoice = issued.invoice
    return InvoiceItem(
        account_key(invoice.account_id),
        f"INVOICE#{invoice.number}",
        snapshot=to_snapshot(invoice),
        document_key=issued.document_key,
        due_shard=DOCUMENT_DUE,
        due_at=due_ms(invoice.issued_at),
        status=issued.status.value,
        credited_lines=sorted(issued.credited_lines),
        **{name: getattr(issued, name) for name in (*_STATE, *_OPTIONAL)},
    )


def state_actions(issued: IssuedInvoice) -> list[Any]:
    """What makes a stored invoice's state this one; the snapshot is not touched."""
    actions = [
        InvoiceItem.status.set(issued.status.value),
        InvoiceItem.credited_lines.set(sorted(issued.credited_lines)),
        *(getattr(InvoiceItem, name).set(getattr(issued, name)) for name in _STATE),
    ]
    for name in _OPTIONAL:
        attribute, value = getattr(InvoiceItem, name), getattr(issued, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    if issued.document_sha256 is not None:
        actions += [InvoiceItem.due_shard.remove(), InvoiceItem.due_at.remove()]
    return actions


def count_change(writes: TransactWrite, account_id: str) -> None:
    """Let no draft be issued that was drawn up before."""
    writes.update(BillingItem(account_key(account_id), "BILLING"), actions=[BillingItem.revision.add(1)])


def to_issued(item: InvoiceItem) -> IssuedInvoice:
    """A stored invoice."""
    return IssuedInvoice(
        invoice=from_snapshot(item.snapshot),
        document_key=item.document_key,
        status=InvoiceStatus(item.status),
        credited_lines=frozenset(map(int, item.credited_lines)),
        **{name: getattr(item, name) for name in (*_STATE, *_OPTIONAL)},
    )
