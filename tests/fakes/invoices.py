"""Invoices, their documents and the queue of those to make, in memory."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from botmeter.domain.errors import NotFound
from botmeter.domain.invoices import Invoice, IssuedInvoice, invoice_number
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import BillingRequest
from tests.fakes.world import Died


@dataclass
class FakeInvoices:
    """Invoices by account and period; `dies_after` a step, once."""

    claimed: dict[tuple[str, BillingPeriod], IssuedInvoice] = field(default_factory=dict)
    closed: set[tuple[str, BillingPeriod]] = field(default_factory=set)
    dies_after: str = ""

    def finished_periods(self, account_id: str) -> set[BillingPeriod]:
        issued = {key for key, one in self.claimed.items() if one.pdf_sha256}
        return {period for of, period in self.closed | issued if of == account_id}

    def close_without(self, account_id: str, period: BillingPeriod) -> None:
        self.closed.add((account_id, period))

    def claim(self, invoice: Invoice) -> IssuedInvoice:
        key = invoice.account_id, invoice.period
        if key not in self.claimed:
            number = invoice_number(len(self.claimed) + 1)
            self.claimed[key] = IssuedInvoice(replace(invoice, number=number), f"invoices/{number}.pdf")
        self._die("claim")
        return self.claimed[key]

    def find(self, account_id: str, period: BillingPeriod) -> IssuedInvoice | None:
        return self.claimed.get((account_id, period))

    def by_number(self, account_id: str, number: str) -> IssuedInvoice:
        found = [one for one in self.of_account(account_id) if one.invoice.number == number]
        if not found:
            raise NotFound(f"there is no invoice {number}")
        return found[0]

    def of_account(self, account_id: str) -> list[IssuedInvoice]:
        return [one for (of, _), one in reversed(self.claimed.items()) if of == account_id]

    def document_stored(self, issued: IssuedInvoice, sha256: str) -> IssuedInvoice:
        done = replace(issued, pdf_sha256=sha256)
        self.claimed[issued.invoice.account_id, issued.invoice.period] = done
        self._die("noted")
        return done

    def _die(self, where: str) -> None:
        if self.dies_after == where:
            self.dies_after = ""
            raise Died(where)


@dataclass
class FakeDocuments:
    """PDFs by key; `dies_after` they are stored, once."""

    stored: dict[str, bytes] = field(default_factory=dict)
    writes: int = 0
    dies_after: str = ""

    def write_once(self, key: str, pdf: bytes) -> str:
        self.writes += key not in self.stored
        self.stored.setdefault(key, pdf)
        if self.dies_after == "stored":
            self.dies_after = ""
            raise Died("stored")
        return hashlib.sha256(self.stored[key]).hexdigest()

    def download_url(self, key: str, filename: str) -> str:
        return f"https://documents.example/{key}?as={filename}"


@dataclass
class FakeQueue:
    requests: list[BillingRequest] = field(default_factory=list)

    def enqueue(self, requests: Sequence[BillingRequest]) -> None:
        self.requests += requests
