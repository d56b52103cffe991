"""Invoices and credit notes: their numbers, their documents, and the bills that wait or are parked."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from botmeter.domain.audit import AuditEntry
from botmeter.domain.credit_notes import CreditNote, IssuedCreditNote
from botmeter.domain.invoices import Invoice, IssuedInvoice
from botmeter.domain.money import Money
from botmeter.domain.periods import BillingPeriod


@dataclass(frozen=True, slots=True)
class AccountBilling:
    """What of an account has been billed: the current invoice of each period (empty: nothing to bill).

    `revision` counts invoices issued, replaced, voided and credited: what was drafted holds only while it is
    the same.
    """

    revision: int
    periods: Mapping[BillingPeriod, str]


@dataclass(frozen=True, slots=True)
class DocumentName:
    """Whose invoice or credit note a number is, and for which period."""

    account_id: str
    number: str
    period: BillingPeriod


class InvoiceRepository(Protocol):
    """Invoices, credit notes and the sequences of their numbers."""

    def billing(self, account_id: str) -> AccountBilling:
        """What of an account has been billed, read consistently."""

    def already_billed(self, periods: Mapping[str, BillingPeriod]) -> Collection[str]:
        """Those accounts of `periods` that have been billed for their period there, read consistently."""

    def issue(self, draft: Invoice, seen: AccountBilling) -> IssuedInvoice:
        """Draw the next number of the seller's year and store `draft` under it as its period's invoice.

        A draft that `replaces` a void invoice takes that one's place. All in one transaction, on condition
        that the account's billing is still as `seen`: else raises `Conflict`.
        """

    def close_without(self, account_id: str, period: BillingPeriod, seen: AccountBilling) -> None:
        """Note that a period had nothing to bill; raises `Conflict` unless the billing is as `seen`."""

    def by_number(self, account_id: str, number: str) -> IssuedInvoice:
        """An account's own invoice; raises `NotFound`, also for another account's number."""

    def named(self, number: str) -> DocumentName:
        """The invoice or credit note of any account that has the number; raises `NotFound`."""

    def unfinished(self, before: datetime) -> Iterator[DocumentName]:
        """What was issued before that time and has its documents still to be made."""

    def of_account(self, account_id: str) -> list[IssuedInvoice]:
        """All invoices of an account, newest first."""

    def update(self, before: IssuedInvoice, after: IssuedInvoice, audit: AuditEntry | None = None) -> None:
        """Store the state `after` and an entry of the audit trail.

        A draft that was drawn up before an invoice became void cannot be issued any more. Raises `Conflict`
        unless the stored revision is that of `before`.
        """

    def issue_credit(self, note: CreditNote, after: IssuedInvoice, audit: AuditEntry) -> IssuedCreditNote:
        """Draw the next number of credit notes and store `note`, and its invoice as it is `after`.

        In one transaction, on condition that the invoice is as the note's: else raises `Conflict`.
        """

    def credit_note(self, account_id: str, number: str) -> IssuedCreditNote:
        """An account's own credit note; raises `NotFound`."""

    def credit_notes(self, account_id: str, of: Sequence[IssuedInvoice]) -> list[IssuedCreditNote]:
        """The credit notes of some invoices of an account, newest first."""

    def credit_documents_stored(self, issued: IssuedCreditNote) -> IssuedCreditNote:
        """Note that the documents are stored, as `issued` says; a second time changes nothing."""


class DocumentFormat(StrEnum):
    """The forms that a document is stored in."""

    PDF = "pdf"
    UBL = "ubl"


@dataclass(frozen=True, slots=True)
class Documents:
    """A document in its forms; `ubl` is None in currencies that no electronic invoice can be in."""

    pdf: bytes
    ubl: bytes | None


class DocumentStore(Protocol):
    """Where the documents of invoices and credit notes are."""

    def write_once(self, key: str, documents: Documents) -> str:
        """Store each form unless it is there; returns the SHA-256 (hex) of the PDF that is stored."""

    def read_pdf(self, key: str) -> bytes:
        """The PDF that is stored under `key`."""

    def download_url(self, key: str, form: DocumentFormat, filename: str) -> str:
        """A link that downloads one form as `filename` (without ending) and soon expires."""


class DocumentRenderer(Protocol):
    """Makes the documents."""

    def __call__(self, document: Invoice | CreditNote, /) -> Documents:
        """The document in all forms; the same document gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message with one attachment.

    `message_id`, which has no domain, is the same each time that the same thing is sent.
    """

    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    attachment_name: str
    attachment: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and text of what an invoice is mailed with."""

    subject: str
    text: str


class LetterWriter(Protocol):
    """Writes to a customer."""

    def __call__(self, invoice: Invoice, /) -> Letter:
        """The letter that goes with an invoice."""


class Mailer(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """Hand `mail` over, whole or not at all.

        Raises `StoreUnavailable` if it was not taken, `Uncertain` if it may have been.
        """


@dataclass(frozen=True, slots=True)
class BillingRequest:
    """Bill an account for a period; it is issued as of `requested_at`, or later.

    `replaces` is the void invoice whose place the new one takes. `approved` bills what was parked for
    approval because it is unusually high. A request with a `number` bills nothing: it makes the documents
    of that invoice or credit note.
    """

    account_id: str
    period: BillingPeriod
    requested_at: datetime
    replaces: str = ""
    approved: bool = False
    number: str = ""


class BillingQueue(Protocol):
    """Hands accounts to the invoice function."""

    def enqueue(self, requests: Sequence["BillingRequest"]) -> None:
        """Queue one message for each account."""


@dataclass(frozen=True, slots=True)
class ParkedBill:
    """A bill that waits for the operator. `needs_approval` if it is only high, else `reason` is a fault.

    `net` and `total`, with tax, are what one that is high came to when it was parked.
    """

    account_id: str
    period: BillingPeriod
    reason: str
    needs_approval: bool
    parked_at: datetime
    replaces: str = ""
    net: Money | None = None
    total: Money | None = None


class ParkedBills(Protocol):
    """The bills that wait for the operator; while they do, no run queues them."""

    def park(self, bill: ParkedBill) -> None:
        """Park a bill, instead of what was parked of its account before."""

    def parked(self) -> Iterator[ParkedBill]:
        """All of them, the oldest first."""

    def of_account(self, account_id: str) -> ParkedBill | None:
        """The bill of an account that is parked, if there is one."""

    def release(self, bill: ParkedBill) -> None:
        """Park it no more; nothing happens if something else is parked by now."""
