"""The console by someone without a mouse: every stop shows, and all that is needed can be reached."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.people import tab_to
from tests.browser.scene import LONG, PASSWORD, Scene
from tests.e2e.accounts import month_begin


def press(target: Locator, key: str = "Enter") -> None:
    """Go to something with Tab and press a key."""
    tab_to(target)
    target.page.keyboard.press(key)


def fill(target: Locator, text: str) -> None:
    """Go to a field with Tab and type."""
    tab_to(target)
    target.page.keyboard.type(text)


def test_funds_are_ordered_with_the_keyboard_alone(scene: Scene, page: Page) -> None:
    """From signing in to the order, without a mouse."""
    scene.account.bot("bot_typed", "standard-chf", month_begin())
    page.goto("console/bots/bot_typed")
    fill(page.get_by_label("User name"), scene.user_id("admin"))
    fill(page.get_by_label("Password", exact=True), PASSWORD)
    page.keyboard.press("Enter")
    press(page.get_by_role("link", name="Add funds"))
    fill(page.get_by_label("Amount (CHF)"), "45.50")
    press(page.get_by_role("button", name="Continue"))
    expect(page.get_by_text("It costs CHF 45.50.")).to_be_visible()
    press(page.get_by_role("button", name="Order the funds"))

    expect(page.get_by_role("heading", name="How to pay")).to_be_visible()
    assert scene.bot("bot_typed")["notices"][-1]["kind"] == "payment_pending"


def test_plan_is_chosen_with_the_arrows(scene: Scene, page: Page) -> None:
    """From the table of bots to the last page before the deed."""
    scene.account.bot("bot_arrows", "advanced-chf", month_begin(), name="Arrows")
    scene.visit(page, "admin", "bots")
    press(page.get_by_role("link", name="Manage Arrows"))
    press(page.get_by_role("link", name="Change plan"))
    first = page.get_by_role("radio").first
    tab_to(first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    press(page.get_by_role("button", name="Continue"))

    expect(page.get_by_role("heading", name="This will happen")).to_be_visible()
    tab_to(page.get_by_role("button", name="Change the plan"))


def test_owner_is_changed_from_the_menu(scene: Scene, page: Page) -> None:
    """Opened with Enter, its first choice is the next stop."""
    scene.account.bot("bot_keys", "standard-chf", month_begin(), name="Keys")
    scene.visit(page, "admin", "bots")
    press(page.get_by_label("More for Keys"))
    press(page.get_by_role("link", name="Change owner"))
    fill(page.get_by_label("New owner"), scene.user_id("viewer"))
    press(page.get_by_role("button", name="Continue"))
    press(page.get_by_role("button", name="Change the owner"))

    expect(page.get_by_role("status")).to_have_text("The bot has its new owner.")


def test_bar_is_followed_down_to_the_conversation(scene: Scene, page: Page) -> None:
    """Day, bot, hour, billing sessions, conversation."""
    scene.visit(page, "admin", "usage?range=7d")
    press(page.locator(".chart a").nth(-2))
    press(page.get_by_role("link", name="Order desk").first)
    press(page.locator('.chart a[aria-label*="5 usage"]'))
    press(page.get_by_role("link", name=LONG))

    expect(page.get_by_text("31 min 00 s with the bot are 3 started 15 minutes.")).to_be_visible()


def test_menus_open_and_close_with_the_keyboard(scene: Scene, page: Page) -> None:
    """The row's menu opens with Enter, closes with Escape, and the focus stays there; Tab closes it too."""
    scene.visit(page, "admin", "bots")
    menu = page.get_by_label("More for Order desk")
    choice = page.get_by_role("link", name="Change owner")
    press(menu)
    expect(choice).to_be_visible()
    page.keyboard.press("Escape")
    expect(choice).to_be_hidden()
    expect(menu).to_be_focused()

    page.keyboard.press("Enter")
    expect(choice).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(choice).to_be_hidden()


def test_skip_link_leads_past_the_navigation(scene: Scene, page: Page) -> None:
    """It is the first stop of each page."""
    scene.visit(page, "admin", "bots")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
