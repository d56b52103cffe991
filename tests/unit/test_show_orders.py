"""Orders & Invoices: what an account bought and was billed."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from botmeter.domain.errors import NotAllowed, NotAvailable, NotFound
from botmeter.domain.invoices import Invoice, IssuedInvoice, Party
from botmeter.domain.members import Member
from botmeter.domain.orders import Order
from botmeter.domain.periods import BillingPeriod
from botmeter.services.show_orders import ShowOrders
from tests.fakes.demo import ACCOUNT, ENTERPRISE, STANDARD, bot
from tests.fakes.invoices import FakeDocuments, FakeInvoices
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OWNER, STRANGER, TRANSFER, VIEWER, World


@dataclass
class Desk:
    """The service over a world with invoices."""

    world: World = field(default_factory=World)
    invoices: FakeInvoices = field(default_factory=FakeInvoices)

    @property
    def show(self) -> ShowOrders:
        return ShowOrders(self.world.accounts, self.world.orders, self.invoices, FakeDocuments())

    def bill(self, days: int = 1) -> IssuedInvoice:
        """An invoice of the account, issued some days from now, without its document."""
        seller, period = Party("Seller"), BillingPeriod(2026, 10 + days)
        at = NOW + timedelta(days=days)
        return self.invoices.claim(
            Invoice("", ACCOUNT.account_id, period, "EUR", "Europe/Berlin", at, seller, seller, ())
        )


def test_history_is_orders_and_invoices_newest_first() -> None:
    """By when they were ordered or issued, whatever became of them."""
    desk = Desk()
    first, issued = desk.bill(-2), desk.bill(1)
    bought = desk.world.buy(100, now=NOW)
    waiting = desk.world.add_funds(
        ADMIN, "bot_standard", bought.money, TRANSFER, NOW + timedelta(days=2), key="k-2"
    )[0]

    assert desk.show.history(ADMIN, NOW) == [waiting, issued, bought, first]


def test_history_is_of_the_own_account() -> None:
    """Another account's admin sees its own, which is empty."""
    desk = Desk()
    desk.bill()
    desk.world.buy(100)

    assert desk.show.history(STRANGER, NOW) == []


@pytest.mark.parametrize("who", [OWNER, VIEWER])
def test_history_and_invoices_are_for_admins(who: Member) -> None:
    """Money of the whole account is not an owner's or a viewer's business."""
    desk = Desk()
    number = desk.bill().invoice.number
    with pytest.raises(NotAllowed):
        desk.show.history(who, NOW)
    with pytest.raises(NotAllowed):
        desk.show.invoice(who, number, NOW)
    with pytest.raises(NotAllowed):
        desk.show.download_url(who, number, NOW)


def test_account_under_contract_has_no_such_page() -> None:
    """If all of its bots are on Enterprise; one that is not is enough to have it."""
    desk = Desk(World([bot(ENTERPRISE)]))
    with pytest.raises(NotAvailable, match="not available on the Enterprise plan"):
        desk.show.history(ADMIN, NOW)
    desk.world.add(bot(STANDARD))

    assert desk.show.history(ADMIN, NOW) == []


def test_account_without_bots_has_an_empty_history() -> None:
    """It may have had some."""
    assert Desk(World([])).show.history(ADMIN, NOW) == []


@pytest.mark.parametrize(("who", "may"), [(ADMIN, True), (OWNER, True), (COLLEAGUE, False), (VIEWER, False)])
def test_order_is_for_those_who_manage_its_bot(who: Member, may: bool) -> None:
    """They may have placed it."""
    desk = Desk()
    order = desk.world.buy(100)
    found: Order | None = None
    try:
        found = desk.show.order(who, order.order_id)
    except NotAllowed:
        assert not may

    assert (found == order) is may


def test_foreign_order_and_invoice_are_not_found() -> None:
    """Guessing finds nothing."""
    desk = Desk()
    number = desk.bill().invoice.number
    order = desk.world.buy(100)
    with pytest.raises(NotFound):
        desk.show.order(STRANGER, order.order_id)
    with pytest.raises(NotFound):
        desk.show.invoice(STRANGER, number, NOW)
    with pytest.raises(NotFound):
        desk.show.order(ADMIN, "ord_none")


def test_document_is_downloaded_by_a_link() -> None:
    """As soon as it is made."""
    desk = Desk()
    issued = desk.bill()
    with pytest.raises(NotAvailable, match="still being made"):
        desk.show.download_url(ADMIN, issued.invoice.number, NOW)
    done = desk.invoices.document_stored(issued, "sha")

    assert desk.show.invoice(ADMIN, done.invoice.number, NOW) == replace(issued, pdf_sha256="sha")
    url = desk.show.download_url(ADMIN, done.invoice.number, NOW)
    assert url == "https://documents.example/invoices/INV-000001.pdf?as=INV-000001.pdf"
