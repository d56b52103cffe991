"""Orders & Invoices: what an account bought and was billed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.errors import Conflict, NotAllowed, NotAvailable, NotFound
from botmeter.domain.history import BilledOrder
from botmeter.domain.invoices import LineKind
from botmeter.domain.members import Member, Role
from botmeter.domain.orders import Order
from botmeter.domain.permissions import Permission
from botmeter.ports.invoices import DocumentFormat, Documents
from tests.fakes.demo import ACCOUNT, ENTERPRISE, ESSENTIAL, STANDARD, bot
from tests.fakes.desk import DUE, NOVEMBER, OCTOBER, Desk
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OPERATOR, OWNER, STRANGER, TRANSFER, VIEWER, World

NUMBER, NOTE = "INV-2026-000001", "CN-2026-000001"
LATER = DUE + timedelta(days=1)
PDF, UBL = DocumentFormat.PDF, DocumentFormat.UBL
ACCOUNTANT = Member("u-accountant", ACCOUNT.account_id, frozenset(), frozenset({"accounting"}))


def billed() -> Desk:
    """An account with an order, an invoice and a credit note."""
    desk = Desk()
    desk.world.buy(100, now=NOW)
    desk.issue()
    desk.correct.credit(OPERATOR, NUMBER, [1], "a mistake", LATER)
    return desk


CALLS: dict[str, Callable[[Desk, Member], object]] = {
    "history": lambda desk, who: desk.show.history(who, LATER),
    "invoice": lambda desk, who: desk.show.invoice(who, NUMBER, LATER),
    "records": lambda desk, who: desk.show.records(who, NUMBER, 1, LATER),
    "credit_note": lambda desk, who: desk.show.credit_note(who, NOTE, LATER),
    "preview": lambda desk, who: desk.show.preview(who, LATER),
    "download_url": lambda desk, who: desk.show.download_url(who, NUMBER, PDF, LATER),
}


def test_history_is_orders_invoices_and_credit_notes_newest_first() -> None:
    """By when they were ordered or issued, whatever became of them; an order names its invoice."""
    desk = billed()
    order = desk.order()
    waiting, _ = desk.world.add_funds(
        ADMIN, "bot_standard", order.money, TRANSFER, LATER + timedelta(days=2), key="k-2"
    )

    assert desk.show.history(ADMIN, LATER) == [
        BilledOrder(waiting, None),
        desk.invoices.notes[NOTE],
        desk.invoices.issued[NUMBER],
        BilledOrder(order, NUMBER),
    ]


def test_order_names_the_invoice_that_stands() -> None:
    """Not the void one that it replaces, however the two are ordered."""
    desk = Desk()
    order = desk.world.buy(100, now=NOW)
    number = desk.replaced().invoice.number

    assert [e for e in desk.show.history(ADMIN, LATER) if isinstance(e, BilledOrder)] == [
        BilledOrder(order, number)
    ]


def test_history_is_of_the_own_account() -> None:
    """Another account's admin sees its own, which is empty."""
    assert billed().show.history(STRANGER, LATER) == []


@pytest.mark.parametrize(
    ("year", "status", "kinds"),
    [
        (2026, None, ["IssuedCreditNote", "IssuedInvoice", "BilledOrder"]),
        (2027, None, ["BilledOrder"]),
        (2025, None, []),
        (None, "paid", ["IssuedInvoice", "BilledOrder"]),
        (None, "pending", ["BilledOrder"]),
        (2026, "pending", []),
        (None, "void", []),
    ],
)
def test_history_of_a_year_or_a_status(year: int | None, status: str | None, kinds: list[str]) -> None:
    """By the day of the bill, an order's in the account's days; a credit note stands in no way."""
    desk = billed()
    desk.correct.confirm_payment(OPERATOR, NUMBER, "transfer", LATER)
    # The next year has begun in Berlin.
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    desk.world.add_funds(ADMIN, "bot_standard", desk.order().money, TRANSFER, eve, key="k-eve")
    found = desk.show.history(ADMIN, LATER, year=year, status=status)

    assert [type(entry).__name__ for entry in found] == kinds


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("who", [OWNER, VIEWER, ACCOUNTANT], ids=["owner", "viewer", "accountant"])
def test_money_of_the_account_is_not_everybody_s_business(who: Member, name: str) -> None:
    """It is not an owner's, nor a viewer's, nor that of a role to which the account says nothing."""
    with pytest.raises(NotAllowed, match="billing admins and roles"):
        CALLS[name](billed(), who)


@pytest.mark.parametrize("name", CALLS)
def test_role_of_the_account_s_own_may_be_permitted(name: str) -> None:
    """It then sees what an admin sees; a role that is permitted nothing does not."""
    desk = billed()
    desk.work_all(LATER)
    desk.deliver(ACCOUNT.account_id, NUMBER, LATER)
    account = desk.world.accounts.account(ACCOUNT.account_id)
    permitted = {"accounting": frozenset({Permission.ORDERS_AND_INVOICES}), "empty": frozenset[Permission]()}
    desk.world.accounts.put_account(replace(account, roles=permitted))

    assert CALLS[name](desk, ACCOUNTANT) == CALLS[name](desk, ADMIN)
    with pytest.raises(NotAllowed):
        CALLS[name](desk, replace(ACCOUNTANT, custom_roles=frozenset({"empty"})))


@pytest.mark.parametrize("name", CALLS)
def test_account_under_contract_has_no_such_page(name: str) -> None:
    """If all of its bots are on Enterprise."""
    with pytest.raises(NotAvailable, match="not available on the Enterprise plan"):
        CALLS[name](Desk(World([bot(ENTERPRISE)])), ADMIN)


def test_one_bot_that_is_not_under_contract_is_enough() -> None:
    """Its invoices are shown; an account without bots may have had some."""
    desk = Desk(World([bot(ENTERPRISE), bot(STANDARD)]))

    assert desk.show.history(ADMIN, NOW) == []
    assert Desk(World([])).show.history(ADMIN, NOW) == []


@pytest.mark.parametrize(("who", "may"), [(ADMIN, True), (OWNER, True), (COLLEAGUE, False), (VIEWER, False)])
def test_order_is_for_those_who_manage_its_bot(who: Member, may: bool) -> None:
    """They may have placed it, and they may pay and cancel it while it is open."""
    desk = Desk()
    order = desk.world.order()
    found: list[Order] = []
    try:
        shown = desk.show.order(who, order.order_id, NOW)
        found = [shown.order, desk.show.managed(who, order.order_id)]
    except NotAllowed:
        assert not may
    else:
        assert {possible.reason for possible in shown.operations.values()} == {None}

    assert found == ([order, order] if may else [])
    if not may:
        with pytest.raises(NotAllowed, match="paid and cancelled by the owner"):
            desk.show.managed(who, order.order_id)


@pytest.mark.parametrize("roles", [frozenset[Role](), frozenset({Role.VIEWER}), frozenset({Role.BOT_OWNER})])
def test_order_is_for_those_who_see_all_of_them(roles: frozenset[Role]) -> None:
    """A role of the account's own reads it, and changes nothing of it."""
    desk = Desk()
    order = desk.world.order()
    account = desk.world.accounts.account(ACCOUNT.account_id)
    permitted = {"accounting": frozenset({Permission.ORDERS_AND_INVOICES})}
    desk.world.accounts.put_account(replace(account, roles=permitted))
    accountant = replace(ACCOUNTANT, roles=roles)
    shown = desk.show.order(accountant, order.order_id, NOW)

    assert shown.order == order
    assert {possible.is_permitted for possible in shown.operations.values()} == {False}
    with pytest.raises(NotAllowed):
        desk.show.managed(accountant, order.order_id)
    with pytest.raises(NotFound):
        desk.show.order(accountant, "ord_none", NOW)


def test_role_without_a_permission_does_not_learn_which_orders_there_are() -> None:
    """It is refused before anything is looked for."""
    with pytest.raises(NotAllowed, match="billing admins and roles"):
        Desk().show.order(ACCOUNTANT, "ord_none", NOW)


def test_foreign_and_unknown_names_are_not_found() -> None:
    """Guessing finds nothing: another account's look like those that do not exist."""
    desk = billed()
    order = desk.order()
    for call in (
        lambda: desk.show.order(STRANGER, order.order_id, NOW),
        lambda: desk.show.order(ADMIN, "ord_none", NOW),
        lambda: desk.show.managed(STRANGER, order.order_id),
        lambda: desk.show.invoice(STRANGER, NUMBER, LATER),
        lambda: desk.show.invoice(ADMIN, NOTE, LATER),
        lambda: desk.show.credit_note(STRANGER, NOTE, LATER),
        lambda: desk.show.credit_note(ADMIN, NUMBER, LATER),
        lambda: desk.show.records(STRANGER, NUMBER, 1, LATER),
        lambda: desk.show.records(ADMIN, NUMBER, 0, LATER),
        lambda: desk.show.records(ADMIN, NUMBER, 99, LATER),
        lambda: desk.show.download_url(STRANGER, NUMBER, PDF, LATER),
        lambda: desk.show.credit_note_url(STRANGER, NOTE, PDF, LATER),
        lambda: desk.show.download_url(ADMIN, NOTE, PDF, LATER),
        lambda: desk.show.credit_note_url(ADMIN, NUMBER, PDF, LATER),
        lambda: desk.show.download_url(ADMIN, "INV-2026-000002", PDF, LATER),
    ):
        with pytest.raises(NotFound):
            call()


def test_documents_are_downloaded_by_a_link() -> None:
    """As soon as they are made; each form of an invoice and of a credit note."""
    desk = billed()
    for number, link in ((NUMBER, desk.show.download_url), (NOTE, desk.show.credit_note_url)):
        with pytest.raises(Conflict, match="still being made"):
            link(ADMIN, number, PDF, LATER)
        desk.deliver(ACCOUNT.account_id, number, LATER)
        for form in DocumentFormat:
            url = f"https://documents.example/invoices/acct_acme/{number}.{form.value}?as={number}"
            assert link(ADMIN, number, form, LATER) == url
            assert desk.show.any_url(OPERATOR, number, form) == url


def test_links_to_any_account_s_documents_are_the_operator_s() -> None:
    """Nobody else's; and there is none for a number that is nobody's."""
    desk = billed()
    with pytest.raises(NotAllowed):
        desk.show.any_url(ADMIN, NUMBER, PDF)
    with pytest.raises(NotFound):
        desk.show.any_url(OPERATOR, "INV-2026-000002", PDF)


def test_document_without_an_electronic_form_is_a_pdf_alone() -> None:
    """An invoice, and a credit note."""
    desk = billed()
    deliver = replace(desk.deliver, render=lambda _: Documents(b"pdf", None))
    for number, link in ((NUMBER, desk.show.download_url), (NOTE, desk.show.credit_note_url)):
        deliver(ACCOUNT.account_id, number, LATER)
        assert link(ADMIN, number, PDF, LATER)
        with pytest.raises(NotFound, match="no electronic form"):
            link(ADMIN, number, UBL, LATER)


def test_preview_within_the_grace_takes_the_period_before_for_billed() -> None:
    """On 2 November October is not billed yet: its fee and November's are not in November's preview."""
    desk = Desk(World([bot(ESSENTIAL)]))
    preview = desk.show.preview(ADMIN, datetime(2026, 11, 2, 12, tzinfo=UTC))

    assert [(line.kind, line.service_period) for line in preview.lines] == [(LineKind.FEE, NOVEMBER.next())]


@pytest.mark.parametrize(("now", "period"), [(NOW, OCTOBER), (LATER, NOVEMBER)])
def test_preview_is_what_would_be_billed_now(now: datetime, period: object) -> None:
    """For the running period: without a number, and without a trace."""
    desk = Desk(World([bot(ESSENTIAL)]))
    desk.issue()
    desk.use(date(2026, 11, 3), 7, "bot_essential", "essential@1")
    before = desk.invoices.billing(ACCOUNT.account_id)
    preview = desk.show.preview(ADMIN, now)

    assert (preview.number, preview.period, preview.issued_at) == ("", period, now)
    assert desk.invoices.billing(ACCOUNT.account_id) == before
    used = [line.quantity for line in preview.lines if line.kind is LineKind.USAGE]
    assert used == ([2] if period == NOVEMBER else [])


def test_records_behind_a_line_are_shown() -> None:
    """Those that add up to it; a line that counts no sessions has none."""
    desk = Desk(World([bot(ESSENTIAL)]))
    desk.world.use(7, "bot_essential")
    lines = desk.issued().invoice.lines
    shares = {line.kind: desk.show.records(ADMIN, NUMBER, n, LATER) for n, line in enumerate(lines, start=1)}

    assert len(shares[LineKind.FEE]) == 0
    assert sum(share.sessions for share in shares[LineKind.USAGE]) == 7
    assert shares[LineKind.USAGE] == shares[LineKind.INCLUDED_USAGE]
