"""Billing: each ended period once, whatever dies in between."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.invoices import InvoiceLine, IssuedInvoice, LineKind, Party
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.ports.invoices import BillingRequest
from botmeter.services.bill_accounts import IssueInvoice, StartBillingRun
from tests.fakes.demo import ACCOUNT, ENTERPRISE, ESSENTIAL, STANDARD, bot
from tests.fakes.invoices import FakeDocuments, FakeInvoices, FakeQueue
from tests.fakes.world import ADMIN, NOW, TRANSFER, Died, World

OCTOBER = BillingPeriod(2026, 10)
NOVEMBER = OCTOBER.next()
DECEMBER = NOVEMBER.next()
# October ends in Berlin on 31 October 23:00 UTC.
END = datetime(2026, 10, 31, 23, tzinfo=UTC)
GRACE = timedelta(hours=72)


@dataclass
class Desk:
    """Who bills the accounts of a world."""

    world: World = field(default_factory=World)
    invoices: FakeInvoices = field(default_factory=FakeInvoices)
    documents: FakeDocuments = field(default_factory=FakeDocuments)

    def use(self, day: date, count: int, bot_id: str = "bot_standard", plan: str = "standard@1") -> None:
        """Let a bot have had usage sessions."""
        self.world.usage.counts[bot_id, TotalKey(day, plan), Bucket(Unit.USAGE, 9)] += count

    def run(self, now: datetime) -> list[str]:
        """Queue what is to bill; the periods of the account."""
        run = StartBillingRun(self.world.accounts, self.invoices, FakeQueue(), GRACE)
        return [r.period.label for r in run(now) if r.account_id == ACCOUNT.account_id]

    def issue(self, period: BillingPeriod = OCTOBER) -> IssuedInvoice | None:
        """The invoice of the account for a period, as soon as it may be made."""
        issue = IssueInvoice(
            accounts=self.world.accounts,
            usage=self.world.usage,
            invoices=self.invoices,
            orders=self.world.orders,
            documents=self.documents,
            render=lambda invoice: invoice.number.encode(),
            seller=Party("Seller"),
        )
        return issue(BillingRequest(ACCOUNT.account_id, period, period.end(ACCOUNT.calendar) + GRACE))

    def lines(self, period: BillingPeriod = OCTOBER) -> list[tuple[str, LineKind, int, int]]:
        """Month, kind, quantity and amount of the lines of an invoice; none if there is nothing to bill."""
        issued = self.issue(period)
        return [_facts(line) for line in issued.invoice.lines] if issued else []


def _facts(line: InvoiceLine) -> tuple[str, LineKind, int, int]:
    return line.service_period.label, line.kind, line.quantity, line.amount_minor


def used() -> Desk:
    """A desk whose standard bot had sessions on both sides of the month's end."""
    desk = Desk()
    for day, count in ((date(2026, 10, 1), 2), (date(2026, 10, 31), 1), (date(2026, 11, 1), 7)):
        desk.use(day, count)
    return desk


@pytest.mark.parametrize(
    ("after_end", "periods"),
    [(GRACE - timedelta(seconds=1), []), (GRACE, ["2026-10"]), (timedelta(days=40), ["2026-10"])],
)
def test_periods_are_billed_when_their_grace_has_passed(after_end: timedelta, periods: list[str]) -> None:
    """An account is queued for its first unfinished period, once that ended long enough ago."""
    assert Desk().run(END + after_end) == periods


def test_run_queues_every_account_once() -> None:
    """All in one go, with the time of the run as the date of the invoices."""
    world, queue = World(), FakeQueue()
    requests = StartBillingRun(world.accounts, FakeInvoices(), queue, GRACE)(END + GRACE)

    assert requests == queue.requests
    assert [(r.account_id, r.requested_at) for r in requests] == [
        (ACCOUNT.account_id, END + GRACE),
        ("acct_other", END + GRACE),
    ]


def test_finished_period_is_not_queued_again() -> None:
    """A second run changes nothing; one whose document is missing is queued again."""
    desk = used()
    desk.invoices.dies_after = "claim"
    assert desk.run(END + GRACE) == ["2026-10"]
    with pytest.raises(Died):
        desk.issue()

    assert desk.run(END + GRACE) == ["2026-10"]
    desk.issue()
    assert desk.run(END + GRACE) == []


def test_invoice_holds_the_period_s_sessions() -> None:
    """Only sessions that start in the period are billed, to the seller's and customer's snapshot."""
    issued = used().issue()

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
    desk = used()
    desk.invoices.dies_after = desk.documents.dies_after = dies_after
    with pytest.raises(Died):
        desk.issue()
    issued = desk.issue()

    assert issued is not None
    assert issued.invoice.number == "INV-000001"
    assert (len(desk.invoices.claimed), desk.documents.writes) == (1, 1)
    assert issued.pdf_sha256 is not None


def test_run_beside_another_of_the_same_account_gets_its_invoice() -> None:
    """The other has issued it between this one's looking for it and its drawing up: nothing is closed."""
    desk = Desk(world=World([bot(ESSENTIAL)]))
    first = desk.issue()
    looks = iter([None])
    found = desk.invoices.find
    desk.invoices.find = lambda *key: next(looks, found(*key))  # type: ignore[method-assign]

    assert desk.issue() == first
    assert desk.invoices.closed == set()


def test_account_under_contract_has_no_invoice() -> None:
    """Nothing to bill, no number drawn."""
    desk = Desk(World([bot(ENTERPRISE)]))

    assert desk.issue() is None
    assert desk.invoices.claimed == {}
    assert desk.run(END + GRACE) == []


def test_late_session_of_a_billed_period_is_on_the_next_invoice() -> None:
    """What settles after a period was billed is charged once, on the next invoice, for its own month."""
    desk = used()
    desk.issue(OCTOBER)
    desk.use(date(2026, 10, 9), 2)

    assert [(month, n) for month, _, n, _ in desk.lines(NOVEMBER)] == [
        ("2026-12", 1),
        ("2026-11", 7),
        ("2026-10", 2),
    ]
    assert [month for month, *_ in desk.lines(DECEMBER)] == ["2027-01"]


def upgraded() -> Desk:
    """The standard bot went to Essential on 5 October: 27 days, 42.68 of 49.00 a month, by an order."""
    desk = Desk(World([bot(STANDARD)]))
    desk.world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="k")
    return desk


def test_order_of_an_upgrade_is_taken_off_the_invoice() -> None:
    """The fee of the month is listed, less what was ordered; nothing is charged twice."""
    desk = upgraded()

    assert desk.lines(OCTOBER) == [
        ("2026-10", LineKind.FEE, 1, 4268),
        ("2026-10", LineKind.ORDERED, 1, -4268),
        ("2026-11", LineKind.FEE, 1, 4900),
    ]
    assert desk.lines(NOVEMBER) == [("2026-12", LineKind.FEE, 1, 4900)]


def test_fee_whose_order_failed_is_on_the_invoice() -> None:
    """The plan was had, so it is charged."""
    desk = upgraded()
    (order,) = desk.world.billing.known_orders.values()
    desk.world.pay.decline(order, "nothing came", desk.world.billing.trail[0].actor, NOW)

    assert desk.lines(OCTOBER) == [("2026-10", LineKind.FEE, 1, 4268), ("2026-11", LineKind.FEE, 1, 4900)]


def test_fee_whose_order_fails_after_the_invoice_is_on_the_next() -> None:
    """What the invoice had taken off comes back, once."""
    desk = upgraded()
    desk.issue(OCTOBER)
    (order,) = desk.world.billing.known_orders.values()
    desk.world.pay.decline(order, "nothing came", desk.world.billing.trail[0].actor, END + 2 * GRACE)

    assert desk.lines(NOVEMBER) == [("2026-10", LineKind.FEE, 1, 4268), ("2026-12", LineKind.FEE, 1, 4900)]
    assert desk.lines(DECEMBER) == [("2027-01", LineKind.FEE, 1, 4900)]


def test_upgrade_of_a_month_that_was_billed_in_advance() -> None:
    """The order charges the difference to the day; the next invoice has nothing to add."""
    desk = Desk(World([bot(ESSENTIAL)]))
    desk.issue(OCTOBER)
    tenth = datetime(2026, 11, 10, 12, tzinfo=UTC)
    done = desk.world.change_plan(ADMIN, "bot_essential", "advanced", TRANSFER, tenth, key="k")

    assert done.order is not None
    assert done.order.amount_minor == 1470 + 13930 - 4900
    assert desk.lines(NOVEMBER) == [("2026-12", LineKind.FEE, 1, 19900)]


def test_downgrade_ends_the_fee_with_its_month() -> None:
    """The invoice before asks for no fee any more."""
    desk = Desk(World([bot(ESSENTIAL)]))
    desk.world.change_plan(ADMIN, "bot_essential", "standard", TRANSFER, NOW, key="k")

    assert desk.lines(OCTOBER) == [("2026-10", LineKind.FEE, 1, 4900)]
    assert desk.lines(NOVEMBER) == []


def test_downgrade_after_the_month_was_billed_in_advance() -> None:
    """It takes effect at the month's end: what was charged stays, and nothing more comes."""
    desk = Desk(World([bot(ESSENTIAL)]))
    desk.issue(OCTOBER)
    later = datetime(2026, 11, 10, tzinfo=UTC)
    desk.world.change_plan(ADMIN, "bot_essential", "standard", TRANSFER, later, key="k")

    assert desk.lines(NOVEMBER) == []


def test_plan_changed_in_the_middle_of_a_month_bills_each_session_at_its_plan_s_price() -> None:
    """Prepaid ones were paid from the balance; Essential includes five a month, and 27 of 31 days' worth."""
    desk = upgraded()
    desk.use(date(2026, 10, 3), 20, plan="standard@1")
    desk.use(date(2026, 10, 20), 20, plan="essential@1")

    issued = desk.issue(OCTOBER)
    assert issued is not None
    sessions = [line for line in issued.invoice.lines if line.kind not in {LineKind.FEE, LineKind.ORDERED}]
    assert [(line.plan, line.kind, line.quantity, line.amount_minor) for line in sessions] == [
        ("essential@1", LineKind.INCLUDED_USAGE, 5, 0),
        ("essential@1", LineKind.USAGE, 15, 225),
        ("standard@1", LineKind.USAGE, 20, 400),
    ]
    assert (issued.invoice.paid_minor, issued.invoice.due_minor) == (400, 225 + 4900)


def test_included_sessions_are_counted_by_days() -> None:
    """Half a month of a plan includes half of its sessions, rounded up."""
    desk = Desk(World([bot(STANDARD)]))
    late = datetime(2026, 10, 29, 12, tzinfo=UTC)
    desk.world.change_plan(ADMIN, "bot_standard", "advanced", TRANSFER, late, key="k")
    desk.use(date(2026, 10, 30), 20, plan="advanced@1")

    # 3 of 31 days of 50 sessions.
    assert desk.lines(OCTOBER)[-2:] == [
        ("2026-10", LineKind.INCLUDED_USAGE, 5, 0),
        ("2026-10", LineKind.USAGE, 15, 150),
    ]
