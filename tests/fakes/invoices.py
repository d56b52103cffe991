"""Invoices, their documents, their mail and the bills that wait, in memory."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from botmeter.domain.audit import AuditEntry
from botmeter.domain.credit_notes import CreditNote, IssuedCreditNote
from botmeter.domain.errors import Conflict, NotFound, StoreUnavailable
from botmeter.domain.invoices import Invoice, InvoiceStatus, IssuedInvoice, document_number
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import (
    AccountBilling,
    BillingRequest,
    DocumentFormat,
    DocumentName,
    Documents,
    Letter,
    Mail,
    ParkedBill,
)
from tests.fakes.world import Died


@dataclass
class Steps:
    """Where a process dies: `dies_after` a step, once."""

    dies_after: str = ""

    def passed(self, step: str) -> None:
        if self.dies_after == step:
            self.dies_after = ""
            raise Died(step)


@dataclass
class FakeInvoices(Steps):
    """The conditions are those of the real one; each method is a transaction."""

    issued: dict[str, IssuedInvoice] = field(default_factory=dict)
    notes: dict[str, IssuedCreditNote] = field(default_factory=dict)
    billed: dict[str, AccountBilling] = field(default_factory=dict)
    sequences: Counter[str] = field(default_factory=Counter)
    trail: list[AuditEntry] = field(default_factory=list)

    def billing(self, account_id: str) -> AccountBilling:
        return self.billed.get(account_id, AccountBilling(0, {}))

    def already_billed(self, periods: Mapping[str, BillingPeriod]) -> set[str]:
        return {name for name, period in periods.items() if period in self.billing(name).periods}

    def issue(self, draft: Invoice, seen: AccountBilling) -> IssuedInvoice:
        self._bill(draft.account_id, draft.period, "", seen, replaces=draft.replaces, dry=True)
        if draft.replaces:
            old = self.issued[draft.replaces]
            if old.status is not InvoiceStatus.VOID or old.replaced_by:
                raise Conflict("it cannot be replaced")
        number = self._draw(draft.seller.invoice_prefix, draft.issued_on.year)
        issued = IssuedInvoice(replace(draft, number=number), f"invoices/{draft.account_id}/{number}")
        if draft.due_minor <= 0:
            issued = replace(issued, status=InvoiceStatus.PAID, status_at=draft.issued_at)
        self.issued[number] = issued
        self._bill(draft.account_id, draft.period, number, seen, replaces=draft.replaces)
        if draft.replaces:
            old = self.issued[draft.replaces]
            self.issued[draft.replaces] = replace(old, replaced_by=number, revision=old.revision + 1)
        self.passed("issued")
        return issued

    def close_without(self, account_id: str, period: BillingPeriod, seen: AccountBilling) -> None:
        self._bill(account_id, period, "", seen)

    def by_number(self, account_id: str, number: str) -> IssuedInvoice:
        found = self.issued.get(number)
        if found is None or found.invoice.account_id != account_id:
            raise NotFound(f"there is no invoice {number}")
        return found

    def named(self, number: str) -> DocumentName:
        if number in self.notes:
            invoice = self.notes[number].note.of.invoice
        elif number in self.issued:
            invoice = self.issued[number].invoice
        else:
            raise NotFound(f"there is no invoice or credit note {number}")
        return DocumentName(invoice.account_id, number, invoice.period)

    def unfinished(self, before: datetime) -> Iterator[DocumentName]:
        for number, one in self.issued.items():
            if one.document_sha256 is None and one.invoice.issued_at <= before:
                yield self.named(number)
        for number, note in self.notes.items():
            if note.document_sha256 is None and note.note.issued_at <= before:
                yield self.named(number)

    def of_account(self, account_id: str) -> list[IssuedInvoice]:
        found = [one for one in self.issued.values() if one.invoice.account_id == account_id]
        return sorted(found, key=lambda one: (one.invoice.issued_at, one.invoice.number), reverse=True)

    def update(self, before: IssuedInvoice, after: IssuedInvoice, audit: AuditEntry | None = None) -> None:
        number = before.invoice.number
        if self.issued[number].revision != before.revision:
            raise Conflict("the invoice was changed")
        self.issued[number] = after
        if after.status is InvoiceStatus.VOID and before.status is not InvoiceStatus.VOID:
            self._count_change(before.invoice.account_id)
        if audit is not None:
            self.trail.append(audit)
        self.passed("updated")

    def issue_credit(self, note: CreditNote, after: IssuedInvoice, audit: AuditEntry) -> IssuedCreditNote:
        self.update(note.of, after, audit)
        self._count_change(note.of.invoice.account_id)
        seller = note.of.invoice.seller
        number = self._draw(seller.credit_note_prefix, note.issued_on.year)
        key = f"invoices/{note.of.invoice.account_id}/{number}"
        self.notes[number] = IssuedCreditNote(replace(note, number=number), key)
        self.passed("credited")
        return self.notes[number]

    def credit_note(self, account_id: str, number: str) -> IssuedCreditNote:
        found = self.notes.get(number)
        if found is None or found.note.of.invoice.account_id != account_id:
            raise NotFound(f"there is no credit note {number}")
        return found

    def credit_notes(self, account_id: str, of: Sequence[IssuedInvoice]) -> list[IssuedCreditNote]:
        numbers = {one.invoice.number for one in of}
        return [one for one in reversed(self.notes.values()) if one.note.of.invoice.number in numbers]

    def credit_documents_stored(self, issued: IssuedCreditNote) -> IssuedCreditNote:
        self.notes[issued.note.number] = issued
        return issued

    def _count_change(self, account_id: str) -> None:
        present = self.billing(account_id)
        self.billed[account_id] = AccountBilling(present.revision + 1, present.periods)

    def _bill(
        self,
        account_id: str,
        period: BillingPeriod,
        number: str,
        seen: AccountBilling,
        *,
        replaces: str = "",
        dry: bool = False,
    ) -> None:
        present = self.billing(account_id)
        if present.revision != seen.revision:
            raise Conflict("others have billed the account")
        if present.periods.get(period) != (replaces or None):
            raise Conflict("others have billed the period")
        if not dry:
            periods = {**present.periods, period: number}
            self.billed[account_id] = AccountBilling(present.revision + 1, periods)

    def _draw(self, prefix: str, year: int) -> str:
        self.sequences[f"{prefix}-{year}"] += 1
        return document_number(prefix, year, self.sequences[f"{prefix}-{year}"])


@dataclass
class FakeDocuments(Steps):
    """Documents by key; `writes` counts those that were not there."""

    stored: dict[str, Documents] = field(default_factory=dict)
    writes: int = 0

    def write_once(self, key: str, documents: Documents) -> str:
        self.writes += key not in self.stored
        self.stored.setdefault(key, documents)
        self.passed("stored")
        return hashlib.sha256(self.stored[key].pdf).hexdigest()

    def read_pdf(self, key: str) -> bytes:
        return self.stored[key].pdf

    def download_url(self, key: str, form: DocumentFormat, filename: str) -> str:
        return f"https://documents.example/{key}.{form.value}?as={filename}"


def render(document: Invoice | CreditNote) -> Documents:
    """Documents that say whose they are."""
    return Documents(f"pdf of {document.number}".encode(), f"ubl of {document.number}".encode())


def write_letter(invoice: Invoice) -> Letter:
    """A letter that says what is to be paid."""
    return Letter(f"invoice {invoice.number}", f"please pay {invoice.due_minor}")


@dataclass
class FakeMailer(Steps):
    """What was sent; `refuses` so many times before."""

    sent: list[Mail] = field(default_factory=list)
    refuses: int = 0

    def send(self, mail: Mail) -> None:
        if self.refuses:
            self.refuses -= 1
            raise StoreUnavailable("try later")
        self.sent.append(mail)
        self.passed("sent")


@dataclass
class FakeParkedBills:
    """One parked bill an account."""

    bills: dict[str, ParkedBill] = field(default_factory=dict)

    def park(self, bill: ParkedBill) -> None:
        self.bills[bill.account_id] = bill

    def parked(self) -> Iterator[ParkedBill]:
        return iter(sorted(self.bills.values(), key=lambda bill: bill.parked_at))

    def of_account(self, account_id: str) -> ParkedBill | None:
        return self.bills.get(account_id)

    def release(self, bill: ParkedBill) -> None:
        if self.bills.get(bill.account_id) == bill:
            del self.bills[bill.account_id]


@dataclass
class FakeQueue:
    requests: list[BillingRequest] = field(default_factory=list)

    def enqueue(self, requests: Sequence[BillingRequest]) -> None:
        self.requests += requests
