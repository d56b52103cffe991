"""A billing run over many accounts on the emulator's DynamoDB, beside the same requests without Botmeter.

Documents are a few bytes and stay in memory: what they cost is measured apart (`documents`).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.accounts import Specimen, account_id, after_grace, new_stack
from bench.memory import resident_mb
from bench.report import table
from bench.requests import Request, Requests, Taken, send
from botmeter.domain.invoices import IssuedInvoice, document_number
from botmeter.domain.periods import Calendar
from botmeter.ports.invoices import BillingRequest
from botmeter.services.bill_accounts import BillAccount, StartBillingRun
from botmeter.services.deliver_documents import DeliverDocuments
from botmeter.services.work_billing_queue import WorkBillingQueue
from botmeter_cli.provisioning import demo_account, wiring_for
from botmeter_cli.sample import last_full_month
from botmeter_local.emulator import Emulator
from invoice.letters import write_letter
from tests.fakes.invoices import FakeDocuments, FakeQueue, render

if TYPE_CHECKING:
    from botmeter.bootstrap import Wiring

ACCOUNTS = 1_000
PARTS = 10
# Of each part so many accounts are billed in other tables as well, by the same requests sent bare.
REPEATED = 50
# So many accounts are billed month after month in the end; these months are shown.
LASTING = 5
MONTHS = (2, 12, 24, 36)
PREFIX = "INV"
COLUMNS = ("ms", "requests", "read units", "write units")


@dataclass(frozen=True)
class Times:
    """Milliseconds by the clock, and of this process's processor, for each of several accounts."""

    clock: float
    processor: float


def timed(count: int, work: Callable[[], object]) -> Times:
    """What `work` takes for each of `count` accounts."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    return Times(clock * 1000 / count, processor * 1000 / count)


class Office:
    """The services of a billing run, wired as the functions are but for queue, documents and mail."""

    def __init__(self, services: "Wiring") -> None:
        self.documents, self.queue = FakeDocuments(), FakeQueue()
        deliver = DeliverDocuments(
            services.accounts, services.invoices, self.documents, render, write_letter, None, ""
        )
        self.start = StartBillingRun(services.find_due_bills, services.invoices, services.parked, self.queue)
        self._work = WorkBillingQueue(BillAccount(services.issue_invoice, services.parked), deliver)
        self.numbers: list[str] = []

    def work(self, requests: Sequence[BillingRequest]) -> None:
        """Bill, and note the numbers of the invoices."""
        for request in requests:
            issued = self._work(request, request.requested_at)
            assert isinstance(issued, IssuedInvoice)
            self.numbers.append(issued.invoice.number)


class Twins:
    """Two stacks with the same accounts: all of them to bill, and some to bill with bare requests."""

    def __init__(
        self, emulator: Emulator, requests: Requests, numbers: Sequence[int], twice: Sequence[int]
    ) -> None:
        period = last_full_month(datetime.now(UTC), Calendar(demo_account()["time_zone"]))
        bare = new_stack(emulator, "bare")
        Specimen.in_(bare, period).copy(bare, twice)
        # The last one that is made: PynamoDB's models are bound to its tables.
        stack = new_stack(emulator, "run")
        self.specimen = Specimen.in_(stack, period)
        self.specimen.copy(stack, numbers)
        self.office = Office(wiring_for(stack))
        self._requests = requests
        self._client = bare.client("dynamodb")
        self._tables = {name: bare.outputs[key] for key, name in stack.outputs.items()}
        self._billing = stack.outputs["BillingTableName"]

    def bill(self, requests: Sequence[BillingRequest]) -> tuple[Times, Taken]:
        """Bill accounts; what that takes."""
        self._requests.take()
        times = timed(len(requests), lambda: self.office.work(requests))
        return times, self._requests.take()

    def bill_twice(self, requests: Sequence[BillingRequest]) -> Times:
        """Bill accounts, then those of the other stack with the same requests; what the latter takes."""
        self._bring_sequence()
        self._requests.kept = kept = list[Request]()
        self.office.work(requests)
        self._requests.kept = None
        return timed(len(requests), lambda: send(self._client, kept, self._tables))

    def _bring_sequence(self) -> None:
        """Let both draw the same number next."""
        key = {"pk": {"S": "SEQUENCE"}, "sk": {"S": f"{PREFIX}-{self.specimen.billed_at.year}"}}
        item = self._client.get_item(TableName=self._billing, Key=key).get("Item")
        if item is not None:
            self._client.put_item(TableName=self._tables[self._billing], Item=item)


@dataclass(frozen=True)
class Part:
    """What a part of the accounts took, and the memory of this process after it."""

    botmeter: Times
    taken: Taken
    bare: Times
    resident_mb: float


def run(accounts: int = ACCOUNTS) -> None:
    """Measure and print."""
    emulator, requests = Emulator.of("bench"), Requests()
    part = accounts // PARTS
    repeated = min(REPEATED, part // 2)
    emulator.start()
    try:
        twice = [first + n for first in range(0, accounts, part) for n in range(repeated)]
        twins = Twins(emulator, requests, range(accounts), twice)
        bills, first, first_taken = _start(twins, requests, accounts)
        assert len(bills) == accounts
        parts = [_part(twins, bills[n : n + part], repeated) for n in range(0, accounts, part)]
        _check_numbers(twins)
        _print_parts(parts, part)
        nothing, second, second_taken = _start(twins, requests, accounts)
        assert not nothing
        measured, last = part - repeated, parts[-1]
        rows = [
            _row("find what is due: everything", accounts, first, first_taken),
            _row("bill, and store the documents", measured, last.botmeter, last.taken),
            _row("find what is due: nothing", accounts, second, second_taken),
            _row("every request once more", accounts, *_again(twins, bills)),
        ]
        table("Billing run, for each account", ["", *COLUMNS], rows)
        _print_months(twins)
    finally:
        emulator.stop()


def _start(twins: Twins, requests: Requests, accounts: int) -> tuple[Sequence[BillingRequest], Times, Taken]:
    """Start a run: what it has queued, and what that took for each account."""
    requests.take()
    twins.office.queue.requests = []
    times = timed(accounts, lambda: twins.office.start(twins.specimen.billed_at))
    return twins.office.queue.requests, times, requests.take()


def _part(twins: Twins, bills: Sequence[BillingRequest], repeated: int) -> Part:
    """Bill a part of the accounts: the first of them twice, the others for the clock."""
    bare = twins.bill_twice(bills[:repeated])
    botmeter, taken = twins.bill(bills[repeated:])
    return Part(botmeter, taken, bare, resident_mb())


def _check_numbers(twins: Twins) -> None:
    """No number is missing, and none is there twice."""
    numbers, year = twins.office.numbers, twins.specimen.billed_at.year
    assert numbers == [document_number(PREFIX, year, n + 1) for n in range(len(numbers))]


def _again(twins: Twins, bills: Sequence[BillingRequest]) -> tuple[Times, Taken]:
    """Work all requests off once more, as if the queue had delivered them twice."""
    numbers, writes = twins.office.numbers, twins.office.documents.writes
    twins.office.numbers = []
    times, taken = twins.bill(bills)
    assert twins.office.numbers == numbers
    assert twins.office.documents.writes == writes
    assert not taken.write
    return times, taken


def _print_parts(parts: Sequence[Part], size: int) -> None:
    """A row for each part of the accounts."""
    rows = [
        [
            f"{n * size:,}",
            f"{part.botmeter.clock:.1f}",
            f"{part.bare.clock:.1f}",
            f"{part.botmeter.clock / part.bare.clock:.2f}",
            f"{part.botmeter.processor:.1f}",
            f"{part.bare.processor:.1f}",
            f"{part.resident_mb:,.0f}",
        ]
        for n, part in enumerate(parts, start=1)
    ]
    columns = ["ms", "bare requests", "ratio", "own processor", "bare requests", "memory, MB"]
    table("Billing run, part by part: milliseconds for each account", ["accounts", *columns], rows)


def _row(name: str, count: int, times: Times, taken: Taken) -> list[str]:
    """What something takes for each of `count` accounts."""
    units = (taken.calls / count, taken.read / count, taken.write / count)
    return [name, f"{times.clock:.2f}", *(f"{value:.2f}" for value in units)]


def _print_months(twins: Twins) -> None:
    """What an invoice takes after so many others."""
    specimen, period, rows = twins.specimen, twins.specimen.period, []
    for month in range(2, MONTHS[-1] + 1):
        period = period.next()
        at = after_grace(period, specimen.calendar)
        times, taken = twins.bill([BillingRequest(account_id(n), period, at) for n in range(LASTING)])
        if month in MONTHS:
            rows.append(_row(f"{month}", LASTING, times, taken))
    table("The invoice of an account's month", ["month", *COLUMNS], rows)
