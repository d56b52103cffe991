"""What the operator does to issued invoices: the snapshot stays, each operation is done once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.errors import Conflict, NotAllowed, NotFound, Refused
from botmeter.domain.invoices import InvoiceStatus, IssuedInvoice, LineKind, PaymentSource
from botmeter.domain.members import Member
from botmeter.ports.invoices import BillingRequest
from tests.fakes.demo import ACCOUNT, CUSTOMER, ESSENTIAL, STANDARD, bot
from tests.fakes.desk import DUE, END, NOVEMBER, OCTOBER, Desk
from tests.fakes.world import ADMIN, OPERATOR, OWNER, Died, World

NUMBER, SECOND, NOTE = "INV-2026-000001", "INV-2026-000002", "CN-2026-000001"
LATER = DUE + timedelta(days=1)
ACME = ACCOUNT.account_id


def billed() -> Desk:
    """An account with two fees on its invoice."""
    desk = Desk(World([bot(ESSENTIAL), bot(STANDARD)]))
    desk.issue()
    return desk


def trail(desk: Desk) -> list[str]:
    return [entry.operation for entry in desk.invoices.trail]


OPERATIONS: dict[str, Callable[[Desk], object]] = {
    "paid": lambda desk: desk.correct.confirm_payment(OPERATOR, NUMBER, "bank-1", LATER),
    "void": lambda desk: desk.correct.void(OPERATOR, NUMBER, "wrong customer", LATER),
    "credit": lambda desk: desk.correct.credit(OPERATOR, NUMBER, [2], "a mistake", LATER),
}


@pytest.mark.parametrize("name", ["paid", "void"])
def test_operation_made_twice_has_the_same_effect(name: str) -> None:
    """The second changes nothing, and leaves no entry."""
    desk = billed()
    first = OPERATIONS[name](desk)

    assert OPERATIONS[name](desk) == first
    assert trail(desk) == [{"paid": "invoice.paid", "void": "invoice.voided"}[name]]


def test_line_is_credited_once() -> None:
    """A second credit note for it is a conflict, and draws no number."""
    desk = billed()
    OPERATIONS["credit"](desk)
    with pytest.raises(Conflict, match="credited already"):
        OPERATIONS["credit"](desk)

    assert list(desk.invoices.notes) == [NOTE]
    assert desk.invoices.sequences["CN-2026"] == 1


@pytest.mark.parametrize(
    ("first", "second"), [("paid", "void"), ("credit", "void"), ("void", "paid"), ("void", "credit")]
)
def test_void_invoice_has_neither_payment_nor_credit_note(first: str, second: str) -> None:
    """Whichever comes first excludes the other."""
    desk = billed()
    OPERATIONS[first](desk)
    before = desk.invoices.issued[NUMBER]
    with pytest.raises(Conflict):
        OPERATIONS[second](desk)

    assert desk.invoices.issued[NUMBER] == before


def test_another_payment_is_a_conflict() -> None:
    """Somebody has paid twice."""
    desk = billed()
    OPERATIONS["paid"](desk)
    with pytest.raises(Conflict, match="paid already"):
        desk.correct.confirm_payment(OPERATOR, NUMBER, "bank-2", LATER)


def test_operations_leave_an_entry_that_says_what_was_changed() -> None:
    """Who, when, what it was and what it is."""
    desk = billed()
    OPERATIONS["paid"](desk)
    OPERATIONS["credit"](desk)
    paid, credited = desk.invoices.trail

    assert (paid.actor.actor_id, paid.at, paid.account_id) == ("u-operator", LATER, ACME)
    assert paid.before == {"invoice": NUMBER, "status": "issued"}
    assert paid.after == {"invoice": NUMBER, "status": "paid", "payment": "bank-1"}
    assert (credited.operation, credited.after) == ("invoice.credited", {"invoice": NUMBER, "lines": "2"})
    assert paid.entry_id != credited.entry_id


def test_snapshot_never_changes() -> None:
    """Whatever is done to an invoice."""
    desk = billed()
    before = desk.invoices.issued[NUMBER].invoice
    OPERATIONS["credit"](desk)
    OPERATIONS["paid"](desk)

    assert desk.invoices.issued[NUMBER].invoice is before


def test_operation_that_others_come_before_is_made_on_what_they_left() -> None:
    """A payment that is confirmed while the invoice is mailed is noted beside it."""
    desk = billed()
    update = desk.invoices.update

    def slow(*arguments: object) -> None:
        desk.invoices.update = update  # type: ignore[method-assign]
        desk.deliver(ACME, NUMBER, LATER)
        update(*arguments)  # type: ignore[arg-type]

    desk.invoices.update = slow  # type: ignore[assignment, method-assign]
    OPERATIONS["paid"](desk)
    one = desk.invoices.issued[NUMBER]

    assert (one.status, one.mailed_to) == (InvoiceStatus.PAID, CUSTOMER.email)
    assert one.document_sha256 is not None


@pytest.mark.parametrize("name", ["paid", "credit"])
def test_invoice_that_others_change_all_the_time_is_left(name: str) -> None:
    """The operator is told to try again."""
    desk = billed()

    def refuse(*_: object) -> None:
        raise Conflict("others were faster")

    desk.invoices.update = refuse  # type: ignore[assignment, method-assign]
    with pytest.raises(Conflict, match="all the time"):
        OPERATIONS[name](desk)


def test_credit_note_s_documents_are_requested() -> None:
    """By its number; if it died before, the billing run finds it."""
    desk = billed()
    OPERATIONS["credit"](desk)
    assert desk.queue.requests == [BillingRequest(ACME, OCTOBER, LATER, number=NOTE)]

    died = billed()
    died.invoices.dies_after = "credited"
    with pytest.raises(Died):
        OPERATIONS["credit"](died)
    assert [r.number for r in died.queued(LATER + timedelta(hours=1)) if r.number] == [NUMBER, NOTE]


def test_line_that_there_is_not_is_refused() -> None:
    """And nothing is drawn."""
    desk = billed()
    with pytest.raises(Refused):
        desk.correct.credit(OPERATOR, NUMBER, [9], "a mistake", LATER)

    assert "CN-2026" not in desk.invoices.sequences


def test_invoice_is_sent_again() -> None:
    """Once more each time that the operator asks."""
    desk = billed()
    desk.work(BillingRequest(ACME, OCTOBER, LATER, number=NUMBER), LATER)
    for count in (2, 3):
        desk.correct.send_again(OPERATOR, NUMBER, LATER)
        desk.work_all(LATER)
        assert len({mail.message_id for mail in desk.mailer.sent}) == len(desk.mailer.sent) == count

    assert trail(desk) == ["invoice.sent_again"] * 2


def test_operator_sees_every_account_s_invoices() -> None:
    """By number, or all of an account that there is."""
    desk = billed()

    assert desk.correct.invoice(OPERATOR, NUMBER) == desk.issued()
    assert desk.correct.invoices_of(OPERATOR, ACME) == [desk.issued()]
    with pytest.raises(NotFound):
        desk.correct.invoice(OPERATOR, SECOND)
    with pytest.raises(NotFound):
        desk.correct.invoices_of(OPERATOR, "acct_gone")


EVERYTHING: dict[str, Callable[[Desk, Member], object]] = {
    "invoice": lambda desk, who: desk.correct.invoice(who, NUMBER),
    "invoices_of": lambda desk, who: desk.correct.invoices_of(who, ACME),
    "paid": lambda desk, who: desk.correct.confirm_payment(who, NUMBER, "bank-1", LATER),
    "void": lambda desk, who: desk.correct.void(who, NUMBER, "wrong", LATER),
    "regenerate": lambda desk, who: desk.correct.regenerate(who, NUMBER, LATER),
    "credit": lambda desk, who: desk.correct.credit(who, NUMBER, None, "wrong", LATER),
    "refund": lambda desk, who: desk.correct.confirm_refund(who, NUMBER, "bank-2", LATER),
    "credit_notes_of": lambda desk, who: desk.correct.credit_notes_of(who, ACME),
    "send_again": lambda desk, who: desk.correct.send_again(who, NUMBER, LATER),
}


@pytest.mark.parametrize("name", EVERYTHING)
@pytest.mark.parametrize("who", [ADMIN, OWNER], ids=["admin", "owner"])
def test_corrections_are_the_operator_s(who: Member, name: str) -> None:
    """Nobody else may, not even those whose invoice it is; nothing is changed or queued."""
    desk = billed()
    before: IssuedInvoice = desk.invoices.issued[NUMBER]
    with pytest.raises(NotAllowed):
        EVERYTHING[name](desk, who)

    assert desk.invoices.issued[NUMBER] is before
    assert (desk.queue.requests, desk.invoices.notes, desk.invoices.trail) == ([], {}, [])


def test_credit_asked_for_again_is_the_same_note() -> None:
    """By the same request; another request for the same lines is a conflict."""
    desk = billed()
    first = desk.correct.credit(OPERATOR, NUMBER, [1], "a mistake", LATER, request_id="k-1")
    again = desk.correct.credit(OPERATOR, NUMBER, [1], "a mistake", LATER, request_id="k-1")

    assert again == first
    assert len(desk.invoices.notes) == 1
    with pytest.raises(Conflict, match="credited already"):
        desk.correct.credit(OPERATOR, NUMBER, [1], "a mistake", LATER, request_id="k-2")


def test_mail_is_not_sent_again_where_it_cannot_be() -> None:
    """A void invoice, or an account without an address."""
    desk = billed()
    customer = replace(ACCOUNT.customer, email="")
    desk.world.accounts.put_account(replace(desk.world.accounts.account(ACME), customer=customer))
    with pytest.raises(Conflict, match="no e-mail address"):
        desk.correct.send_again(OPERATOR, NUMBER, LATER)
    desk.correct.void(OPERATOR, NUMBER, "wrong", LATER)
    with pytest.raises(Conflict, match="is void"):
        desk.correct.send_again(OPERATOR, NUMBER, LATER)


def test_mail_goes_to_the_address_that_the_account_has_now() -> None:
    """The usual reason to send it again is that it was wrong."""
    desk = billed()
    customer = replace(ACCOUNT.customer, email="new@acme.example")
    desk.world.accounts.put_account(replace(desk.world.accounts.account(ACME), customer=customer))
    desk.correct.send_again(OPERATOR, NUMBER, LATER)
    desk.work_all(LATER)

    assert [mail.recipient for mail in desk.mailer.sent] == ["new@acme.example"]


def credited_after_payment() -> Desk:
    """An invoice that was paid, of which one line was credited."""
    desk = billed()
    desk.correct.confirm_payment(OPERATOR, NUMBER, "bank-1", LATER)
    desk.correct.credit(OPERATOR, NUMBER, [1], "a mistake", LATER)
    return desk


def test_credit_is_taken_off_the_next_invoice() -> None:
    """Whole; then there is nothing to pay out."""
    desk = credited_after_payment()
    credit = desk.invoices.issued[NUMBER].credit_minor
    following = desk.issued(NOVEMBER).invoice

    assert credit > 0
    assert [(p.reference, p.amount_minor) for p in following.applied if p.source is PaymentSource.CREDIT] == [
        (NUMBER, credit)
    ]
    with pytest.raises(Conflict, match="nothing to pay out"):
        desk.correct.confirm_refund(OPERATOR, NUMBER, "bank-2", LATER)


def test_credit_that_is_paid_out_is_not_taken_off() -> None:
    """With an entry in the audit trail; said twice, it changes nothing."""
    desk = credited_after_payment()
    for _ in range(2):
        desk.correct.confirm_refund(OPERATOR, NUMBER, "bank-2", LATER)

    assert trail(desk) == ["invoice.paid", "invoice.credited", "invoice.refunded"]
    assert not [p for p in desk.issued(NOVEMBER).invoice.applied if p.source is PaymentSource.CREDIT]


def test_what_is_credited_is_not_given_back_by_the_next_invoice() -> None:
    """The fee of November is credited, then its plan is left: nothing more comes back."""
    desk = Desk(World([bot(ESSENTIAL)]))
    number = desk.issued().invoice.number
    fee = next(n for n, line in enumerate(desk.issued().invoice.lines, 1) if line.service_period == NOVEMBER)
    desk.correct.credit(OPERATOR, number, [fee], "left in time", LATER)
    known = desk.world.accounts.bot(ACME, "bot_essential")
    left = replace(known, subscription=known.subscription.changed(STANDARD, END, END))
    desk.world.accounts.known_bots[ACME, "bot_essential"] = left
    draft = desk.drawn_up(NOVEMBER).invoice

    assert [(line.kind, line.amount_minor, line.worth_minor) for line in draft.lines] == [
        (LineKind.PRORATION, 0, -4_900)
    ]
