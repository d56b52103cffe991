"""A billing run over many accounts on the emulator's DynamoDB, beside the same requests without Botmeter.

Documents are a few bytes and stay in memory: what they cost is measured apart (`documents`).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.accounts import Specimen, account_id, after_grace, new_stack
from bench.processes import processor_seconds, resident_mb
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
PARTS, SLICES = 10, 50
# Of each slice so many accounts are billed in other tables as well, by the same requests sent bare.
REPEATED = 10
# So many accounts are billed month after month in the end; these months are shown.
LASTING = 5
MONTHS = (2, 12, 24, 36)
# What the numbers of the catalogue's seller begin with.
PREFIX = "INV"
COLUMNS = ("worker, ms", "emulator, ms", "requests", "read units", "write units")


@dataclass(frozen=True)
class Times:
    """Seconds by the clock, of this process's processor, and of the emulator's."""

    clock: float = 0.0
    own: float = 0.0
    emulator: float = 0.0

    def __add__(self, other: "Times") -> "Times":
        """Both together."""
        return Times(self.clock + other.clock, self.own + other.own, self.emulator + other.emulator)

    @property
    def processor(self) -> float:
        """Of both processes. When others use the machine, it says more than the clock."""
        return self.own + self.emulator


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
        self._emulator, self._requests = emulator, requests
        self._client = bare.client("dynamodb")
        self._tables = {name: bare.outputs[key] for key, name in stack.outputs.items()}
        self._billing = stack.outputs["BillingTableName"]

    def bill(self, requests: Sequence[BillingRequest]) -> tuple[Times, Taken]:
        """Bill accounts; what that takes."""
        return self.measured(lambda: self.office.work(requests))

    def bill_twice(self, requests: Sequence[BillingRequest]) -> Times:
        """Bill accounts, then those of the other stack with the same requests; what the latter takes."""
        self._bring_sequence()
        self._requests.kept = kept = list[Request]()
        self.office.work(requests)
        self._requests.kept = None
        times, _ = self.measured(lambda: send(self._client, kept, self._tables))
        return times

    def measured(self, work: Callable[[], object]) -> tuple[Times, Taken]:
        """What `work` takes."""
        self._requests.take()
        began = self._now()
        work()
        ended = self._now()
        times = Times(ended.clock - began.clock, ended.own - began.own, ended.emulator - began.emulator)
        return times, self._requests.take()

    def _now(self) -> Times:
        """What the clocks show."""
        return Times(time.perf_counter(), time.process_time(), processor_seconds(self._emulator.pid))

    def _bring_sequence(self) -> None:
        """Let both draw the same number next."""
        key = {"pk": {"S": "SEQUENCE"}, "sk": {"S": f"{PREFIX}-{self.specimen.billed_at.year}"}}
        item = self._client.get_item(TableName=self._billing, Key=key).get("Item")
        if item is not None:
            self._client.put_item(TableName=self._tables[self._billing], Item=item)


@dataclass(frozen=True)
class Part:
    """What accounts took, what others took that were billed bare as well, and this process's memory then."""

    accounts: int
    botmeter: Times
    taken: Taken
    bare_accounts: int
    bare: Times
    resident_mb: float


def run(accounts: int = ACCOUNTS) -> None:
    """Measure and print; `accounts` is 1,000 or more, in steps of 50."""
    if accounts % SLICES or accounts < 2 * REPEATED * SLICES:
        raise SystemExit(f"accounts: must be {2 * REPEATED * SLICES} or more, in steps of {SLICES}")
    emulator, requests = Emulator.of("bench"), Requests()
    emulator.start()
    try:
        slices = [range(n, n + accounts // SLICES) for n in range(0, accounts, accounts // SLICES)]
        twins = Twins(emulator, requests, range(accounts), [n for of in slices for n in of[:REPEATED]])
        _measure(twins, accounts)
    finally:
        emulator.stop()


def _measure(twins: Twins, accounts: int) -> None:
    """Bill everybody, then everybody once more, then some for years."""
    bills, first, first_units = _start(twins)
    assert len(bills) == accounts
    part = accounts // PARTS
    parts = [_part(twins, bills[n : n + part]) for n in range(0, accounts, part)]
    numbers, year = twins.office.numbers, twins.specimen.billed_at.year
    assert numbers == [document_number(PREFIX, year, n + 1) for n in range(accounts)]
    _print_parts(parts)
    nothing, second, second_units = _start(twins)
    assert not nothing
    rows = [
        _row("find what is due: everything", accounts, first, first_units),
        _row("bill, and store the documents", parts[-1].accounts, parts[-1].botmeter, parts[-1].taken),
        _row("find what is due: nothing", accounts, second, second_units),
        _row("every request once more", accounts, *_again(twins, bills)),
    ]
    table("Billing run, for each account", ["", *COLUMNS], rows)
    _print_months(twins)


def _start(twins: Twins) -> tuple[Sequence[BillingRequest], Times, Taken]:
    """Start a run: what it has queued, and what that took."""
    twins.office.queue.requests = []
    times, taken = twins.measured(lambda: twins.office.start(twins.specimen.billed_at))
    return twins.office.queue.requests, times, taken


def _part(twins: Twins, bills: Sequence[BillingRequest]) -> Part:
    """Bill a part of the accounts, in turn with bare requests: what disturbs one disturbs the other."""
    size = len(bills) * PARTS // SLICES
    bare, botmeter, taken = Times(), Times(), Taken(0, 0, 0)
    for n in range(0, len(bills), size):
        bare += twins.bill_twice(bills[n : n + REPEATED])
        times, units = twins.bill(bills[n + REPEATED : n + size])
        botmeter, taken = botmeter + times, taken.plus(units)
    repeated = REPEATED * len(range(0, len(bills), size))
    return Part(len(bills) - repeated, botmeter, taken, repeated, bare, resident_mb())


def _again(twins: Twins, bills: Sequence[BillingRequest]) -> tuple[Times, Taken]:
    """Work all requests off once more, as if the queue had delivered them twice."""
    numbers, writes = twins.office.numbers, twins.office.documents.writes
    twins.office.numbers = []
    times, taken = twins.bill(bills)
    assert twins.office.numbers == numbers
    assert twins.office.documents.writes == writes
    assert not taken.write
    return times, taken


def _print_parts(parts: Sequence[Part]) -> None:
    """A row for each part of the accounts."""
    rows, billed = [], 0
    for part in parts:
        billed += part.accounts + part.bare_accounts
        ours = [t * 1000 / part.accounts for t in (part.botmeter.processor, part.botmeter.own)]
        bare = [t * 1000 / part.bare_accounts for t in (part.bare.processor, part.bare.own)]
        by_the_clock = part.accounts / part.botmeter.clock
        values = [ours[0], bare[0], ours[0] / bare[0], ours[1], bare[1]]
        shown = [f"{value:.{2 if n == 2 else 1}f}" for n, value in enumerate(values)]
        rows.append([f"{billed:,}", *shown, f"{by_the_clock:.1f}", f"{part.resident_mb:,.0f}"])
    columns = ["all, ms", "bare, ms", "ratio", "worker, ms", "bare, ms", "accounts/s", "memory, MB"]
    table("Billing run: processor time for an account, and memory", ["accounts", *columns], rows)


def _row(name: str, count: int, times: Times, taken: Taken) -> list[str]:
    """What something takes for each of `count` accounts."""
    values = (times.own * 1000, times.emulator * 1000, taken.calls, taken.read, taken.write)
    return [name, *(f"{value / count:.2f}" for value in values)]


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
