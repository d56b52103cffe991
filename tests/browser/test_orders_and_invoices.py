"""Orders & Invoices: the history, its documents, and the sessions behind a line."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from botmeter_local import Stack
from tests.browser.scene import NewPage, Scene, set_password
from tests.e2e.accounts import Account, today
from tests.e2e.billing import LAST_MONTH
from tests.e2e.client import User


@pytest.fixture
def orders(scene: Scene, page: Page) -> Page:
    """The admin on Orders & Invoices."""
    return scene.visit(page, "admin", "orders")


def number(scene: Scene) -> str:
    """The number of the account's invoice."""
    entries = scene.account.admin.pages("/orders")
    return str(next(entry["number"] for entry in entries if entry["type"] == "invoice"))


def test_history_has_what_an_accountant_asks_for(scene: Scene, orders: Page) -> None:
    """Order id, billing date, cost, payment method, payment status, invoice."""
    names = orders.get_by_role("columnheader").all_text_contents()
    assert names == ["Order id", "Billing date", "Cost", "Payment method", "Payment status", "Invoice"]
    row = orders.get_by_role("row").filter(has_text=number(scene)).filter(has_text="Invoice for")
    expect(row).to_contain_text("Bank transfer")
    expect(row).to_contain_text("Open")


def test_history_is_filtered_by_year_and_status(scene: Scene, orders: Page) -> None:
    """When it is asked for; what is empty says so and leads back."""
    orders.get_by_label("Payment status").select_option("Open")
    orders.get_by_role("button", name="Show").click()
    expect(orders.get_by_role("row")).to_have_count(2)
    expect(orders.get_by_role("row").nth(1)).to_contain_text(number(scene))

    orders.get_by_label("Year").select_option(str(LAST_MONTH.year))
    orders.get_by_label("Payment status").select_option("Void")
    orders.get_by_role("button", name="Show").click()
    expect(orders.get_by_text("Nothing of this kind")).to_be_visible()
    orders.get_by_role("link", name="Show everything").click()
    expect(orders.get_by_label("Payment status")).to_have_value("")


def test_history_and_documents_are_downloaded(scene: Scene, orders: Page, tmp_path: Path) -> None:
    """The list as CSV with its filters, an invoice as PDF and as electronic invoice."""
    orders.goto("console/orders?status=issued")
    with orders.expect_download() as sheet:
        orders.get_by_role("link", name="CSV").click()
    lines = sheet.value.path().read_text().splitlines()
    assert lines[0].startswith("order_id,type,billing_date")
    assert [line.split(",")[0] for line in lines[1:]] == [number(scene)]

    with orders.expect_download() as document:
        orders.get_by_role("link", name=f"Download the invoice {number(scene)}").click()
    assert document.value.suggested_filename == f"{number(scene)}.pdf"
    assert document.value.path().read_bytes().startswith(b"%PDF-1.7")
    orders.goto(f"console/invoices/{number(scene)}")
    with orders.expect_download() as ubl:
        orders.get_by_role("link", name="E-invoice (UBL)").click()
    assert b"urn:oasis:names:specification:ubl" in ubl.value.path().read_bytes()


def test_line_of_an_invoice_leads_to_the_conversations_behind_it(scene: Scene, orders: Page) -> None:
    """As many sessions as the line counts, each with its conversation."""
    orders.get_by_role("link", name=number(scene), exact=True).click()
    line = orders.get_by_role("row").filter(has_text="Order desk").filter(has_text="Usage sessions")
    line.get_by_role("link", name=re.compile("sessions behind line")).first.click()
    expect(orders.get_by_role("row")).to_have_count(1 + 4)
    orders.get_by_role("link", name="bot_orders-0").click()

    expect(orders.get_by_role("heading", level=1)).to_contain_text("bot_orders-0")
    expect(orders.get_by_role("heading", level=2)).to_contain_text("1 session")


def test_running_period_is_shown_as_a_draft(orders: Page) -> None:
    """With what would be due, and no number."""
    orders.get_by_role("link", name="The running period").click()

    expect(orders.get_by_role("heading", level=1)).to_contain_text("So far in")
    expect(orders.get_by_text("Would be due")).to_be_visible()


def test_account_under_contract_has_no_such_section(
    stack: Stack, operator: User, scene: Scene, new_page: NewPage
) -> None:
    """It is not in the navigation, and its address says why."""
    account = Account(stack, "acct_under_contract", today())
    account.bot("bot_only", "enterprise-chf", name="The only one")
    set_password(stack, account.admin.user_id)
    page = new_page()
    page.goto("console/bots")
    page.get_by_label("User name").fill(account.admin.user_id)
    scene.enter_password(page)
    expect(page.get_by_role("link", name="Usage", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Orders & Invoices")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("CHF")

    page.goto("console/orders")
    expect(page.get_by_text("orders and invoices are not available on the Enterprise plan")).to_be_visible()
