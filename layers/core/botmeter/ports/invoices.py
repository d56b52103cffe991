"""Invoices: their numbers, their documents, and the queue of those to make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from botmeter.domain.invoices import Invoice, IssuedInvoice
from botmeter.domain.periods import BillingPeriod


class InvoiceRepository(Protocol):
    """Invoices and the sequence of their numbers."""

    def claim(self, invoice: Invoice) -> IssuedInvoice:
        """Draw the next number and store `invoice` under it, once for its account and period.

        Returns what is stored: this invoice with its number, or the one that was there first.
        """

    def find(self, account_id: str, period: BillingPeriod) -> IssuedInvoice | None:
        """The invoice of an account for a period, if there is one."""

    def by_number(self, account_id: str, number: str) -> IssuedInvoice:
        """An account's own invoice; raises `NotFound`, also for another account's number."""

    def of_account(self, account_id: str) -> list[IssuedInvoice]:
        """All invoices of an account, newest first."""

    def finished_periods(self, account_id: str) -> set[BillingPeriod]:
        """Periods whose invoice has its document, or that had nothing to bill."""

    def close_without(self, account_id: str, period: BillingPeriod) -> None:
        """Note that a period had nothing to bill."""

    def document_stored(self, issued: IssuedInvoice, sha256: str) -> IssuedInvoice:
        """Note that the PDF is stored, with its hash; a second time changes nothing."""


class InvoiceStore(Protocol):
    """Where the PDFs are."""

    def write_once(self, key: str, pdf: bytes) -> str:
        """Store `pdf` unless something is there; returns the SHA-256 (hex) of what is stored."""

    def download_url(self, key: str, filename: str) -> str:
        """A link that downloads the document as `filename` and soon expires."""


class InvoiceRenderer(Protocol):
    """Makes the document."""

    def __call__(self, invoice: Invoice, /) -> bytes:
        """The invoice as a PDF; the same invoice gives the same bytes."""


@dataclass(frozen=True, slots=True)
class BillingRequest:
    """Bill an account for a period; `requested_at` becomes the invoice's date."""

    account_id: str
    period: BillingPeriod
    requested_at: datetime


class BillingQueue(Protocol):
    """Hands accounts to the invoice function."""

    def enqueue(self, requests: Sequence["BillingRequest"]) -> None:
        """Queue one message for each account."""
