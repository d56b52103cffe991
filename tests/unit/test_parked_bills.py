"""Bills that cannot be made, or are too high to be made unseen, wait for the operator; others do not."""

from dataclasses import replace
from datetime import date

import pytest

from api.views import invoices as views
from botmeter.domain.errors import Conflict, NotAllowed, Refused, StoreUnavailable
from botmeter.domain.money import Money
from botmeter.domain.parties import Address
from botmeter.ports.invoices import BillingRequest, ParkedBill
from tests.fakes.demo import ACCOUNT, ADVANCED, CUSTOMER, ESSENTIAL, SELLER, bot
from tests.fakes.desk import DUE, GRACE, NOVEMBER, OCTOBER, Desk
from tests.fakes.world import ADMIN, OPERATOR, OTHER, World

LATER = DUE + GRACE


def two_accounts() -> Desk:
    """Two accounts, each with a bot that has a fee."""
    return Desk(World([bot(ESSENTIAL), bot(ESSENTIAL, "bot_other", OTHER.account_id)]))


def bill_all(desk: Desk) -> list[str]:
    """Whose invoices a run makes."""
    desk.start(DUE)
    desk.work_all(DUE)
    return sorted(one.invoice.account_id for one in desk.invoices.issued.values())


def change(desk: Desk, **facts: object) -> None:
    account = desk.world.accounts.account(ACCOUNT.account_id)
    desk.world.accounts.put_account(replace(account, **facts))  # type: ignore[arg-type]


def test_bill_of_a_seller_that_there_is_not_is_parked() -> None:
    """With the reason, and without the name of an error; the other account's is made."""
    desk = two_accounts()
    change(desk, seller="gone")

    assert bill_all(desk) == [OTHER.account_id]
    assert list(desk.parked.parked()) == [
        ParkedBill(
            ACCOUNT.account_id, OCTOBER, "there is no seller gone", needs_approval=False, parked_at=DUE
        )
    ]


def test_bill_without_a_tax_rate_is_parked() -> None:
    """A fault of any kind is named, and draws no number."""
    desk = two_accounts()
    abroad = replace(CUSTOMER, address=Address(("x",), "1", "Athens", "GR"), vat_id="")
    change(desk, customer=abroad)
    desk.draft = replace(
        desk.draft, taxes=replace(desk.draft.taxes, rates={"DE": desk.draft.taxes.rates["DE"]})
    )
    bill = replace(desk.bill, issue=replace(desk.issue_invoice, draft=desk.draft))

    assert bill(desk.request(), DUE) is None
    (parked,) = desk.parked.parked()
    assert "tax: the table of tax rates has none for GR" in parked.reason
    assert (views.parked_bill(parked)["net"], views.parked_bill(parked)["total"]) == (None, None)
    assert desk.invoices.sequences == {}


def test_bill_whose_store_does_not_answer_is_tried_again() -> None:
    """It is not the bill's fault: the queue brings it back."""
    desk = two_accounts()

    def refuse(*_: object) -> None:
        raise StoreUnavailable("no answer")

    desk.invoices.billing = refuse  # type: ignore[assignment, method-assign]
    with pytest.raises(StoreUnavailable):
        desk.bill(desk.request(), DUE)

    assert list(desk.parked.parked()) == []


def test_account_that_there_is_not_is_parked() -> None:
    """A message for an account that is gone does not come back for ever."""
    desk = two_accounts()
    assert desk.bill(BillingRequest("acct_gone", OCTOBER, DUE), DUE) is None

    assert [bill.reason for bill in desk.parked.parked()] == ["there is no account acct_gone"]


def high() -> Desk:
    """An account that used little in October and very much in November, and whose bill for that is parked."""
    desk = Desk(World([bot(ESSENTIAL)]))
    desk.issue()
    desk.use(date(2026, 11, 5), 10_000, "bot_essential", "essential@1")
    assert desk.bill(desk.request(NOVEMBER), LATER) is None
    return desk


def test_unusually_high_bill_waits_for_approval() -> None:
    """It says what it comes to; nothing is issued."""
    (bill,) = high().parked.parked()

    assert (bill.period, bill.needs_approval, bill.parked_at) == (NOVEMBER, True, LATER)
    assert bill.reason == "1,548.25 EUR is more than 10 times the account's usual amount"
    assert (bill.net, bill.total) == (Money(154_825, "EUR"), Money(184_242, "EUR"))
    shown = views.parked_bill(bill)
    assert (shown["net"], shown["total"]) == (
        {"amount": 154_825, "currency": "EUR"},
        {"amount": 184_242, "currency": "EUR"},
    )


def test_approved_bill_is_made() -> None:
    """And is parked no more; the next run bills what comes after it."""
    desk = high()
    released = desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=True)
    desk.work_all(LATER)

    assert released.period == NOVEMBER
    assert desk.issued(NOVEMBER).invoice.net_minor == 154_825
    assert list(desk.parked.parked()) == []


def test_high_bill_needs_approval_to_be_released() -> None:
    """Released without, it would only be parked again."""
    desk = high()
    with pytest.raises(Refused, match="approve"):
        desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=False)

    assert desk.queue.requests == []
    assert len(list(desk.parked.parked())) == 1


def test_faulty_bill_is_made_once_its_fault_is_mended() -> None:
    """Released too early, it is parked again; what it turns out to be then still needs approval."""
    desk = two_accounts()
    change(desk, seller="gone")
    bill_all(desk)
    desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=True)
    desk.work_all(LATER)
    assert [bill.parked_at for bill in desk.parked.parked()] == [LATER]

    change(desk, seller=ACCOUNT.seller)
    desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=False)
    assert [request.approved for request in desk.queue.requests] == [False]
    desk.work_all(LATER)
    assert desk.issued().invoice.account_id == ACCOUNT.account_id


def test_release_of_nothing_is_a_conflict() -> None:
    """A second release of the same bill, too."""
    desk = high()
    desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=True)
    with pytest.raises(Conflict, match="is parked"):
        desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=True)


def test_release_that_died_is_made_again() -> None:
    """It is queued before it is released: the bill is made once all the same."""
    desk = high()
    (bill,) = desk.parked.parked()
    desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=True)
    desk.parked.park(bill)
    desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=True)
    desk.work_all(LATER)

    assert desk.invoices.sequences == {"INV-2026": 2}
    assert len(desk.mailer.sent) == 1


def test_high_replacement_keeps_what_it_replaces() -> None:
    """The void invoice's number is released with the bill."""
    desk = Desk(World([bot(ADVANCED)]))
    desk.issue()
    number = desk.voided(NOVEMBER).invoice.number
    desk.use(date(2026, 11, 5), 100_000, "bot_advanced", "advanced@1")
    assert desk.bill(desk.request(NOVEMBER, replaces=number), LATER) is None
    desk.correct.release(OPERATOR, ACCOUNT.account_id, LATER, approve=True)
    desk.work_all(LATER)

    assert desk.issued(NOVEMBER).invoice.replaces == number


def test_parked_bills_are_the_operator_s() -> None:
    """Nobody else sees or releases them."""
    desk = high()
    assert desk.correct.parked_bills(OPERATOR) == list(desk.parked.parked())
    with pytest.raises(NotAllowed):
        desk.correct.parked_bills(ADMIN)
    with pytest.raises(NotAllowed):
        desk.correct.release(ADMIN, ACCOUNT.account_id, LATER, approve=True)


def test_account_that_another_seller_has_billed_is_parked() -> None:
    """No entity corrects what another has sold."""
    desk = Desk()
    desk.issue()
    desk.world.accounts.known_sellers["us"] = replace(SELLER, code="us", invoice_prefix="US")
    desk.world.accounts.put_account(replace(desk.world.accounts.account(ACCOUNT.account_id), seller="us"))

    assert desk.bill(desk.request(NOVEMBER), DUE) is None
    parked = desk.parked.of_account(ACCOUNT.account_id)
    assert parked is not None
    assert parked.reason == "seller: must be default, which has billed the account before"


def test_bill_that_has_been_made_is_parked_no_more() -> None:
    """A slower request had parked it; one that comes after it has been made does not park it anew."""
    desk = Desk()
    slower = ParkedBill(ACCOUNT.account_id, OCTOBER, "too high", needs_approval=True, parked_at=DUE)
    desk.parked.park(slower)
    desk.bill(desk.request(approved=True), DUE)
    assert desk.parked.bills == {}

    desk.bill(desk.request(), DUE)
    assert desk.parked.bills == {}
