"""Documents and mail: each made once, wherever a process dies."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.errors import NotFound, StoreUnavailable, Uncertain
from botmeter.domain.invoices import InvoiceStatus
from botmeter.ports.invoices import Mail
from tests.fakes.demo import ACCOUNT, CUSTOMER, ESSENTIAL, bot
from tests.fakes.desk import DUE, Desk
from tests.fakes.world import OPERATOR, Died, World

NUMBER, NOTE = "INV-2026-000001", "CN-2026-000001"
LATER = DUE + timedelta(days=1)
PDF = f"pdf of {NUMBER}".encode()


def issued(*, email: str = CUSTOMER.email) -> Desk:
    """A desk whose account has its invoice of October, without documents."""
    desk = Desk(World([bot(ESSENTIAL)]))
    customer = replace(CUSTOMER, email=email)
    desk.world.accounts.put_account(replace(ACCOUNT, customer=customer))
    desk.issue()
    return desk


def deliver(desk: Desk, number: str = NUMBER) -> None:
    desk.deliver(ACCOUNT.account_id, number, LATER)


def test_documents_are_stored_and_mailed() -> None:
    """The hash of the PDF is noted, and who was sent it."""
    desk = issued()
    deliver(desk)
    one = desk.invoices.issued[NUMBER]

    assert desk.documents.read_pdf(one.document_key) == PDF
    assert one.document_sha256 == hashlib.sha256(PDF).hexdigest()
    assert (one.mail_begun_at, one.mailed_to) == (LATER, "billing@acme.example")
    assert desk.mailer.sent == [
        Mail(
            message_id=f"{NUMBER}.2",
            sender="bills@seller.eu",
            recipient="billing@acme.example",
            subject=f"invoice {NUMBER}",
            text=desk.mailer.sent[0].text,
            attachment_name=f"{NUMBER}.pdf",
            attachment=PDF,
        )
    ]


def test_second_delivery_changes_nothing() -> None:
    """Neither documents nor mail."""
    desk = issued()
    deliver(desk)
    before = desk.invoices.issued[NUMBER]
    deliver(desk)

    assert desk.invoices.issued[NUMBER] is before
    assert (desk.documents.writes, len(desk.mailer.sent)) == (1, 1)


@pytest.mark.parametrize(
    ("step", "sent"),
    [("issued", 1), ("stored", 1), ("updated", 1), ("sent", 1), ("claimed", 0), ("noted", 1)],
)
def test_work_that_died_is_completed_by_the_next_try(step: str, sent: int) -> None:
    """One number, one document, and one mail at most: who died with the claim on it has perhaps sent it."""
    desk = Desk(World([bot(ESSENTIAL)]))
    for place in (desk.invoices, desk.documents, desk.mailer):
        place.dies_after = step
    if step in {"claimed", "noted"}:
        update, dies_at = desk.invoices.update, 2 if step == "claimed" else 3
        updates: list[int] = []

        def dying(*arguments: object) -> None:
            update(*arguments)  # type: ignore[arg-type]
            updates.append(1)
            if len(updates) == dies_at:
                raise Died

        desk.invoices.update = dying  # type: ignore[assignment, method-assign]
    with pytest.raises(Died):
        desk.work(desk.request(), DUE)
    for _ in range(2):
        desk.work(desk.request(), LATER)

    assert list(desk.invoices.issued) == [NUMBER]
    assert desk.invoices.issued[NUMBER].document_sha256 is not None
    assert (desk.documents.writes, len(desk.mailer.sent)) == (1, sent)


def test_refused_mail_is_sent_by_a_later_try() -> None:
    """The claim is given back, so that the message that comes again sends it."""
    desk = issued()
    desk.mailer.refuses = 2
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            deliver(desk)
        assert desk.invoices.issued[NUMBER].mail_begun_at is None
    deliver(desk)

    assert len(desk.mailer.sent) == 1
    assert desk.invoices.issued[NUMBER].mailed_to == "billing@acme.example"


def test_mail_that_was_perhaps_sent_is_not_sent_again() -> None:
    """Until the operator says so."""
    desk = issued()
    send = desk.mailer.send

    def silent(mail: Mail) -> None:
        raise Uncertain("no answer")

    desk.mailer.send = silent  # type: ignore[method-assign]
    with pytest.raises(Uncertain):
        deliver(desk)
    desk.mailer.send = send  # type: ignore[method-assign]
    deliver(desk)
    assert (desk.mailer.sent, desk.invoices.issued[NUMBER].mailed_to) == ([], "")

    desk.correct.send_again(OPERATOR, NUMBER, LATER)
    desk.work_all(LATER)
    assert len(desk.mailer.sent) == 1


@pytest.mark.parametrize("refuses", [0, 1])
def test_invoice_that_is_paid_while_it_is_mailed_is_mailed_once(refuses: int) -> None:
    """What became of the mail is noted beside the payment, so a refused one is not forgotten."""
    desk = issued()
    desk.mailer.refuses = refuses
    send = desk.mailer.send

    def slow(mail: Mail) -> None:
        desk.mailer.send = send  # type: ignore[method-assign]
        desk.correct.confirm_payment(OPERATOR, NUMBER, "bank-1", LATER)
        send(mail)

    desk.mailer.send = slow  # type: ignore[method-assign]
    for _ in range(refuses):
        with pytest.raises(StoreUnavailable):
            deliver(desk)
    deliver(desk)
    one = desk.invoices.issued[NUMBER]

    assert (one.status, one.payment_reference) == (InvoiceStatus.PAID, "bank-1")
    assert (len(desk.mailer.sent), one.mailed_to) == (1, "billing@acme.example")


def test_mail_that_the_operator_sends_again_meanwhile_is_left_to_that() -> None:
    """The claim that is given back by a refusal is no other's."""
    desk = issued()
    send = desk.mailer.send

    def slow(mail: Mail) -> None:
        desk.mailer.send = send  # type: ignore[method-assign]
        desk.correct.send_again(OPERATOR, NUMBER, LATER)
        send(mail)

    desk.mailer.send = slow  # type: ignore[method-assign]
    deliver(desk)

    assert desk.invoices.issued[NUMBER].mailed_to == ""
    desk.work_all(LATER)
    assert len(desk.mailer.sent) == 2


def test_two_workers_send_one_mail() -> None:
    """Who finds the invoice changed begins again, and finds the other's claim."""
    desk = issued()
    update, first = desk.invoices.update, True

    def slow(*arguments: object) -> None:
        nonlocal first
        if first:
            first = False
            deliver(desk)
        update(*arguments)  # type: ignore[arg-type]

    desk.invoices.update = slow  # type: ignore[assignment, method-assign]
    with pytest.raises(StoreUnavailable):
        deliver(desk)
    deliver(desk)

    assert (desk.documents.writes, len(desk.mailer.sent)) == (1, 1)


def test_void_invoice_is_stored_and_not_mailed() -> None:
    """It exists, but nobody is to pay it."""
    desk = issued()
    desk.correct.void(OPERATOR, NUMBER, "wrong customer", LATER)
    deliver(desk)

    assert desk.invoices.issued[NUMBER].document_sha256 is not None
    assert desk.mailer.sent == []


def test_nothing_is_mailed_to_nobody() -> None:
    """Nor where the stack sends no mail."""
    nobody, silent = issued(email=""), issued()
    deliver(nobody)
    replace(silent.deliver, mailer=None)(ACCOUNT.account_id, NUMBER, LATER)

    for desk in (nobody, silent):
        one = desk.invoices.issued[NUMBER]
        assert (desk.mailer.sent, one.mail_begun_at, one.document_sha256 is None) == ([], None, False)


@pytest.mark.parametrize("step", ["", "stored"])
def test_documents_of_a_credit_note_are_made_once(step: str) -> None:
    """They are stored, and not mailed."""
    desk = issued()
    desk.correct.credit(OPERATOR, NUMBER, [1], "a mistake", LATER)
    desk.documents.dies_after = step
    desk.work_all(LATER, deaths=2)
    found = desk.deliver(ACCOUNT.account_id, NOTE, LATER)

    assert isinstance(found, IssuedCreditNote)
    assert found == desk.invoices.notes[NOTE]
    assert found.document_sha256 == hashlib.sha256(f"pdf of {NOTE}".encode()).hexdigest()
    assert (desk.documents.writes, desk.mailer.sent) == (1, [])


def test_unknown_number_is_not_found() -> None:
    """Nor is another account's."""
    desk = issued()
    for account_id, number in ((ACCOUNT.account_id, "INV-2026-000002"), ("acct_other", NUMBER)):
        with pytest.raises(NotFound):
            desk.deliver(account_id, number, LATER)


def test_work_without_an_invoice_makes_no_document() -> None:
    """There was nothing to bill, or the bill was parked."""
    desk = Desk(World([]))

    assert desk.work(desk.request(), DUE) is None
    assert desk.documents.writes == 0
