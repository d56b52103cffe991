"""Bill accounts: find whose period is over, and issue the invoice of an account for a period."""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from botmeter.domain.accounts import Account
from botmeter.domain.drafts import UNUSUAL_TIMES, is_unusual
from botmeter.domain.errors import BotmeterError, Conflict, StoreUnavailable
from botmeter.domain.invoices import IssuedInvoice
from botmeter.domain.money import Money
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.invoices import (
    AccountBilling,
    BillingQueue,
    BillingRequest,
    InvoiceRepository,
    ParkedBill,
    ParkedBills,
)
from botmeter.services.draft_invoices import Draft, DraftInvoices

_ATTEMPTS = 5
_BATCH = 10
# A store answers so many questions at a time.
_ASKED_AT_ONCE = 100
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
        accounts = (one for one in self.accounts.accounts() if one.account_id not in waiting)
        while some := list(islice(accounts, _ASKED_AT_ONCE)):
            for account_id, period in self._first_unbilled(some, now).items():
                yield BillingRequest(account_id, period, now)

    def _first_unbilled(self, accounts: Collection[Account], now: datetime) -> Mapping[str, BillingPeriod]:
        """By account, the first of its ended periods that is not billed, if there is one.

        Whoever has been billed for a period has been billed for all before: most need one question.
        """
        first = {account.account_id: account.first_period for account in accounts}
        asked = {account.account_id: self._last_ended(account, now) for account in accounts}
        found: dict[str, BillingPeriod] = {}
        while asked := {name: period for name, period in asked.items() if period >= first[name]}:
            billed = self.invoices.already_billed(asked)
            unbilled = {name: period for name, period in asked.items() if name not in billed}
            found |= unbilled
            asked = {name: period.previous() for name, period in unbilled.items()}
        return found

    def _last_ended(self, account: Account, now: datetime) -> BillingPeriod:
        """The account's last period whose grace has passed at `now`."""
        grace = self.grace if account.invoice_grace is None else account.invoice_grace
        return account.calendar.period_containing(now - grace).previous()


@dataclass(frozen=True, slots=True)
class BillingRun:
    """How much a run has queued: bills, and documents that should have been made by now.

    `parked` is how many bills wait for the operator.
    """

    bills: int
    documents: int
    parked: int


@dataclass(frozen=True, slots=True)
class StartBillingRun:
    """Queues what is to bill, and the documents that a run which died has left to make."""

    find: FindDueBills
    invoices: InvoiceRepository
    parked: ParkedBills
    queue: BillingQueue

    def __call__(self, now: datetime) -> BillingRun:
        """Queue what is to do at `now`, as it is found. A second run queues again only what is not done."""
        documents, bills = self._enqueue(self._late(now)), self._enqueue(self.find(now))
        return BillingRun(bills, documents, sum(1 for _ in self.parked.parked()))

    def _late(self, now: datetime) -> Iterator[BillingRequest]:
        """A request for each document that should have been made by now."""
        for name in self.invoices.unfinished(now - _LEFT_BEHIND):
            yield BillingRequest(name.account_id, name.period, now, number=name.number)

    def _enqueue(self, requests: Iterator[BillingRequest]) -> int:
        """Queue requests a few at a time: if the run dies, what was found is queued; returns how many."""
        count = 0
        while batch := list(islice(requests, _BATCH)):
            self.queue.enqueue(batch)
            count += len(batch)
        return count


class Unusual(Exception):
    """A bill that is so high that somebody has to look at it first: what it comes to, net and with tax."""

    def __init__(self, net: Money, total: Money) -> None:
        super().__init__(f"{net} is more than {UNUSUAL_TIMES} times the account's usual amount")
        self.net = net
        self.total = total


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """Issues the invoice of an account for a period, once: number, claim and snapshot are one transaction."""

    draft: DraftInvoices
    invoices: InvoiceRepository

    def __call__(self, request: BillingRequest, now: datetime) -> IssuedInvoice | None:
        """The period's invoice, issued now or before; None when there is nothing to bill.

        It is issued as of `now`, or of the time that was asked for if that is yet to come. Raises `Unusual`
        for a bill that needs approval and has none, and whatever the draft refuses.
        """
        for _ in range(_ATTEMPTS):
            seen = self.invoices.billing(request.account_id)
            found = _number(request, seen)
            if found is not None:
                return self.invoices.by_number(request.account_id, found) if found else None
            issued_at = max(now, request.requested_at)
            draft = self.draft(
                request.account_id, request.period, issued_at, replaces=request.replaces, seen=seen
            )
            try:
                return self._issue(draft, approved=request.approved)
            except Conflict:
                continue
        raise StoreUnavailable("the account's invoices are changed by others all the time")

    def number(self, request: BillingRequest) -> str | None:
        """The number that the request has led to; empty where there was nothing to bill, None until then."""
        return _number(request, self.invoices.billing(request.account_id))

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
            net = Money(invoice.net_minor, invoice.currency)
            raise Unusual(net, Money(invoice.total_minor, invoice.currency))
        return self.invoices.issue(invoice, draft.seen)


def _number(request: BillingRequest, seen: AccountBilling) -> str | None:
    """The number that a request has led to; empty where there was nothing to bill, None until then."""
    number = seen.periods.get(request.period)
    return None if request.replaces and number == request.replaces else number


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
            issued = self.issue(request, now)
        except StoreUnavailable:
            raise
        except Unusual as error:
            self._park(request, str(error), now, error)
        except BotmeterError as error:
            self._park(request, str(error), now)
        except Exception as error:
            _logger.exception("bill of %s for %s", request.account_id, request.period.label)
            self._park(request, f"{type(error).__name__}: {error}", now)
        else:
            self._take_off(request)
            return issued
        return None

    def _park(self, request: BillingRequest, reason: str, now: datetime, high: Unusual | None = None) -> None:
        """Put a bill aside for the operator, unless it has been made meanwhile."""
        if self.issue.number(request) is None:
            bill = ParkedBill(
                account_id=request.account_id,
                period=request.period,
                reason=reason,
                needs_approval=high is not None,
                parked_at=now,
                replaces=request.replaces,
                net=high.net if high else None,
                total=high.total if high else None,
            )
            self.parked.park(bill)

    def _take_off(self, request: BillingRequest) -> None:
        """Park a bill that has been made no more: another request may have been slower, and parked it."""
        bill = self.parked.of_account(request.account_id)
        if bill is not None and bill.period == request.period:
            self.parked.release(bill)
