"""Pages for everybody: axe in both colour schemes, small screens, no scripts."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import Visitors
from tests.browser.people import assert_accessible
from tests.browser.places import EVERY_PLACE, FUNDS, Place, page_at, pages_of_console, take_step
from tests.browser.scene import NewPage, Scene
from tests.e2e.accounts import month_begin

WIDE = ViewportSize(width=1440, height=900)
# The narrowest ones, the narrowest that has tables, a tablet, and the narrowest that has room for them.
SCREENS = (320, 360, 680, 768, 1024)


def test_every_page_of_the_console_is_looked_at() -> None:
    """A new page needs a place of its own in the list."""
    assert {page_at(place) for place in EVERY_PLACE} == pages_of_console()


@pytest.mark.parametrize("place", EVERY_PLACE, ids=str)
def test_page_is_for_all_eyes_and_all_screens(visitors: Visitors, place: Place) -> None:
    """Axe finds nothing, light or dark, and nothing is wider than the screen."""
    page = visitors.go(place.who, place.address)
    take_step(page, place.step, visitors.names)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert_accessible(page)
    for width in SCREENS:
        page.set_viewport_size(ViewportSize(width=width, height=800))
        needed = page.evaluate("document.documentElement.scrollWidth")
        assert needed <= width, f"{place} is {needed} px wide on {width}"
    page.set_viewport_size(WIDE)


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
    expect(page.locator(".chart a").first).to_be_attached()
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
