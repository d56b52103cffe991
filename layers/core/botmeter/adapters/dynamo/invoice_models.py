"""Invoices, credit notes and what bills wait for as PynamoDB models: see `models`."""

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, ListAttribute, UnicodeAttribute

from botmeter.adapters.dynamo.attributes import InstantAttribute, IntegerAttribute
from botmeter.adapters.dynamo.models import DueItem, StoredItem


class _DocumentItem(DueItem):
    """Due since it was issued, until its documents are stored."""

    document_key = UnicodeAttribute()
    document_sha256 = UnicodeAttribute(null=True)
    is_electronic = BooleanAttribute()


class InvoiceItem(_DocumentItem):
    """`ACCOUNT#account` / `INVOICE#number`: the snapshot (JSON, deflated) is never changed."""

    snapshot = BinaryAttribute(legacy_encoding=False)
    status = UnicodeAttribute()
    status_at = InstantAttribute(null=True)
    reason = UnicodeAttribute()
    paid_minor = IntegerAttribute()
    payment_reference = UnicodeAttribute()
    refunded_minor = IntegerAttribute()
    refund_reference = UnicodeAttribute()
    replaced_by = UnicodeAttribute()
    credited_minor = IntegerAttribute()
    credited_lines: ListAttribute[int] = ListAttribute()
    mail_begun_at = InstantAttribute(null=True)
    mailed_to = UnicodeAttribute()
    revision = IntegerAttribute()


class CreditNoteItem(_DocumentItem):
    """`ACCOUNT#account` / `CREDIT#number`. `credited_before` are lines that others had credited."""

    invoice = UnicodeAttribute()
    line_numbers: ListAttribute[int] = ListAttribute()
    credited_before: ListAttribute[int] = ListAttribute()
    reason = UnicodeAttribute()
    issued_at = InstantAttribute()
    issued_on = UnicodeAttribute()
    request_id = UnicodeAttribute()


class BillingItem(StoredItem):
    """`ACCOUNT#account` / `BILLING`: counts the changes of what has been billed."""

    revision = IntegerAttribute()


class PeriodItem(StoredItem):
    """`ACCOUNT#account` / `PERIOD#2026-10`: its invoice; empty if there was nothing to bill."""

    number = UnicodeAttribute()


class ParkedItem(DueItem):
    """`ACCOUNT#account` / `PARKED`. Due while it is parked, since it was: what was released stays without.

    Amounts in minor units, of a bill that could be reckoned.
    """

    period = UnicodeAttribute()
    reason = UnicodeAttribute()
    needs_approval = BooleanAttribute()
    parked_at = InstantAttribute()
    replaces = UnicodeAttribute()
    net_minor = IntegerAttribute(null=True)
    total_minor = IntegerAttribute(null=True)
    currency = UnicodeAttribute(null=True)


class DocumentNumberItem(StoredItem):
    """`NUMBER#number` / `NUMBER`: whose invoice or credit note it is, and for which period."""

    account_id = UnicodeAttribute()
    period = UnicodeAttribute()


class SequenceItem(StoredItem):
    """`SEQUENCE` / `INV-2026`: the last number drawn of a prefix and year."""

    last = IntegerAttribute()
