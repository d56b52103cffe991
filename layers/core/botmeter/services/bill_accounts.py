"""Bill accounts: find whose period is over, and issue the invoice of an account for a period."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from botmeter.domain.accounts import Account
from botmeter.domain.drafts import UNUSUAL_TIMES, is_unusual
from botmeter.domain.errors import Conflict, NotFound, StoreUnavailable
from botmeter.domain.invoices import IssuedInvoice
from botmeter.domain.money import Money
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.invoices import (
    BillingQueue,
    BillingRequest,
    InvoiceRepository,
    ParkedBill,
    ParkedBills,
)
from botmeter.services.draft_invoices import Draft, DraftInvoices

_ATTEMPTS = 5
# The queue itself delivers again what died; only what is older is queued anew.
_LEFT_BEHIND = timedelta(minutes=30)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FindDueBills:
    """Finds the first ended period of each account that is not billed: periods are billed in order.

    `grace` is how long after a period's end late events are waited for, where the account has no other.
    """

    accounts: AccountRepository
    invoices: InvoiceRepository
    parked: ParkedBills
    grace: timedelta

    def __call__(self, now: datetime) -> Iterator[BillingRequest]:
        """What is to bill at `now`, account by account; nothing of those whose bill is parked."""
        waiting = {bill.account_id for bill in self.parked.parked()}
        for account in self.accounts.accounts():
            if account.account_id not in waiting:
                billed = self.invoices.billing(account.account_id).periods
                period = _first_unbilled(account, billed)
                grace = self.grace if account.invoice_grace is None else account.invoice_grace
                if period.end(account.calendar) + grace <= now:
                    yield BillingRequest(account.account_id, period, now)


def _first_unbilled(account: Account, billed: Mapping[BillingPeriod, str]) -> BillingPeriod:
    """The first period of the account that has not been billed."""
    period = account.first_period
    while period in billed:
        period = period.next()
    return period


@dataclass(frozen=True, slots=True)
class BillingRun:
    """What a run has queued: bills, and documents that should have been made by now.

    `parked` is how many bills wait for the operator.
    """

    bills: Sequence[BillingRequest]
    documents: Sequence[BillingRequest]
    parked: int


@dataclass(frozen=True, slots=True)
class StartBillingRun:
    """Queues what is to bill, and the documents that a run which died has left to make."""

    find: FindDueBills
    invoices: InvoiceRepository
    parked: ParkedBills
    queue: BillingQueue

    def __call__(self, now: datetime) -> BillingRun:
        """Queue what is to do at `now`. A second run queues again only what is not done."""
        run = BillingRun(list(self.find(now)), list(self._late(now)), len(list(self.parked.parked())))
        self.queue.enqueue([*run.bills, *run.documents])
        return run

    def _late(self, now: datetime) -> Iterator[BillingRequest]:
        """A request for each document that should have been made by now."""
        for name in self.invoices.unfinished(now - _LEFT_BEHIND):
            yield BillingRequest(name.account_id, name.period, now, number=name.number)


class Unusual(Exception):
    """A bill that is so high that somebody has to look at it first."""


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """Issues the invoice of an account for a period, once: number, claim and snapshot are one transaction."""

    draft: DraftInvoices
    invoices: InvoiceRepository

    def __call__(self, request: BillingRequest) -> IssuedInvoice | None:
        """The period's invoice, issued now or before; None when there is nothing to bill.

        Raises `Unusual` for a bill that needs approval and has none, and whatever the draft refuses.
        """
        for _ in range(_ATTEMPTS):
            found = self._number(request)
            if found is not None:
                return self.invoices.by_number(request.account_id, found) if found else None
            draft = self.draft(
                request.account_id, request.period, request.requested_at, replaces=request.replaces
            )
            try:
                return self._issue(draft, approved=request.approved)
            except Conflict:
                continue
        raise StoreUnavailable("the account's invoices are changed by others all the time")

    def _number(self, request: BillingRequest) -> str | None:
        """The number that the request has led to; empty where there was nothing to bill, None until then."""
        number = self.invoices.billing(request.account_id).periods.get(request.period)
        return None if request.replaces and number == request.replaces else number

    def _issue(self, draft: Draft, *, approved: bool) -> IssuedInvoice | None:
        """Issue a draft, or close its period without; raises `Conflict` if others were faster.

        What takes the place of a void invoice is issued even if it is empty: else what the void one billed
        would be taken back by the next invoice, though nobody has to pay it.
        """
        invoice = draft.invoice
        if draft.is_empty and not invoice.replaces:
            self.invoices.close_without(invoice.account_id, invoice.period, draft.seen)
            return None
        if not approved and is_unusual(invoice, draft.issued):
            total = Money(invoice.net_minor, invoice.currency)
            raise Unusual(f"{total} is more than {UNUSUAL_TIMES} times the account's usual amount")
        return self.invoices.issue(invoice, draft.seen)


@dataclass(frozen=True, slots=True)
class BillAccount:
    """Bills one account; a bill that cannot be made is parked with its reason and holds up nobody else."""

    issue: IssueInvoice
    parked: ParkedBills

    def __call__(self, request: BillingRequest, now: datetime) -> IssuedInvoice | None:
        """The invoice; None when there is nothing to bill, or when it was parked.

        Raises `StoreUnavailable` where trying again may help.
        """
        try:
            return self.issue(request)
        except StoreUnavailable:
            raise
        except Unusual as error:
            self._park(request, str(error), now, needs_approval=True)
        except NotFound as error:
            self._park(request, str(error), now)
        except Exception as error:
            _logger.exception("bill of %s for %s", request.account_id, request.period.label)
            self._park(request, f"{type(error).__name__}: {error}", now)
        return None

    def _park(
        self, request: BillingRequest, reason: str, now: datetime, *, needs_approval: bool = False
    ) -> None:
        """Put a bill aside for the operator."""
        self.parked.park(
            ParkedBill(
                request.account_id, request.period, reason, needs_approval, now, replaces=request.replaces
            )
        )
