"""Invoices and credit notes in the billing table: a snapshot that never changes, and a state that does."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from botmeter.adapters.dynamo.snapshots import from_snapshot, to_snapshot
from botmeter.bootstrap import Wiring
from botmeter.domain.credit_notes import credit, credited
from botmeter.domain.errors import Conflict, NotFound, StoreUnavailable
from botmeter.domain.invoices import (
    AppliedPayment,
    BilledTotal,
    Invoice,
    InvoiceStatus,
    IssuedInvoice,
    LineKind,
    PaymentSource,
)
from botmeter.domain.parties import CustomerKind
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.ports.invoices import AccountBilling, DocumentName, InvoiceRepository
from tests.fakes.documents import CUSTOMER, EXPORT, NOVEMBER, OCTOBER, SELLER, invoice, line, lines_of_bot
from tests.integration.conftest import BILLING
from tests.integration.stores import audited, full_order, order

ACCOUNT_ID, NUMBER, NOTE = "acct_omega", "INV-2026-000001", "CN-2026-000001"
NEW = AccountBilling(0, {})
DAY = timedelta(days=1)
# What DynamoDB takes of one item.
LARGEST_ITEM = 400 * 1024
# An account of 300 bots: five lines each, and what they used on each day of five months.
BOTS, DAYS = 300, 153


@pytest.fixture
def store(wired: Wiring) -> InvoiceRepository:
    return wired.invoices


def full() -> Invoice:
    """A draft that has something of everything, in the order in which drafts are drawn up."""
    totals = [
        BilledTotal("bot_1", "essential@1", unit, OCTOBER.first_day + n * DAY, count)
        for unit, counts in ((Unit.ALERT, (4, 0, -1)), (Unit.USAGE, (7, 8, 9)))
        for n, count in enumerate(counts)
        if count
    ]
    return invoice(
        [*lines_of_bot(), line(LineKind.PRORATION, -1, days=8, tax=EXPORT), line(prepaid=True, quantity=-3)],
        number="",
        applied=(
            AppliedPayment(PaymentSource.BALANCE, "bot_1", 250),
            AppliedPayment(PaymentSource.ORDER, "ord_full", -100),
        ),
        totals=tuple(totals),
        orders=(order(), full_order()),
        usage_as_of_ms=1_790_000_000_123,
    )


def bare() -> Invoice:
    """One that has as little as there can be."""
    seller = replace(SELLER, bank=None)
    customer = replace(CUSTOMER, kind=CustomerKind.CONSUMER, vat_id="", email="", order_reference="")
    return invoice([], number="", totals=(), seller=seller, customer=customer)


def issued(store: InvoiceRepository) -> IssuedInvoice:
    return store.issue(full(), NEW)


def snapshot() -> Any:
    """The snapshot's stored bytes."""
    key = {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": f"INVOICE#{NUMBER}"}}
    return boto3.client("dynamodb").get_item(TableName=BILLING, Key=key)["Item"]["snapshot"]["B"]


@pytest.mark.parametrize("draft", [full(), bare()], ids=["full", "bare"])
def test_invoice_is_read_as_it_was_issued(store: InvoiceRepository, draft: Invoice) -> None:
    """Every field survives, under the number that was drawn."""
    one = store.issue(draft, NEW)

    assert one.invoice == replace(draft, number=NUMBER)
    assert store.by_number(ACCOUNT_ID, NUMBER) == one
    assert store.of_account(ACCOUNT_ID) == [one]
    assert store.named(NUMBER) == DocumentName(ACCOUNT_ID, NUMBER, OCTOBER)
    assert store.billing(ACCOUNT_ID) == AccountBilling(1, {OCTOBER: NUMBER})


@pytest.mark.parametrize("one", [full(), bare()], ids=["full", "bare"])
def test_same_invoice_has_the_same_snapshot(one: Invoice) -> None:
    """To the byte, also after it was read."""
    assert from_snapshot(to_snapshot(one)) == one
    assert to_snapshot(from_snapshot(to_snapshot(one))) == to_snapshot(one)


def test_what_is_nothing_to_pay_is_paid(store: InvoiceRepository) -> None:
    """An invoice whose total was applied, or that is in favour, waits for no payment."""
    one = store.issue(bare(), NEW)

    assert (one.status, one.status_at) == (InvoiceStatus.PAID, one.invoice.issued_at)
    assert store.by_number(ACCOUNT_ID, NUMBER) == one


def paid(of: IssuedInvoice) -> IssuedInvoice:
    return of.paid("bank-1", of.invoice.issued_at + DAY)


def void(of: IssuedInvoice) -> IssuedInvoice:
    return of.voided("wrong customer", of.invoice.issued_at + DAY)


def documented(of: IssuedInvoice) -> IssuedInvoice:
    return replace(of, document_sha256="abc", revision=of.revision + 1)


def mailed(of: IssuedInvoice) -> IssuedInvoice:
    begun_at = of.invoice.issued_at + timedelta(microseconds=1)
    return replace(of, mail_begun_at=begun_at, mailed_to="a@b.example", revision=of.revision + 1)


def released(of: IssuedInvoice) -> IssuedInvoice:
    return replace(mailed(of), mail_begun_at=None, mailed_to="")


@pytest.mark.parametrize("change", [paid, void, documented, mailed, released])
def test_states_change_and_the_snapshot_does_not(
    store: InvoiceRepository, change: Callable[[IssuedInvoice], IssuedInvoice]
) -> None:
    """Each state is read as it was written; the bytes of the snapshot are what they were."""
    before = issued(store)
    bytes_before = snapshot()
    after = change(before)
    store.update(before, after, audited())

    assert store.by_number(ACCOUNT_ID, NUMBER) == after
    assert snapshot() == bytes_before == to_snapshot(before.invoice)
    with pytest.raises(Conflict):
        store.update(before, paid(before))
    assert store.by_number(ACCOUNT_ID, NUMBER) == after


def test_entry_is_left_with_the_state_alone(store: InvoiceRepository, wired: Wiring) -> None:
    """A change that is refused leaves none."""
    before = issued(store)
    store.update(before, paid(before), audited())
    with pytest.raises(Conflict):
        store.update(before, void(before), audited(1))

    assert list(wired.audit.of_account(audited().account_id, 9, None).items) == [audited()]


def test_credit_notes_and_their_invoice_are_written_together(store: InvoiceRepository) -> None:
    """Each with what had been credited before it, the invoice with what has been since."""
    one = issued(store)
    bytes_before = snapshot()
    now = one.invoice.issued_at + DAY
    first = credit(one, [2, 3], "a mistake", now)
    done = store.issue_credit(first, credited(first, now), audited())
    second = credit(store.by_number(ACCOUNT_ID, NUMBER), None, "all of it", now)
    rest = store.issue_credit(second, credited(second, now), audited(1))
    after = store.by_number(ACCOUNT_ID, NUMBER)

    assert (done.note.number, rest.note.number) == (NOTE, "CN-2026-000002")
    assert after == credited(second, now)
    assert snapshot() == bytes_before
    found = store.credit_note(ACCOUNT_ID, NOTE)
    assert (found.note.line_numbers, found.note.taxes) == (first.line_numbers, first.taxes)
    assert (found.note.reason, found.note.issued_at, found.note.issued_on) == (
        first.reason,
        now,
        first.issued_on,
    )
    assert [n.note.number for n in store.credit_notes(ACCOUNT_ID, store.of_account(ACCOUNT_ID))] == [
        rest.note.number,
        done.note.number,
    ]
    assert (
        sum(n.note.total_minor for n in store.credit_notes(ACCOUNT_ID, store.of_account(ACCOUNT_ID)))
        == one.invoice.total_minor
    )


def test_credit_of_what_has_changed_is_a_conflict(store: InvoiceRepository) -> None:
    """Neither the note nor its number is there."""
    one = issued(store)
    note = credit(one, [1], "a mistake", one.invoice.issued_at)
    store.update(one, paid(one))
    with pytest.raises(Conflict):
        store.issue_credit(note, credited(note, one.invoice.issued_at), audited())

    assert store.credit_notes(ACCOUNT_ID, store.of_account(ACCOUNT_ID)) == []
    with pytest.raises(NotFound):
        store.named(NOTE)


def test_unfinished_are_those_without_documents(store: InvoiceRepository) -> None:
    """Invoices and credit notes that were issued before a time, until their documents are stored."""
    one = issued(store)
    now = one.invoice.issued_at + DAY
    note = credit(one, [1], "a mistake", now)
    done = store.issue_credit(note, credited(note, now), audited())
    before = store.by_number(ACCOUNT_ID, NUMBER)

    assert list(store.unfinished(one.invoice.issued_at - DAY)) == []
    assert [name.number for name in store.unfinished(one.invoice.issued_at)] == [NUMBER]
    assert [name.number for name in store.unfinished(now)] == [NUMBER, NOTE]
    store.update(before, documented(before))
    for _ in range(2):
        stored = store.credit_documents_stored(replace(done, document_sha256="abc", is_electronic=True))
        assert stored == store.credit_note(ACCOUNT_ID, NOTE)
    assert list(store.unfinished(now)) == []
    assert store.credit_note(ACCOUNT_ID, NOTE).document_sha256 == "abc"
    # What is done to it later does not bring it back.
    store.update(documented(before), paid(documented(before)))
    assert list(store.unfinished(now)) == []


def test_bill_of_what_has_been_billed_is_a_conflict(store: InvoiceRepository) -> None:
    """The period is the invoice's alone; no number is drawn, and closing it is refused, too."""
    one = issued(store)
    with pytest.raises(Conflict):
        store.issue(full(), NEW)
    with pytest.raises(Conflict):
        store.close_without(ACCOUNT_ID, NOVEMBER, NEW)
    seen = store.billing(ACCOUNT_ID)
    store.close_without(ACCOUNT_ID, NOVEMBER, seen)

    assert store.billing(ACCOUNT_ID) == AccountBilling(2, {OCTOBER: NUMBER, NOVEMBER: ""})
    assert store.of_account(ACCOUNT_ID) == [one]


def test_void_invoice_is_replaced(store: InvoiceRepository) -> None:
    """The old one names the new one, which is the period's then."""
    one = issued(store)
    store.update(one, void(one))
    anew = replace(full(), replaces=NUMBER, period=OCTOBER)
    new = store.issue(anew, store.billing(ACCOUNT_ID))
    old = store.by_number(ACCOUNT_ID, NUMBER)

    assert (old.replaced_by, old.revision, new.invoice.replaces) == ("INV-2026-000002", 3, NUMBER)
    assert store.billing(ACCOUNT_ID) == AccountBilling(2, {OCTOBER: "INV-2026-000002"})


@pytest.mark.parametrize("becomes", [paid, documented])
def test_invoice_that_is_not_void_is_not_replaced(
    store: InvoiceRepository,
    monkeypatch: pytest.MonkeyPatch,
    becomes: Callable[[IssuedInvoice], IssuedInvoice],
) -> None:
    """Nothing is drawn."""
    monkeypatch.setattr("botmeter.adapters.dynamo.sequences.time.sleep", lambda _: None)
    one = issued(store)
    store.update(one, becomes(one))
    with pytest.raises(StoreUnavailable):
        store.issue(replace(full(), replaces=NUMBER), store.billing(ACCOUNT_ID))

    assert len(store.of_account(ACCOUNT_ID)) == 1


def test_largest_invoice_fits_an_item() -> None:
    """1,500 lines and 46,000 totals by day, of numbers without any pattern: some tens of kilobytes."""
    rng = random.Random(7)
    first = BillingPeriod(2026, 6).first_day
    bots = [f"bot_{rng.getrandbits(64):016x}" for _ in range(BOTS)]
    totals = [
        BilledTotal(name, "essential@1", Unit.USAGE, first + n * DAY, rng.randint(1, 5_000))
        for name in bots
        for n in range(DAYS)
    ]
    charged = [
        line(kind, rng.randint(1, 10**6), bot_id=name, bot_name=f"Bot {rng.random()}")
        for name in bots
        for kind in list(LineKind)[:5]
    ]
    size = len(to_snapshot(invoice(charged, totals=tuple(totals))))

    assert (len(charged), len(totals)) == (1_500, 45_900)
    assert size < LARGEST_ITEM / 2
