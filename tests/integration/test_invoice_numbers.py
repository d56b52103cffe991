"""Numbers without gaps, and one standing invoice a period, wherever processes die and whoever runs beside."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

import boto3
import pytest

from botmeter.adapters.dynamo.models import connection
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM, AuditEntry
from botmeter.domain.errors import Conflict, StoreUnavailable
from botmeter.domain.invoices import InvoiceStatus
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import BillingRequest
from tests.fakes.demo import ACCOUNT, ESSENTIAL, SELLER, SINCE, bot
from tests.fakes.invoices import FakeMailer, render, write_letter
from tests.fakes.world import OPERATOR
from tests.integration.test_billing_crashes import WRITES, Died, Reaper, restore

ACME = ACCOUNT.account_id
NOVEMBER = BillingPeriod(2026, 11)
DECEMBER = NOVEMBER.next()
# The invoice of November is of 2026, that of December of the year after.
TIMES = {NOVEMBER: datetime(2026, 12, 4, 12, tzinfo=UTC), DECEMBER: datetime(2027, 1, 4, 12, tzinfo=UTC)}
LATER = TIMES[DECEMBER] + timedelta(days=1)
OTHER_SELLER = replace(
    SELLER, code="ch", invoice_prefix="RE", credit_note_prefix="GS", time_zone="Europe/Zurich"
)
NAMES = [f"acct_{n}" for n in range(6)]
EVERYWHERE = WRITES | {"PutObject", "SendMessageBatch"}


class Hook(Protocol):
    """Watches calls of AWS."""

    def before_call(self, model: Any, **_: Any) -> None: ...

    def after_call(self, model: Any, **_: Any) -> None: ...


@dataclass
class Fate:
    """Lets any thread die before or after any of its writes, now and then, so many times in all."""

    rng: random.Random
    deaths: int

    def before_call(self, model: Any, **_: Any) -> None:
        self._strike(model)

    def after_call(self, model: Any, **_: Any) -> None:
        self._strike(model)

    def _strike(self, model: Any) -> None:
        if model.name in EVERYWHERE and self.deaths and self.rng.random() < 1 / 4:
            self.deaths -= 1
            raise Died


@contextmanager
def watched(wired: Wiring, hook: Hook) -> Iterator[None]:
    """Let the hook watch all clients."""
    clients = [*(wired.client(name) for name in ("dynamodb", "s3", "sqs")), connection().client]
    for client in clients:
        client.meta.events.register("before-call", hook.before_call)
        client.meta.events.register("after-call", hook.after_call)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", hook.before_call)
            client.meta.events.unregister("after-call", hook.after_call)


@dataclass
class Office:
    """Who works the queue, and sends mail."""

    wired: Wiring
    mailer: FakeMailer

    def work(self, request: BillingRequest) -> str:
        """Do what a message asks for; the number that it led to."""
        service = self.wired.work_billing_queue(render, write_letter)
        deliver = replace(service.deliver, mailer=self.mailer)
        done = replace(service, deliver=deliver)(request, LATER)
        assert done is not None, list(self.wired.parked.parked())
        return done.note.number if hasattr(done, "note") else done.invoice.number

    def bill(self, name: str = ACME, period: BillingPeriod = NOVEMBER) -> str:
        return self.work(BillingRequest(name, period, TIMES[period]))

    def void(self, number: str) -> None:
        self.wired.correct_invoices.void(OPERATOR, number, "wrong customer", LATER)

    def regenerate(self, number: str) -> str:
        """As the queue asks for it."""
        invoice = self.wired.correct_invoices.invoice(OPERATOR, number).invoice
        return self.work(BillingRequest(invoice.account_id, invoice.period, LATER, replaces=number))

    def anew(self, number: str) -> None:
        """Void, and made anew."""
        self.void(number)
        self.regenerate(number)

    def credit(self, number: str, line: int) -> None:
        """A credit note; another for the same line is refused."""
        try:
            self.wired.correct_invoices.credit(OPERATOR, number, [line], "a mistake", LATER)
        except Conflict as refused:
            assert "credited already" in str(refused)  # noqa: PT017 (a note is what remains)

    def finish(self) -> None:
        """Make the documents that dead processes have left."""
        for name in list(self.wired.invoices.unfinished(LATER + timedelta(days=1))):
            self.work(BillingRequest(name.account_id, name.period, LATER, number=name.number))


@pytest.fixture
def office(provisioned: Wiring) -> Office:
    return Office(provisioned, FakeMailer())


def drawn(wired: Wiring) -> dict[str, list[int]]:
    """The numbers of invoices and credit notes that there are, by prefix and year."""
    found: dict[str, list[int]] = defaultdict(list)
    for account in wired.accounts.accounts():
        issued = wired.invoices.of_account(account.account_id)
        notes = wired.invoices.credit_notes(account.account_id, issued)
        for number in (*(i.invoice.number for i in issued), *(n.note.number for n in notes)):
            assert wired.invoices.named(number).account_id == account.account_id
            prefix, _, sequence = number.rpartition("-")
            found[prefix].append(int(sequence))
    return {prefix: sorted(numbers) for prefix, numbers in found.items()}


def check(wired: Wiring) -> None:
    """No gap in any sequence, and no period with two invoices that stand, or with another than it names."""
    assert all(found == list(range(1, len(found) + 1)) for found in drawn(wired).values())
    for account in wired.accounts.accounts():
        standing = [one for one in wired.invoices.of_account(account.account_id) if not one.replaced_by]
        by_period = Counter(one.invoice.period for one in standing)
        assert set(by_period.values()) <= {1}
        assert wired.invoices.billing(account.account_id).periods == {
            one.invoice.period: one.invoice.number for one in standing
        }


def bill_and_send(office: Office) -> None:
    office.bill()


def make_void(office: Office) -> None:
    office.void("INV-2026-000001")


def make_anew(office: Office) -> None:
    office.regenerate("INV-2026-000001")


def give_back(office: Office) -> None:
    office.credit("INV-2026-000001", 1)
    office.finish()


def pay(office: Office) -> None:
    office.wired.correct_invoices.confirm_payment(OPERATOR, "INV-2026-000001", "bank-1", LATER)


BEFORE: dict[Callable[[Office], None], list[Callable[[Office], None]]] = {
    bill_and_send: [],
    make_void: [bill_and_send],
    make_anew: [bill_and_send, make_void],
    give_back: [bill_and_send],
    pay: [bill_and_send],
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", BEFORE, ids=lambda operation: operation.__name__)
def test_operation_that_died_is_completed_by_the_next_try(
    office: Office, operation: Callable[[Office], None], *, after: bool
) -> None:
    """Wherever it dies: the same numbers, one document each, no mail twice, and one entry of the trail."""
    for earlier in BEFORE[operation]:
        earlier(office)
    table, sent = office.wired.settings.billing_table, len(office.mailer.sent)
    origin = boto3.client("dynamodb").scan(TableName=table)["Items"]
    operation(office)
    expected = story(office.wired)
    for at in range(1, 20):
        restore(table, origin)
        del office.mailer.sent[sent:]
        reaper = Reaper(at, after)
        try:
            with watched(office.wired, reaper):
                operation(office)
        except Died:
            operation(office)
            office.finish()
            check(office.wired)
            assert story(office.wired) == expected
            assert len(office.mailer.sent) - sent in {0, 1}
        else:
            assert at > 1
            return
    raise AssertionError("the operation never ends")


def story(wired: Wiring) -> list[str]:
    """What is stored of invoices, less what counts tries or tells of mail."""
    account_id = ACCOUNT.account_id
    issued = [
        replace(one, revision=0, mail_begun_at=None, mailed_to="")
        for one in wired.invoices.of_account(account_id)
    ]
    notes = wired.invoices.credit_notes(account_id, wired.invoices.of_account(account_id))
    trail = [entry for entry in wired.audit.of_account(account_id, 100, None).items if not entry.bot_id]
    facts = [(n.note.number, n.note.line_numbers, n.document_sha256) for n in notes]
    return [*map(repr, issued), *map(repr, facts), *(f"{e.operation} {e.after}" for e in trail)]


@pytest.fixture
def offices(office: Office) -> Office:
    """Six accounts, every other one of which another seller bills."""
    wired = office.wired
    entry = AuditEntry("seller-ch", SINCE, SYSTEM, "seller.added", "seller/ch")
    wired.accounts.put_seller(OTHER_SELLER, entry)
    for n, name in enumerate(NAMES):
        seller = OTHER_SELLER.code if n % 2 else SELLER.code
        account = replace(ACCOUNT, account_id=name, seller=seller, first_period=NOVEMBER)
        wired.provision_account(account, [bot(ESSENTIAL, account_id=name)], {}, SYSTEM, SINCE)
    return office


def stubborn(step: Callable[[], object]) -> None:
    """Do it again until it is done, as a queue does."""
    for _ in range(50):
        try:
            step()
        except (Died, StoreUnavailable):
            continue
        return
    raise AssertionError("it is never done")


def together(steps: list[Callable[[], object]]) -> None:
    """Do all of it at the same time."""
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(stubborn, steps))


@pytest.mark.parametrize("seed", [1, 2])
def test_numbers_have_no_gaps_whatever_dies_beside_whatever(offices: Office, seed: int) -> None:
    """Six accounts of two sellers over a year's end, each message twice at once, and then corrections."""
    rng, wired = random.Random(seed), offices.wired
    bills: list[Callable[[], object]] = [
        lambda name=name, period=period: offices.bill(name, period)  # type: ignore[misc]
        for period in TIMES
        for name in NAMES
    ]
    both = [*bills, *bills]
    rng.shuffle(both)
    with watched(wired, Fate(rng, deaths=40)):
        together(both)
    check(wired)
    assert drawn(wired) == {p: [1, 2, 3] for p in ("INV-2026", "INV-2027", "RE-2026", "RE-2027")}

    wrong = ["INV-2026-000001", "INV-2027-000002", "RE-2026-000003"]
    returned = ["INV-2026-000002", "INV-2027-000001", "RE-2026-000001", "RE-2027-000003"]
    corrections: list[Callable[[], object]] = [
        *(partial(offices.anew, number) for number in wrong),
        *(partial(offices.credit, number, 1) for number in returned),
    ]
    twice = [*corrections, *corrections]
    rng.shuffle(twice)
    with watched(wired, Fate(rng, deaths=40)):
        together(twice)
    offices.finish()
    check(wired)
    assert drawn(wired) == {
        "INV-2026": [1, 2, 3],
        "INV-2027": [1, 2, 3, 4, 5],
        "RE-2026": [1, 2, 3],
        "RE-2027": [1, 2, 3, 4],
        "CN-2027": [1, 2],
        "GS-2027": [1, 2],
    }
    assert Counter(mail.subject for mail in offices.mailer.sent).most_common(1)[0][1] == 1
    void = [wired.correct_invoices.invoice(OPERATOR, number) for number in wrong]
    assert all(one.status is InvoiceStatus.VOID and one.replaced_by for one in void)
