"""The operator's pages: accounts, requests, parked bills, quarantine."""

import json
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from botmeter.ports.invoices import ParkedBill
from botmeter_cli.aws import invoke, wait_until_empty
from botmeter_local import Stack
from tests.browser.scene import ACCOUNT, Scene
from tests.e2e.accounts import month_begin, today
from tests.e2e.billing import LAST_MONTH, customer, drain, put_seller, seller
from tests.e2e.client import User, fulfilled
from tests.e2e.conversations import event


@pytest.fixture
def desk(scene: Scene, page: Page) -> Page:
    """The operator's first page."""
    return scene.visit(page, "operator", "home")


def test_accounts_lead_to_bots_payments_and_invoices(scene: Scene, desk: Page) -> None:
    """What is needed to answer a customer."""
    expect(desk.get_by_role("heading", name="Accounts", level=1)).to_be_visible()
    desk.goto(f"console/operator/accounts/{ACCOUNT}")

    for part in ("Payments to confirm", "Bots", "Invoices"):
        expect(desk.get_by_role("heading", name=part)).to_be_visible()
    with desk.expect_download() as document:
        desk.get_by_role("link", name="Download CON-").click()
    assert document.value.path().read_bytes().startswith(b"%PDF")


def test_request_is_declined_with_a_reason(scene: Scene, desk: Page) -> None:
    """Without one it is not sent."""
    scene.account.bot("bot_late", "trial-chf", today(), name="Latecomer")
    body = {"days": 9, "reason": "Not ready"}
    fulfilled(scene.account.admin.post("/bots/bot_late/extension-requests", body), 201)
    desk.goto("console/operator/extensions")
    desk.get_by_role("link", name="Decline for Latecomer").click()
    expect(desk.get_by_text("Not ready")).to_be_visible()
    desk.get_by_label("Reason").fill("The trial was long enough")
    desk.get_by_role("button", name="Continue").click()
    desk.get_by_role("button", name="Decline").click()

    expect(desk.get_by_role("status")).to_have_text("The request is declined.")
    assert scene.bot("bot_late")["extension"]["answer"] == "The trial was long enough"


def test_payment_that_never_arrived_is_given_up(scene: Scene, desk: Page) -> None:
    """The account's admin reads why."""
    scene.account.bot("bot_unpaid", "standard-chf", month_begin())
    body = {"amount": {"amount": 5_000, "currency": "CHF"}, "payment_method": "bank_transfer"}
    order = fulfilled(scene.account.admin.post("/bots/bot_unpaid/funds", body), 201)["order"]
    desk.goto(f"console/operator/accounts/{ACCOUNT}")
    desk.get_by_role("link", name=f"Give {order['order_id']} up").click()
    desk.get_by_label("Reason").fill("No transfer in 30 days")
    desk.get_by_role("button", name="Continue").click()
    desk.get_by_role("button", name="Give it up").click()

    expect(desk.get_by_role("status")).to_have_text("The order has been given up.")
    assert scene.account.admin.get(f"/orders/{order['order_id']}")["failure"] == "No transfer in 30 days"


def test_parked_bill_is_approved(stack: Stack, operator: User, desk: Page) -> None:
    """It says why it waits, and is gone once it is released."""
    put_seller(operator, "parked", seller("PAR"))
    account = customer(stack, "acct_parked_page", "parked")
    account.bot("bot_billed", "essential-chf")
    bill = ParkedBill(
        account.account_id, LAST_MONTH, "12 times the usual", needs_approval=True, parked_at=datetime.now(UTC)
    )
    account.services.parked.park(bill)
    desk.goto("console/operator/parked")
    expect(desk.get_by_text("12 times the usual")).to_be_visible()
    desk.get_by_role("link", name=f"Approve: {account.account_id}").click()
    expect(desk.get_by_text("billed although it is unusually much")).to_be_visible()
    desk.get_by_role("button", name="Approve and bill").click()

    expect(desk.get_by_role("status")).to_contain_text("being tried again")
    drain(stack)
    assert [e["type"] for e in account.admin.pages("/orders")] == ["invoice"]


def test_event_in_quarantine_is_corrected_and_sent_again(scene: Scene, stack: Stack, desk: Page) -> None:
    """A correction that breaks a rule is refused with it; a right one is metered."""
    bad = json.loads(event(ACCOUNT, "bot_missspelt", datetime.now(UTC), conversation_id="c-quarantined"))
    invoke(stack, "IngestFunctionName", {"events": [bad]})
    desk.goto("console/operator/quarantine?field=data.bot_id")
    desk.get_by_role("row").filter(has_text="bot_missspelt").get_by_role("link").first.click()
    expect(desk.get_by_text("It would still be refused")).to_be_visible()
    desk.get_by_role("link", name="Send again").click()
    for bot_id in ("bot_nowhere", "bot_orders"):
        desk.get_by_label("The event").fill(
            json.dumps({**bad, "data": {**bad["data"], "bot_id": bot_id}}, indent=1)
        )
        desk.get_by_role("button", name="Continue").click()
        desk.get_by_role("button", name="Send it again").click()
        if bot_id == "bot_nowhere":
            expect(desk.locator("#text-error")).to_contain_text("must be a bot of data.account_id")
    expect(desk.get_by_role("status")).to_contain_text("The event was sent again.")
    wait_until_empty(stack, "EventQueueUrl", lambda _: None)
    found = scene.account.admin.get("/bots/bot_orders/conversations/c-quarantined")
    assert len(found["windows"]) == 1


def test_all_that_broke_a_rule_is_sent_again(scene: Scene, stack: Stack, desk: Page) -> None:
    """The page says how many; what is still bad comes back."""
    events = [
        json.loads(event(ACCOUNT, "bot_orders", datetime.now(UTC), conversation_id=f"c-{n}", role="robot"))
        for n in range(3)
    ]
    invoke(stack, "IngestFunctionName", {"events": events})
    desk.goto("console/operator/quarantine?field=data.role")
    desk.get_by_role("link", name="Send these again").click()
    expect(desk.get_by_text("data.role")).to_be_visible()
    desk.get_by_role("button", name="Send them again").click()

    expect(desk.get_by_role("status")).to_contain_text("3 events were sent again.")


def test_day_that_is_none_sends_nothing(desk: Page) -> None:
    """An address that somebody has mended by hand is told what a day looks like."""
    desk.goto("console/operator/quarantine/redrive?review=1&day=monday")

    expect(desk.get_by_role("alert")).to_contain_text("The day must be one such as 2026-10-05.")
    expect(desk.get_by_role("button", name="Send them again")).to_have_count(0)


def test_filter_that_is_none_can_be_mended(desk: Page) -> None:
    """What was typed is still there, with its rule, and has the focus."""
    desk.goto("console/operator/quarantine")
    desk.get_by_label("Field").fill("data bot_id")
    desk.get_by_role("button", name="Show").click()

    expect(desk.get_by_text("Must be the name of a field such as data.bot_id")).to_be_visible()
    expect(desk.get_by_label("Field")).to_be_focused()
    expect(desk.get_by_label("Field")).to_have_value("data bot_id")
    desk.keyboard.press("ControlOrMeta+A")
    desk.keyboard.type("data.bot_id")
    desk.keyboard.press("Enter")
    expect(desk.locator("#field-error")).to_have_count(0)
    expect(desk.get_by_label("Field")).to_have_value("data.bot_id")


def test_operator_has_no_account_pages(desk: Page) -> None:
    """The navigation has none of them, and their addresses say that they are not open."""
    assert desk.get_by_role("navigation", name="Main").get_by_role("link").all_text_contents() == [
        "Accounts",
        "Extension requests",
        "Parked bills",
        "Quarantine",
    ]
    for place in ("bots", "orders", "usage"):
        desk.goto(f"console/{place}")
        expect(desk.get_by_role("heading", name="This is not open to you")).to_be_visible()
