"""Credit notes in the billing table, each with its invoice's new state in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from botmeter.adapters.dynamo.audit import to_audit_item
from botmeter.adapters.dynamo.documents import count_change, document_key, state_actions, to_issued
from botmeter.adapters.dynamo.instants import due_ms
from botmeter.adapters.dynamo.invoice_models import CreditNoteItem, InvoiceItem
from botmeter.adapters.dynamo.keys import DOCUMENT_DUE, account_key, name_in
from botmeter.adapters.dynamo.sequences import issue_next
from botmeter.adapters.dynamo.transactions import billing_errors
from botmeter.domain.audit import AuditEntry
from botmeter.domain.credit_notes import CreditNote, IssuedCreditNote
from botmeter.domain.errors import NotFound
from botmeter.domain.invoices import IssuedInvoice


class DynamoCreditNotes:
    """Credit notes of accounts."""

    def issue_credit(self, note: CreditNote, after: IssuedInvoice, audit: AuditEntry) -> IssuedCreditNote:
        """Store `note` under the next number of credit notes, and its invoice as it is `after`."""
        invoice, before = note.of.invoice, note.of.revision

        def write(number: str, writes: TransactWrite) -> IssuedCreditNote:
            numbered = replace(note, number=number)
            issued = IssuedCreditNote(numbered, document_key(invoice.account_id, number))
            writes.save(_to_item(issued), condition=CreditNoteItem.pk.does_not_exist())
            writes.update(
                InvoiceItem(account_key(invoice.account_id), f"INVOICE#{invoice.number}"),
                actions=state_actions(after),
                condition=InvoiceItem.revision == before,
            )
            count_change(writes, invoice.account_id)
            writes.save(to_audit_item(audit))
            return issued

        return issue_next(
            invoice.seller.credit_note_prefix,
            note.issued_on.year,
            write,
            lambda: _invoice(invoice.account_id, invoice.number).revision == before,
            account_id=invoice.account_id,
            period=invoice.period,
        )

    @billing_errors()
    def credit_note(self, account_id: str, number: str) -> IssuedCreditNote:
        """An account's own credit note; raises `NotFound`."""
        try:
            item = CreditNoteItem.get(account_key(account_id), f"CREDIT#{number}", consistent_read=True)
        except DoesNotExist as error:
            raise NotFound(f"there is no credit note {number}") from error
        return _to_issued(item, to_issued(_invoice(account_id, item.invoice)))

    @billing_errors()
    def credit_notes(self, account_id: str, of: Sequence[IssuedInvoice]) -> list[IssuedCreditNote]:
        """The credit notes of some invoices of an account, newest first."""
        items = CreditNoteItem.query(
            account_key(account_id), CreditNoteItem.sk.startswith("CREDIT#"), consistent_read=True
        )
        invoices = {one.invoice.number: one for one in of}
        issued = [_to_issued(item, invoices[item.invoice]) for item in items if item.invoice in invoices]
        return sorted(issued, key=lambda one: (one.note.issued_at, one.note.number), reverse=True)

    @billing_errors()
    def credit_documents_stored(self, issued: IssuedCreditNote) -> IssuedCreditNote:
        """Note that the documents are stored, as `issued` says; a second time changes nothing."""
        note = issued.note
        CreditNoteItem(account_key(note.of.invoice.account_id), f"CREDIT#{note.number}").update(
            actions=[
                CreditNoteItem.document_sha256.set(issued.document_sha256 or ""),
                CreditNoteItem.is_electronic.set(issued.is_electronic),
                CreditNoteItem.due_shard.remove(),
                CreditNoteItem.due_at.remove(),
            ]
        )
        return issued


@billing_errors()
def _invoice(account_id: str, number: str) -> InvoiceItem:
    """The stored invoice of a credit note."""
    return InvoiceItem.get(account_key(account_id), f"INVOICE#{number}", consistent_read=True)


def _to_item(issued: IssuedCreditNote) -> CreditNoteItem:
    note = issued.note
    return CreditNoteItem(
        account_key(note.of.invoice.account_id),
        f"CREDIT#{note.number}",
        invoice=note.of.invoice.number,
        line_numbers=list(note.line_numbers),
        credited_before=sorted(note.of.credited_lines),
        reason=note.reason,
        issued_at=note.issued_at,
        issued_on=note.issued_on.isoformat(),
        request_id=note.request_id,
        is_electronic=issued.is_electronic,
        document_key=issued.document_key,
        document_sha256=issued.document_sha256,
        due_shard=DOCUMENT_DUE,
        due_at=due_ms(note.issued_at),
    )


def _to_issued(item: CreditNoteItem, of: IssuedInvoice) -> IssuedCreditNote:
    """A stored credit note, with its invoice as it was before."""
    before = replace(of, credited_lines=frozenset(map(int, item.credited_before)))
    note = CreditNote(
        number=name_in(item.sk),
        of=before,
        line_numbers=tuple(map(int, item.line_numbers)),
        reason=item.reason,
        issued_at=item.issued_at,
        issued_on=date.fromisoformat(item.issued_on),
        request_id=item.request_id,
    )
    return IssuedCreditNote(note, item.document_key, item.document_sha256, item.is_electronic)
