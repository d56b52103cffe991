"""A void invoice is made anew: the new one bills what nothing else has billed, and takes its place."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from botmeter.domain.errors import Conflict
from botmeter.domain.invoices import InvoiceStatus, LineKind
from botmeter.ports.invoices import BillingRequest
from tests.fakes.demo import ACCOUNT, CUSTOMER, ESSENTIAL, STANDARD, bot
from tests.fakes.desk import DECEMBER, DUE, NOVEMBER, OCTOBER, Desk
from tests.fakes.world import OPERATOR, World

NUMBER, SECOND = "INV-2026-000001", "INV-2026-000002"
LATER = DUE + timedelta(days=1)
ACME = ACCOUNT.account_id


def billed() -> Desk:
    """An account with two fees on its invoice."""
    desk = Desk(World([bot(ESSENTIAL), bot(STANDARD)]))
    desk.issue()
    return desk


def void(desk: Desk) -> None:
    desk.correct.void(OPERATOR, NUMBER, "wrong customer", LATER)


def regenerated() -> Desk:
    """An account whose void invoice has been replaced, for another customer."""
    desk = billed()
    void(desk)
    other = replace(CUSTOMER, name="Right Ltd")
    desk.world.accounts.put_account(replace(desk.world.accounts.account(ACME), customer=other))
    desk.correct.regenerate(OPERATOR, NUMBER, LATER)
    desk.work_all(LATER)
    return desk


def test_void_invoice_is_replaced() -> None:
    """Under a new number, which points at the old one; both stay."""
    desk = regenerated()
    old, new = desk.invoices.issued[NUMBER], desk.invoices.issued[SECOND]

    assert (old.replaced_by, new.invoice.replaces) == (SECOND, NUMBER)
    assert (old.invoice.customer.name, new.invoice.customer.name) == ("Acme GmbH", "Right Ltd")
    assert [line.amount_minor for line in new.invoice.lines] == [4_900, 4_900]
    assert desk.issued() == new


def test_invoice_is_replaced_once() -> None:
    """A second request is a conflict; one that was queued before finds what the first has made."""
    desk = billed()
    void(desk)
    for _ in range(2):
        desk.correct.regenerate(OPERATOR, NUMBER, LATER)
    desk.invoices.dies_after = "issued"
    desk.work_all(LATER, deaths=2)

    assert sorted(desk.invoices.issued) == [NUMBER, SECOND]
    assert len(desk.mailer.sent) == 1
    with pytest.raises(Conflict, match=f"replaced by {SECOND}"):
        desk.correct.regenerate(OPERATOR, NUMBER, LATER)


def test_replacement_may_be_replaced() -> None:
    """A late message for the first finds the last, and makes nothing."""
    desk = regenerated()
    late = BillingRequest(ACME, OCTOBER, LATER, replaces=NUMBER)
    desk.correct.void(OPERATOR, SECOND, "wrong again", LATER)
    desk.correct.regenerate(OPERATOR, SECOND, LATER)
    desk.work_all(LATER)
    again = desk.issue_invoice(late, LATER)

    assert again is not None
    assert (again.invoice.number, again.invoice.replaces) == ("INV-2026-000003", SECOND)
    assert len(desk.invoices.issued) == 3


def test_invoice_that_is_not_void_is_not_replaced() -> None:
    """Nothing is queued."""
    desk = billed()
    with pytest.raises(Conflict, match="is not void"):
        desk.correct.regenerate(OPERATOR, NUMBER, LATER)

    assert desk.queue.requests == []


def test_void_invoice_counts_as_billed_until_it_is_replaced() -> None:
    """What it billed is not on the next invoice; what is billed anew leaves the next as it was."""
    desk = billed()
    void(desk)
    assert [line.service_period for line in desk.issued(NOVEMBER).invoice.lines] == [DECEMBER]
    desk.correct.regenerate(OPERATOR, NUMBER, LATER)
    desk.work_all(LATER)

    assert [line.amount_minor for line in desk.invoices.issued["INV-2026-000003"].invoice.lines] == [
        4_900
    ] * 2
    assert desk.drawn_up(NOVEMBER).is_empty
    assert desk.drawn_up(OCTOBER).is_empty


def test_void_invoice_of_what_was_not_used_after_all_is_replaced_by_an_empty_one() -> None:
    """Else the next invoice would take back what nobody has to pay."""
    desk = Desk(World([bot(STANDARD)]))
    desk.use(date(2026, 10, 5), 100, plan="advanced@1")
    number = desk.voided().invoice.number
    desk.use(date(2026, 10, 5), -100, plan="advanced@1")
    desk.correct.regenerate(OPERATOR, number, LATER)
    desk.work_all(LATER)
    new = desk.invoices.issued[SECOND]

    assert (new.invoice.lines, new.invoice.total_minor, new.status) == ((), 0, InvoiceStatus.PAID)
    assert desk.lines(NOVEMBER) == []


def test_late_sessions_are_on_the_invoice_that_is_made_anew() -> None:
    """It bills everything that nothing else has billed by then."""
    desk = billed()
    void(desk)
    desk.use(date(2026, 10, 30), 4)
    desk.correct.regenerate(OPERATOR, NUMBER, LATER)
    desk.work_all(LATER)

    used = [line for line in desk.invoices.issued[SECOND].invoice.lines if line.kind is LineKind.USAGE]
    assert [(line.quantity, line.service_period) for line in used] == [(4, OCTOBER)]
