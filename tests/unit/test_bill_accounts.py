"""Billing: each ended period once, whatever dies in between."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.errors import NotFound
from botmeter.domain.invoices import Invoice, IssuedInvoice, Party, invoice_number
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.ports import BillingRequest
from botmeter.services.bill_accounts import IssueInvoice, StartBillingRun
from tests.fakes.demo import ACCOUNT, ENTERPRISE, bot
from tests.fakes.stores import FakeAccounts, FakeUsageTable

OCTOBER = BillingPeriod(2026, 10)
# October ends in Berlin on 31 October 23:00 UTC.
END = datetime(2026, 10, 31, 23, tzinfo=UTC)
GRACE = timedelta(hours=72)


class Crash(Exception):
    """The process dies."""


@dataclass
class FakeInvoices:
    claimed: dict[tuple[str, BillingPeriod], IssuedInvoice] = field(default_factory=dict)
    closed: set[BillingPeriod] = field(default_factory=set)
    dies_after: str = ""

    def finished_periods(self, account_id: str) -> set[BillingPeriod]:
        issued = {period for (_, period), one in self.claimed.items() if one.pdf_sha256}
        return self.closed | issued

    def close_without(self, account_id: str, period: BillingPeriod) -> None:
        self.closed.add(period)

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
        raise NotFound(number)

    def of_account(self, account_id: str) -> list[IssuedInvoice]:
        return list(self.claimed.values())

    def document_stored(self, issued: IssuedInvoice, sha256: str) -> IssuedInvoice:
        done = replace(issued, pdf_sha256=sha256)
        self.claimed[issued.invoice.account_id, issued.invoice.period] = done
        self._die("noted")
        return done

    def _die(self, where: str) -> None:
        if self.dies_after == where:
            self.dies_after = ""
            raise Crash(where)


@dataclass
class FakeDocuments:
    stored: dict[str, bytes] = field(default_factory=dict)
    writes: int = 0
    dies_after: str = ""

    def write_once(self, key: str, pdf: bytes) -> str:
        self.writes += key not in self.stored
        self.stored.setdefault(key, pdf)
        if self.dies_after == "stored":
            self.dies_after = ""
            raise Crash("stored")
        return hashlib.sha256(self.stored[key]).hexdigest()

    def download_url(self, key: str, filename: str) -> str:
        return key


@dataclass
class FakeQueue:
    requests: list[BillingRequest] = field(default_factory=list)

    def enqueue(self, requests: Sequence[BillingRequest]) -> None:
        self.requests += requests


def usage() -> FakeUsageTable:
    table = FakeUsageTable()
    for day, count in ((date(2026, 10, 1), 2), (date(2026, 10, 31), 1), (date(2026, 11, 1), 7)):
        table.totals["bot_standard", TotalKey(day, "standard@1"), Bucket(Unit.USAGE, 9)] = count
    return table


def issue(
    invoices: FakeInvoices, documents: FakeDocuments, accounts: FakeAccounts | None = None
) -> IssueInvoice:
    return IssueInvoice(
        accounts or FakeAccounts(), usage(), invoices, documents, lambda i: i.number.encode(), Party("Seller")
    )


@pytest.mark.parametrize(
    ("after_end", "periods"),
    [(GRACE - timedelta(seconds=1), []), (GRACE, ["2026-10"]), (timedelta(days=40), ["2026-10"])],
)
def test_periods_are_billed_when_their_grace_has_passed(after_end: timedelta, periods: list[str]) -> None:
    """An account is queued for its first unfinished period, once that ended long enough ago."""
    queue = FakeQueue()
    StartBillingRun(FakeAccounts(), FakeInvoices(), queue, GRACE)(END + after_end)

    assert [request.period.label for request in queue.requests] == periods


def test_finished_period_is_not_queued_again() -> None:
    """A second run changes nothing; one whose document is missing is queued again."""
    invoices, queue = FakeInvoices(dies_after="claim"), FakeQueue()
    run = StartBillingRun(FakeAccounts(), invoices, queue, GRACE)
    (request,) = run(END + GRACE)
    with pytest.raises(Crash):
        issue(invoices, FakeDocuments())(request)

    assert len(run(END + GRACE)) == 1
    issue(invoices, FakeDocuments())(request)
    assert run(END + GRACE) == []


def test_invoice_holds_the_period_s_sessions() -> None:
    """Only sessions that start in the period are billed, to the seller's and customer's snapshot."""
    request = BillingRequest(ACCOUNT.account_id, OCTOBER, END + GRACE)
    issued = issue(FakeInvoices(), FakeDocuments())(request)

    assert issued is not None
    assert [(line.bot_id, line.quantity) for line in issued.invoice.lines] == [
        ("bot_essential", 1),
        ("bot_essential", 1),
        ("bot_standard", 3),
    ]
    assert issued.invoice.customer == Party("Acme GmbH", ("Hauptstraße 1", "10115 Berlin"))
    assert issued.pdf_sha256 == hashlib.sha256(b"INV-000001").hexdigest()


@pytest.mark.parametrize("dies_after", ["claim", "stored", "noted"])
def test_crash_anywhere_is_completed_by_the_next_run(dies_after: str) -> None:
    """A process that dies after any write leaves one invoice, one number, one document."""
    invoices, documents = FakeInvoices(dies_after=dies_after), FakeDocuments(dies_after=dies_after)
    request = BillingRequest(ACCOUNT.account_id, OCTOBER, END + GRACE)
    with pytest.raises(Crash):
        issue(invoices, documents)(request)
    issued = issue(invoices, documents)(request)

    assert issued is not None
    assert issued.invoice.number == "INV-000001"
    assert (len(invoices.claimed), documents.writes) == (1, 1)
    assert issued.pdf_sha256 is not None


def test_account_under_contract_has_no_invoice() -> None:
    """Nothing to bill, no number drawn."""
    accounts = FakeAccounts(known_bots={"bot_enterprise": bot(ENTERPRISE)})
    invoices = FakeInvoices()

    assert (
        issue(invoices, FakeDocuments(), accounts)(BillingRequest(ACCOUNT.account_id, OCTOBER, END)) is None
    )
    assert invoices.claimed == {}
    assert StartBillingRun(accounts, invoices, FakeQueue(), GRACE)(END + GRACE) == []


def test_late_session_of_a_billed_period_is_on_the_next_invoice() -> None:
    """What settles after a period was billed is charged once, on the next invoice, for its own month."""
    invoices, table = FakeInvoices(), usage()
    issue_one = IssueInvoice(
        FakeAccounts(), table, invoices, FakeDocuments(), lambda i: i.number.encode(), Party("Seller")
    )
    issue_one(BillingRequest(ACCOUNT.account_id, OCTOBER, END + GRACE))
    table.totals["bot_standard", TotalKey(date(2026, 10, 9), "standard@1"), Bucket(Unit.USAGE, 9)] = 2
    november = issue_one(BillingRequest(ACCOUNT.account_id, OCTOBER.next(), END + 2 * GRACE))
    december = issue_one(BillingRequest(ACCOUNT.account_id, OCTOBER.next().next(), END + 3 * GRACE))

    assert november is not None
    assert december is not None
    assert [(line.service_period.label, line.quantity) for line in november.invoice.lines] == [
        ("2026-12", 1),
        ("2026-11", 7),
        ("2026-10", 2),
    ]
    assert [line.service_period.label for line in december.invoice.lines] == ["2027-01"]
