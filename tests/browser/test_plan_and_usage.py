"""Plan & Usage and Manage: everything that an admin does there, by clicking."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.scene import NewPage, Scene
from tests.e2e.accounts import chf, month_begin, today
from tests.e2e.client import fulfilled


@pytest.fixture
def bots(scene: Scene, page: Page) -> Page:
    """The admin on Plan & Usage."""
    return scene.visit(page, "admin", "bots")


def row(page: Page, name: str) -> Locator:
    """The row of a bot."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile(f"^{name}")))


def confirm(page: Page, button: str, *says: str) -> None:
    """See what would happen, and do it."""
    for text in says:
        expect(page.locator("main")).to_contain_text(text)
    page.get_by_role("button", name=button).click()


def new_bot(scene: Scene, bot_id: str, plan: str, **entry: object) -> str:
    """A bot of this test alone, called as its id."""
    return scene.account.bot(bot_id, plan, month_begin(), **entry)


def test_table_shows_how_each_bot_stands(bots: Page) -> None:
    """Owner, plan, status, balance status and balance; none of the money of a contract."""
    cells = row(bots, "Order desk").get_by_role("cell")
    expect(cells.nth(0)).to_have_text(re.compile("owner@"))
    expect(cells.nth(1)).to_contain_text("Standard")
    expect(cells.nth(2)).to_have_text("Active")
    expect(cells.nth(3)).to_have_text("Sufficient funds")
    expect(cells.nth(4)).to_have_text(re.compile(r"CHF\s4\d\d\.\d\d"))

    contract = row(bots, "People & Culture")
    expect(contract).to_contain_text("By contract")
    expect(contract).not_to_contain_text("CHF")


def test_manage_shows_under_the_mouse_and_with_the_keyboard(scene: Scene, bots: Page) -> None:
    """It is there for both, and out of the way otherwise; it opens the panel."""
    manage = row(bots, "Order desk").get_by_role("link", name="Manage")
    assert manage.evaluate("e => getComputedStyle(e).opacity") == "0"
    row(bots, "Order desk").hover()
    expect(manage).to_have_css("opacity", "1")
    bots.mouse.move(0, 0)
    expect(manage).to_have_css("opacity", "0")
    manage.focus()
    expect(manage).to_have_css("opacity", "1")

    bots.keyboard.press("Enter")
    expect(bots.get_by_role("heading", level=1)).to_contain_text("Order desk")
    for part in ("Plan", "Balance", "Plans for this bot"):
        expect(bots.get_by_role("heading", name=re.compile(f"^{part}"), level=2).first).to_be_visible()
    covered = scene.bot("bot_orders")["balance"]["covered_sessions"]
    expect(bots.get_by_text(f"It still covers {covered} usage sessions.")).to_be_visible()


def test_information_icon_tells_the_notices(scene: Scene, page: Page) -> None:
    """Of a trial that ends soon: in how many days."""
    scene.visit(page, "admin", "bots")
    icon = row(page, "Newcomer").get_by_label(re.compile("notice"))
    icon.click()

    told = row(page, "Newcomer").get_by_text(re.compile(r"The plan expires on .*, in \d days"))
    expect(told).to_be_visible()
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()


def test_owner_is_changed_from_the_row_s_menu(scene: Scene, bots: Page) -> None:
    """A stranger is refused by name; a member becomes the owner, and the trail says who did it."""
    new_bot(scene, "bot_handed", "standard-chf")
    bots.reload()
    row(bots, "bot_handed").get_by_label("More for").click()
    bots.get_by_role("link", name="Change owner").click()
    for name in ("nobody@elsewhere.example", scene.user_id("viewer")):
        bots.get_by_label("New owner").fill(name)
        bots.get_by_role("button", name="Continue").click()
        if name != scene.user_id("viewer"):
            expect(bots.locator("#owner_id-error")).to_contain_text("member")
    confirm(bots, "Change the owner", scene.user_id("viewer"), "It costs nothing.")

    expect(bots.get_by_role("status")).to_have_text("The bot has its new owner.")
    expect(row(bots, "bot_handed")).to_contain_text(scene.user_id("viewer"))
    latest = next(iter(scene.account.admin.pages("/audit")))
    assert (latest["operation"], latest["actor_id"]) == ("owner.changed", scene.user_id("admin"))


def test_plan_goes_up_with_an_order_and_down_when_the_period_ends(scene: Scene, page: Page) -> None:
    """The price is said before, the order afterwards; what is scheduled can be cancelled."""
    new_bot(scene, "bot_changed", "essential-chf")
    scene.visit(page, "admin", "bots/bot_changed")
    page.get_by_role("link", name="Choose Advanced").click()
    expect(page.get_by_role("radio", name="Advanced")).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    confirm(page, "Change the plan", "New plan", "Advanced", "now, for the rest of the month")
    expect(page.get_by_role("status")).to_contain_text("The plan has been changed, and the order")
    expect(page.get_by_role("heading", name="How to pay")).to_be_visible()
    assert scene.bot("bot_changed")["plan"]["plan_id"] == "advanced-chf"

    page.goto("console/bots/bot_changed")
    page.get_by_role("link", name="Change plan").click()
    page.get_by_role("radio", name="Essential").check()
    page.get_by_role("button", name="Continue").click()
    confirm(page, "Change the plan", "It costs nothing now.")
    expect(page.get_by_role("status")).to_contain_text("scheduled")
    page.get_by_role("link", name="Cancel the change").click()
    confirm(page, "Keep the plan", "It stays on")
    expect(page.get_by_role("status")).to_contain_text("cancelled")
    assert scene.bot("bot_changed")["pending_plan"] is None


def test_funds_are_ordered_and_paid_by_transfer(scene: Scene, new_page: NewPage) -> None:
    """Too little is refused beside the field; the operator confirms, and the balance has them."""
    new_bot(scene, "bot_funded", "standard-chf")
    page = scene.visit(new_page(), "admin", "bots/bot_funded")
    page.get_by_role("link", name="Add funds").click()
    for amount in ("5", "twenty", "20.00"):
        page.get_by_label("Amount (CHF)").fill(amount)
        page.get_by_role("button", name="Continue").click()
        if amount != "20.00":
            expect(page.locator("#amount-error")).to_contain_text("This must be")
    confirm(page, "Order the funds", "It costs CHF 20.00.", "when the transfer arrives")
    expect(page.get_by_text("IBAN")).to_be_visible()
    order_id = page.url.partition("?")[0].rpartition("/")[2]
    waiting = scene.bot("bot_funded")["notices"]
    assert [n["kind"] for n in waiting] == ["balance_exhausted", "payment_pending"]

    desk = scene.visit(new_page(), "operator", f"operator/accounts/{scene.account.account_id}")
    desk.get_by_role("link", name=f"Confirm the payment of {order_id}").click()
    confirm(desk, "It has arrived", "CHF 20.00 must be in the bank account.")
    expect(desk.get_by_role("status")).to_have_text("The payment is confirmed.")
    page.reload()
    expect(page.get_by_text("Receipt")).to_be_visible()
    assert scene.bot("bot_funded")["balance"]["remaining"] == chf(2_000)


def test_order_is_cancelled(scene: Scene, page: Page) -> None:
    """Nothing is to be paid then, and no payment has failed."""
    new_bot(scene, "bot_regrets", "standard-chf")
    body = {"amount": chf(3_000), "payment_method": "bank_transfer"}
    order = fulfilled(scene.account.admin.post("/bots/bot_regrets/funds", body), 201)["order"]
    scene.visit(page, "admin", f"orders/{order['order_id']}")
    page.get_by_role("link", name="Cancel the order").click()
    confirm(page, "Cancel the order", "CHF 30.00", "nothing is to be paid")

    expect(page.get_by_role("status")).to_have_text("The order is cancelled.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancelled")


def test_more_time_is_asked_for_and_granted(scene: Scene, new_page: NewPage) -> None:
    """The operator sees the reason and grants other days; the panel tells what became of it."""
    scene.account.bot("bot_slow", "trial-chf", today() - timedelta(days=1), name="Slow starter")
    page = scene.visit(new_page(), "admin", "bots/bot_slow")
    page.get_by_role("link", name="Request extension").click()
    page.get_by_label("More days").fill("20")
    page.get_by_label("Reason").fill("Two <b>more</b> weeks & a bit")
    page.get_by_role("button", name="Continue").click()
    confirm(page, "Send the request", "Two <b>more</b> weeks & a bit", "It costs nothing.")
    expect(page.get_by_role("status")).to_contain_text("The request has been sent.")
    expect(page.get_by_role("link", name="Request extension")).to_have_count(0)

    desk = scene.visit(new_page(), "operator", "operator/extensions")
    expect(desk.get_by_text("Two <b>more</b> weeks & a bit")).to_be_visible()
    desk.get_by_role("link", name="Approve for Slow starter").click()
    expect(desk.get_by_label("Days")).to_have_value("20")
    desk.get_by_label("Days").fill("14")
    desk.get_by_role("button", name="Continue").click()
    confirm(desk, "Approve", "free of charge")
    expect(desk.get_by_role("status")).to_contain_text("approved")
    page.goto("console/bots/bot_slow")
    expect(page.get_by_text(re.compile("More time was granted on .*: 14 days."))).to_be_visible()


def test_somebody_else_was_faster(scene: Scene, new_page: NewPage) -> None:
    """Two admins look at one plan: the second is told, and nothing of the first is overwritten."""
    new_bot(scene, "bot_contested", "advanced-chf")
    page = scene.visit(new_page(), "admin", "bots/bot_contested/plan?plan_id=essential-chf")
    page.get_by_role("button", name="Continue").click()
    body = {"plan_id": "standard-chf"}
    fulfilled(scene.account.admin.put("/bots/bot_contested/plan", body))
    page.get_by_role("button", name="Change the plan").click()

    expect(page.get_by_role("alert")).to_contain_text("changed nothing")
    assert scene.bot("bot_contested")["pending_plan"]["plan_id"] == "standard-chf"
    page.get_by_role("button", name="Change the plan").click()
    expect(page.get_by_role("status")).to_contain_text("scheduled")
    assert scene.bot("bot_contested")["pending_plan"]["plan_id"] == "essential-chf"
    # It is said once.
    page.reload()
    expect(page.get_by_role("status")).to_have_count(0)


def test_double_click_changes_the_plan_once(scene: Scene, new_page: NewPage) -> None:
    """The plan of the first click is no choice any more for the second, which is told what was done."""
    new_bot(scene, "bot_eager", "trial-chf")
    place = "bots/bot_eager/plan?plan_id=standard-chf&payment_method=bank_transfer&review=1"
    page = scene.visit(new_page(java_script_enabled=False), "admin", place)
    page.get_by_role("button", name="Change the plan").dblclick()

    expect(page.get_by_role("status")).to_contain_text("The plan has been changed.")
    assert scene.bot("bot_eager")["plan"]["plan_id"] == "standard-chf"


def test_double_click_orders_once(scene: Scene, new_page: NewPage) -> None:
    """Even without the script that holds the second click back."""
    new_bot(scene, "bot_clicked", "standard-chf")
    page = scene.visit(
        new_page(java_script_enabled=False),
        "admin",
        "bots/bot_clicked/funds?amount=25&payment_method=bank_transfer&review=1",
    )
    page.get_by_role("button", name="Order the funds").dblclick()
    expect(page.get_by_role("status")).to_contain_text("The order has been placed.")

    orders = [e for e in scene.account.admin.pages("/orders") if e.get("bot_id") == "bot_clicked"]
    assert len(orders) == 1
