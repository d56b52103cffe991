"""Billing: each ended period once, whatever dies in between."""

from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.audit import SYSTEM
from botmeter.domain.errors import Conflict, StoreUnavailable
from botmeter.domain.invoices import AppliedPayment, InvoiceStatus, LineKind, PaymentSource
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import AccountBilling
from tests.fakes.demo import ACCOUNT, CUSTOMER, ENTERPRISE, ESSENTIAL, SELLER, STANDARD, bot
from tests.fakes.desk import DECEMBER, DUE, END, GRACE, NOVEMBER, OCTOBER, Desk
from tests.fakes.world import ADMIN, NOW, TRANSFER, Died, World


def used() -> Desk:
    """A desk whose standard bot had sessions on both sides of the month's end."""
    desk = Desk()
    for day, count in ((date(2026, 10, 1), 2), (date(2026, 10, 31), 1), (date(2026, 11, 1), 7)):
        desk.use(day, count)
    return desk


def test_invoice_holds_the_period_s_sessions() -> None:
    """Only sessions that start in the period are billed, with the parties as they are."""
    issued = used().issued()

    assert [(line.bot_id, line.quantity) for line in issued.invoice.lines] == [
        ("bot_essential", 1),
        ("bot_essential", 1),
        ("bot_standard", 3),
    ]
    assert (issued.invoice.customer, issued.invoice.seller) == (CUSTOMER, SELLER)
    assert (issued.invoice.number, issued.document_key) == (
        "INV-2026-000001",
        "invoices/acct_acme/INV-2026-000001",
    )
    assert (issued.status, issued.document_sha256) == (InvoiceStatus.ISSUED, None)


def test_invoice_is_dated_by_its_seller() -> None:
    """It was requested in the last hour of 3 November in UTC, which is the fourth in Berlin."""
    issued = used().issued()

    assert issued.invoice.issued_at == DUE == datetime(2026, 11, 3, 23, tzinfo=UTC)
    assert issued.invoice.issued_on == date(2026, 11, 4)
    assert issued.invoice.due_on == date(2026, 11, 4) + timedelta(days=SELLER.payment_days)


def test_request_that_died_after_the_issue_finds_its_invoice() -> None:
    """One number, one invoice: the second try changes nothing."""
    desk = used()
    desk.invoices.dies_after = "issued"
    with pytest.raises(Died):
        desk.issue()

    assert desk.issued().invoice.number == "INV-2026-000001"
    assert desk.invoices.sequences == {"INV-2026": 1}
    assert len(desk.invoices.issued) == 1


def test_run_beside_another_of_the_same_account_gets_its_invoice() -> None:
    """The other has issued it between this one's reading and its writing: one invoice, which both give."""
    desk = used()
    issue, others = desk.invoices.issue, []

    def slow(*arguments: object) -> object:
        desk.invoices.issue = issue  # type: ignore[method-assign]
        others.append(desk.issue())
        return issue(*arguments)  # type: ignore[arg-type]

    desk.invoices.issue = slow  # type: ignore[assignment, method-assign]

    assert desk.issue() == others[0] is not None
    assert len(desk.invoices.issued) == 1


@pytest.mark.parametrize("late", [0, 2])
def test_period_that_is_billed_between_the_first_look_and_the_draft_is_not_billed_again(late: int) -> None:
    """The draft then has what came after the other's invoice, or nothing: neither is this period's."""
    desk = used()
    billing = desk.invoices.billing
    looks: list[int] = []

    def slow(account_id: str) -> AccountBilling:
        seen = billing(account_id)
        if not looks:
            looks.append(1)
            desk.issue()
            desk.use(date(2026, 10, 9), late)
        return seen

    desk.invoices.billing = slow  # type: ignore[method-assign]

    assert desk.issued().invoice.number == "INV-2026-000001"
    assert len(desk.invoices.issued) == 1
    assert billing(ACCOUNT.account_id).periods == {OCTOBER: "INV-2026-000001"}


def test_run_beside_another_that_had_nothing_to_bill_bills_nothing() -> None:
    """Which is noted once."""
    desk = Desk(World([bot(ENTERPRISE)]))
    close = desk.invoices.close_without

    def slow(*arguments: object) -> None:
        desk.invoices.close_without = close  # type: ignore[method-assign]
        assert desk.issue() is None
        close(*arguments)  # type: ignore[arg-type]

    desk.invoices.close_without = slow  # type: ignore[assignment, method-assign]

    assert desk.issue() is None
    assert desk.invoices.billing(ACCOUNT.account_id) == AccountBilling(1, {OCTOBER: ""})


def test_invoice_that_another_period_s_came_before_is_drawn_up_anew() -> None:
    """What the other has billed meanwhile is not billed again: a late session is on one of them."""
    desk = used()
    desk.issue(OCTOBER)
    desk.use(date(2026, 10, 9), 2)
    issue = desk.invoices.issue

    def slow(*arguments: object) -> object:
        desk.invoices.issue = issue  # type: ignore[method-assign]
        desk.issue(NOVEMBER)
        return issue(*arguments)  # type: ignore[arg-type]

    desk.invoices.issue = slow  # type: ignore[assignment, method-assign]
    desk.issue(DECEMBER)

    late = [one.period for one in desk.counted() for line in one.lines if one.is_adjustment(line)]
    assert late == [NOVEMBER]


def test_account_whose_invoices_change_all_the_time_is_tried_later() -> None:
    """After some tries, which leave nothing."""
    desk = used()

    def refuse(*_: object) -> None:
        raise Conflict("others were faster")

    desk.invoices.issue = refuse  # type: ignore[assignment, method-assign]
    with pytest.raises(StoreUnavailable):
        desk.bill(desk.request(), DUE)

    assert list(desk.parked.parked()) == []


def test_account_under_contract_has_no_invoice() -> None:
    """Nothing to bill, no number drawn."""
    desk = Desk(World([bot(ENTERPRISE)]))

    assert desk.issue() is None
    assert (desk.invoices.issued, desk.invoices.sequences) == ({}, {})
    assert desk.run(DUE) == []


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


def paid_by_order(desk: Desk, period: BillingPeriod) -> int:
    """What orders have paid of an invoice."""
    payments = desk.issued(period).invoice.applied
    assert all(payment.source is PaymentSource.ORDER for payment in payments)
    return sum(payment.amount_minor for payment in payments)


def decline(desk: Desk, at: datetime) -> None:
    """The payment of the account's order fails."""
    desk.world.pay.decline(desk.order(), "nothing came", SYSTEM, at)


def test_order_of_an_upgrade_is_applied_to_the_invoice() -> None:
    """The fee of the month is listed, and what was ordered of it is paid; nothing is charged twice."""
    desk = upgraded()

    assert desk.lines(OCTOBER) == [("2026-10", LineKind.FEE, 1, 4268), ("2026-11", LineKind.FEE, 1, 4900)]
    assert desk.issued(OCTOBER).invoice.applied == (
        AppliedPayment(PaymentSource.ORDER, desk.order().order_id, 4268),
    )
    assert desk.issued(OCTOBER).invoice.orders == (desk.order(),)
    assert desk.lines(NOVEMBER) == [("2026-12", LineKind.FEE, 1, 4900)]
    assert paid_by_order(desk, NOVEMBER) == 0


def test_fee_whose_order_failed_is_due() -> None:
    """The plan was had, so it is to be paid."""
    desk = upgraded()
    decline(desk, NOW)

    assert desk.lines(OCTOBER) == [("2026-10", LineKind.FEE, 1, 4268), ("2026-11", LineKind.FEE, 1, 4900)]
    assert paid_by_order(desk, OCTOBER) == 0


def test_fee_whose_order_fails_after_the_invoice_is_due_with_the_next() -> None:
    """What the invoice had applied is taken back, once; the order may be the only reason for an invoice."""
    desk = upgraded()
    desk.world.change_plan(ADMIN, "bot_standard", "standard", TRANSFER, NOW, key="k-2")
    desk.issue(OCTOBER)
    decline(desk, END + 2 * GRACE)

    assert desk.lines(NOVEMBER) == []
    assert paid_by_order(desk, NOVEMBER) == -4268
    assert desk.issued(NOVEMBER).invoice.due_minor == 4268
    assert desk.issue(DECEMBER) is None


def test_upgrade_of_a_month_that_was_billed_in_advance() -> None:
    """The order asks for the difference to the day; the next invoice lists it as paid."""
    desk = Desk(World([bot(ESSENTIAL)]))
    desk.issue(OCTOBER)
    tenth = datetime(2026, 11, 10, 12, tzinfo=UTC)
    done = desk.world.change_plan(ADMIN, "bot_essential", "advanced", TRANSFER, tenth, key="k")

    assert done.order is not None
    assert done.order.amount_minor == 1470 + 13930 - 4900
    assert desk.lines(NOVEMBER) == [
        ("2026-11", LineKind.PRORATION, 1, 10500),
        ("2026-12", LineKind.FEE, 1, 19900),
    ]
    assert paid_by_order(desk, NOVEMBER) == 10500


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

    issued = desk.issued(OCTOBER)
    sessions = [line for line in issued.invoice.lines if not line.kind.is_fee]
    assert [(line.plan, line.kind, line.quantity, line.amount_minor) for line in sessions] == [
        ("essential@1", LineKind.INCLUDED_USAGE, 5, 0),
        ("essential@1", LineKind.USAGE, 15, 225),
        ("standard@1", LineKind.USAGE, 20, 400),
    ]
    assert {payment.source: payment.amount_minor for payment in issued.invoice.applied} == {
        PaymentSource.BALANCE: 400,
        PaymentSource.ORDER: 4268,
    }
    net = 4268 + 4900 + 225 + 400
    assert issued.invoice.due_minor == net + round(net * 0.19) - 400 - 4268


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
