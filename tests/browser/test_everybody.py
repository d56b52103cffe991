"""Pages for everybody: axe in both colour schemes, small screens, keyboards, no scripts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from botmeter.domain.errors import InvalidEvent
from botmeter.domain.periods import to_ms
from botmeter.ports.metering import RejectedEvent
from botmeter_local import Stack
from tests.browser.people import assert_accessible, tab_to
from tests.browser.scene import ACCOUNT, INTERRUPTED, PASSWORD, NewPage, Scene, hour_of_noon
from tests.e2e.accounts import chf, month_begin, today
from tests.e2e.client import fulfilled
from tests.e2e.conversations import YESTERDAY

WIDE = ViewportSize(width=1440, height=900)
# The narrowest, a tablet, and the narrowest that has tables.
SCREENS = (360, 768, 1024)
FUNDS = "bots/bot_orders/funds"
ORDERED = "amount=20&payment_method=bank_transfer&review=1"
# Every page that there is, and who sees it. `{names}` are of `Names`.
PAGES = {
    "nobody": ["sign-in", "forgotten-password", "nothing"],
    "admin": [
        "bots",
        "bots/bot_orders",
        "bots/bot_trial",
        "bots/bot_contract",
        "bots/bot_orders/owner",
        "bots/bot_orders/plan",
        "bots/bot_orders/plan?plan_id=essential-chf&payment_method=bank_transfer&review=1",
        FUNDS,
        f"{FUNDS}?amount=x&review=1",
        f"{FUNDS}?{ORDERED}",
        "bots/bot_trial/extension",
        "bots/bot_orders/auto-reload",
        "bots/bot_orders/auto-reload/end",
        "bots/bot_orders/balance",
        "orders",
        "orders?status=void",
        "orders?year=20226",
        "orders/{order}",
        "orders/{order}/cancel",
        "invoices/{invoice}",
        "invoices/{invoice}/lines/1",
        "invoices/preview",
        "credit-notes/{credit_note}",
        "usage?range=7d",
        "usage?range=7d&view=table",
        "usage?range=custom&from=2020-01-01&to=2020-01-02",
        "usage?range=90d",
        "usage?range=custom&from=5.10.2026&to=2026-10-05",
        "usage?bot_id=bot_typo",
        "usage/bots?range=90d",
        f"usage/bots?range=custom&from={YESTERDAY}&to={YESTERDAY}&start={YESTERDAY}/12",
        "usage/sessions?bot_id=bot_orders&from={since}&to={until}",
        f"bots/bot_orders/conversations/{INTERRUPTED}",
        "bots/no-such-bot",
    ],
    "operator": [
        "operator/accounts",
        f"operator/accounts/{ACCOUNT}",
        f"operator/accounts/{ACCOUNT}/orders",
        f"operator/accounts/{ACCOUNT}/invoices",
        f"operator/accounts/{ACCOUNT}/orders/{{order}}/confirm",
        f"operator/accounts/{ACCOUNT}/orders/{{order}}/decline",
        "operator/extensions",
        f"operator/accounts/{ACCOUNT}/bots/bot_asking/extensions/{{request}}/approve",
        "operator/parked",
        f"operator/parked/{ACCOUNT}/release",
        "operator/quarantine",
        "operator/quarantine?day=monday",
        "operator/quarantine/redrive?field=data.role&review=1",
        "operator/quarantine/{event}",
        "operator/quarantine/{event}/redrive",
    ],
}
EVERY_PAGE = [(who, place) for who, places in PAGES.items() for place in places]


@dataclass(frozen=True)
class Visitors:
    """A page for each kind of visitor, signed in, and the names that addresses are made of."""

    pages: dict[str, Page]
    names: dict[str, str]

    def go(self, who: str, place: str) -> Page:
        """The page of a place, as `who` sees it."""
        page = self.pages[who]
        page.goto(f"console/{place.format(**self.names)}")
        return page


@pytest.fixture(scope="module")
def names(stack: Stack, scene: Scene) -> dict[str, str]:
    """An order, a request, a credit note and an event in quarantine to look at."""
    account, operator = scene.account, scene.operator
    account.bot("bot_asking", "trial-chf", today(), name="Asking")
    account.bot("bot_pending", "standard-chf", month_begin())
    long = "Extraordinarily-long-words are met in the names of some bots, as they are in life"
    account.bot("bot_long", owner_id=account.name("somebody.whose.name.is.as.long"), name=long[:80])
    funds = {"amount": chf(2_000), "payment_method": "bank_transfer"}
    order = fulfilled(account.admin.post("/bots/bot_pending/funds", funds), 201)["order"]
    more = {"days": 7, "reason": "Holidays"}
    request = fulfilled(account.admin.post("/bots/bot_asking/extension-requests", more), 201)
    entries = list(account.admin.pages("/orders"))
    invoice = next(entry["number"] for entry in entries if entry["type"] == "invoice")
    body = {"reason": "A line too much", "lines": [1]}
    note = fulfilled(operator.post(f"/operator/invoices/{invoice}/credit-notes", body), 201)
    rejected = RejectedEvent("{}", InvalidEvent("type", "must be one of them"), to_ms(datetime.now(UTC)))
    account.services.quarantine.keep([rejected])
    event = next(iter(operator.pages("/operator/quarantine")))
    hour = hour_of_noon()
    return {
        "order": order["order_id"],
        "request": request["request_id"],
        "invoice": invoice,
        "credit_note": note["number"],
        "event": event["event_id"],
        "since": hour["from"],
        "until": hour["to"],
    }


@pytest.fixture(scope="module")
def visitors(browser: Browser, stack: Stack, scene: Scene, names: dict[str, str]) -> Iterator[Visitors]:
    """Who has signed in once for all pages."""
    contexts = {who: browser.new_context(base_url=f"{stack.api_url}/", locale="en-GB") for who in PAGES}
    pages = {who: context.new_page() for who, context in contexts.items()}
    for who, page in pages.items():
        if who != "nobody":
            scene.visit(page, who)
    yield Visitors(pages, names)
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize(("who", "place"), EVERY_PAGE)
def test_page_is_for_all_eyes_and_all_screens(visitors: Visitors, who: str, place: str) -> None:
    """Axe finds nothing, light or dark, and nothing is wider than the screen."""
    page = visitors.go(who, place)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert_accessible(page)
    for width in SCREENS:
        page.set_viewport_size(ViewportSize(width=width, height=800))
        needed = page.evaluate("document.documentElement.scrollWidth")
        assert needed <= width, f"{place} is {needed} px wide on {width}"
    page.set_viewport_size(WIDE)


def test_funds_are_ordered_with_the_keyboard_alone(scene: Scene, page: Page) -> None:
    """From signing in to the order, without a mouse."""
    scene.account.bot("bot_typed", "standard-chf", month_begin())
    page.goto("console/bots/bot_typed")
    tab_to(page.get_by_label("User name"))
    page.keyboard.type(scene.user_id("admin"))
    tab_to(page.get_by_label("Password", exact=True))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    tab_to(page.get_by_role("link", name="Add funds"))
    page.keyboard.press("Enter")
    tab_to(page.get_by_label("Amount (CHF)"))
    page.keyboard.type("45.50")
    tab_to(page.get_by_role("button", name="Continue"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("It costs CHF 45.50.")).to_be_visible()
    tab_to(page.get_by_role("button", name="Order the funds"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="How to pay")).to_be_visible()
    assert scene.bot("bot_typed")["notices"][-1]["kind"] == "payment_pending"


def test_menus_open_and_close_with_the_keyboard(scene: Scene, page: Page) -> None:
    """The row's menu opens with Enter, closes with Escape, and the focus stays there."""
    scene.visit(page, "admin", "bots")
    menu = page.get_by_label("More for Order desk")
    tab_to(menu)
    page.keyboard.press("Enter")
    choice = page.get_by_role("link", name="Change owner")
    expect(choice).to_be_visible()
    page.keyboard.press("Escape")
    expect(choice).to_be_hidden()
    expect(menu).to_be_focused()


def test_skip_link_leads_past_the_navigation(scene: Scene, page: Page) -> None:
    """It is the first stop of each page."""
    scene.visit(page, "admin", "bots")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_first_wrong_field_has_the_focus(scene: Scene, scriptless_page: Page) -> None:
    """Without scripts, too: in forms and in filters."""
    page = scene.visit(scriptless_page, "admin", f"{FUNDS}?amount=x&review=1")
    expect(page.get_by_label("Amount (CHF)")).to_be_focused()

    page.goto("console/usage?range=custom&from=2026-10-05&to=2026-10-01")
    expect(page.get_by_label("Last day")).to_be_focused()
    expect(page.get_by_label("Last day")).to_have_value("2026-10-01")


def test_everything_works_without_scripts(scene: Scene, scriptless_page: Page) -> None:
    """Menus open, filters apply, a plan is changed: scripts only make it more pleasant."""
    scene.account.bot("bot_plain", "advanced-chf", month_begin())
    page = scene.visit(scriptless_page, "admin", "bots")
    page.get_by_label("More for bot_plain").click()
    expect(page.get_by_role("link", name="Change owner")).to_be_visible()
    page.goto("console/usage")
    expect(page.locator(".chart a title").first).to_be_attached()
    page.goto("console/orders")
    page.get_by_label("Payment status").select_option("Paid")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("status=paid"))

    page.goto("console/bots/bot_plain")
    page.get_by_role("link", name="Choose Essential").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Change the plan").click()
    expect(page.get_by_role("status")).to_contain_text("scheduled")


@pytest.mark.parametrize(
    ("locale", "typed", "shown"),
    [("en-US", "123.50", "CHF 123.50"), ("de-DE", "123,50", "123,50 CHF")],
)
def test_amounts_are_written_as_the_reader_does(
    scene: Scene, new_page: NewPage, locale: str, typed: str, shown: str
) -> None:
    """The browser's language decides, and what is typed is read in the same way."""
    page = scene.visit(new_page(locale=locale), "admin", FUNDS)
    page.get_by_label("Amount (CHF)").fill(typed)
    page.get_by_role("button", name="Continue").click()

    expect(page.locator("main")).to_contain_text(f"It costs {shown}.")
