"""Deliver documents: make what an invoice or a credit note is sent as, keep it, and mail it once."""

from dataclasses import dataclass, replace
from datetime import datetime

from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.errors import Conflict, NotFound, StoreUnavailable
from botmeter.domain.invoices import InvoiceStatus, IssuedInvoice
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.invoices import (
    DocumentRenderer,
    DocumentStore,
    InvoiceRepository,
    LetterWriter,
    Mail,
    Mailer,
)


@dataclass(frozen=True, slots=True)
class DeliverDocuments:
    """Makes documents of snapshots. Every step is done once, however often it is begun.

    Mail goes to the address that the account has now, and comes from `sender`. Without a `mailer` nothing is
    sent.
    """

    accounts: AccountRepository
    invoices: InvoiceRepository
    documents: DocumentStore
    render: DocumentRenderer
    write_letter: LetterWriter
    mailer: Mailer | None
    sender: str

    def __call__(self, account_id: str, number: str, now: datetime) -> IssuedInvoice | IssuedCreditNote:
        """The invoice or credit note with its documents stored, and mailed; raises `NotFound`."""
        try:
            issued = self.invoices.by_number(account_id, number)
        except NotFound:
            return self._credit_note(self.invoices.credit_note(account_id, number))
        return self._mailed(self._stored(issued), now)

    def _credit_note(self, issued: IssuedCreditNote) -> IssuedCreditNote:
        """The credit note, its documents stored."""
        if issued.document_sha256 is not None:
            return issued
        documents = self.render(issued.note)
        sha256 = self.documents.write_once(issued.document_key, documents)
        return self.invoices.credit_documents_stored(
            replace(issued, document_sha256=sha256, is_electronic=documents.ubl is not None)
        )

    def _stored(self, issued: IssuedInvoice) -> IssuedInvoice:
        """The invoice, its documents stored and their hash noted."""
        if issued.document_sha256 is not None:
            return issued
        documents = self.render(issued.invoice)
        sha256 = self.documents.write_once(issued.document_key, documents)
        return self._update(
            issued, replace(issued, document_sha256=sha256, is_electronic=documents.ubl is not None)
        )

    def _mailed(self, issued: IssuedInvoice, now: datetime) -> IssuedInvoice:
        """The invoice, mailed if it is to be and nobody has begun to.

        Mail that was begun and not noted as sent was perhaps sent: it is not sent again by itself.
        """
        if self.mailer is None or issued.status is InvoiceStatus.VOID or issued.mail_begun_at is not None:
            return issued
        recipient = self.accounts.account(issued.invoice.account_id).customer.email
        if not recipient:
            return issued
        # Written first: what goes wrong here must not look like mail that was perhaps sent.
        mail = self._mail(issued, recipient)
        begun = self._update(issued, replace(issued, mail_begun_at=now))
        try:
            self.mailer.send(mail)
        except StoreUnavailable:
            self._note(begun, replace(begun, mail_begun_at=None))
            raise
        return self._note(begun, replace(begun, mailed_to=recipient))

    def _mail(self, issued: IssuedInvoice, recipient: str) -> Mail:
        """The letter, with the PDF."""
        invoice = issued.invoice
        letter = self.write_letter(invoice)
        return Mail(
            message_id=f"{invoice.number}.{issued.revision}",
            sender=self.sender,
            recipient=recipient,
            subject=letter.subject,
            text=letter.text,
            attachment_name=f"{invoice.number}.pdf",
            attachment=self.documents.read_pdf(issued.document_key),
        )

    def _note(self, begun: IssuedInvoice, outcome: IssuedInvoice) -> IssuedInvoice:
        """Store what became of mail that was begun, whatever others have done to the invoice meanwhile."""
        present = self.invoices.by_number(begun.invoice.account_id, begun.invoice.number)
        if present.mail_begun_at != begun.mail_begun_at:
            # The operator lets it be sent again.
            return present
        noted = replace(present, mail_begun_at=outcome.mail_begun_at, mailed_to=outcome.mailed_to)
        return self._update(present, noted)

    def _update(self, before: IssuedInvoice, after: IssuedInvoice) -> IssuedInvoice:
        """Store a new state; raises `StoreUnavailable` if somebody else has changed it: begin again."""
        after = replace(after, revision=before.revision + 1)
        try:
            self.invoices.update(before, after)
        except Conflict as error:
            raise StoreUnavailable("the invoice was changed by others; try again") from error
        return after
