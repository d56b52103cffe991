"""The page of the API in a browser."""

from playwright.sync_api import Page, expect

from tests.browser.people import tab_to


def test_the_page_of_the_api_needs_nothing_from_elsewhere(page: Page) -> None:
    """Under its own policy it comes up with every route, in reach of the keyboard."""
    page.goto("docs")

    expect(page.get_by_role("heading", name="Botmeter")).to_be_visible()
    tab_to(page.get_by_role("button", name="Authorize"))
