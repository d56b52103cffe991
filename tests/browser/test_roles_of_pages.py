"""What each role sees and can do in the console: no more than its token could."""

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.scene import Scene
from tests.fakes.links import Answered, kind, walk

SECTIONS = {
    "admin": ["Plan & Usage", "Orders & Invoices", "Usage"],
    "owner": ["Plan & Usage", "Usage"],
    "viewer": ["Plan & Usage", "Usage"],
    "accountant": ["Orders & Invoices"],
}

# How far links lead.
REACHED = {
    "admin": "bots/*/conversations/*",
    "owner": "bots/*/plan",
    "viewer": "ledger",
    "accountant": "bots/*/conversations/*",
    "operator": "operator/accounts/*",
}


@pytest.mark.parametrize("who", SECTIONS)
def test_navigation_is_what_the_role_may_see(scene: Scene, page: Page, who: str) -> None:
    """Nothing else is offered; the first page is the first of them."""
    scene.visit(page, who)
    links = page.get_by_role("navigation", name="Main").get_by_role("link")

    assert links.all_text_contents() == SECTIONS[who]
    expect(page.get_by_role("heading", level=1)).to_have_text(SECTIONS[who][0])


def test_owner_manages_own_bots_only(scene: Scene, page: Page) -> None:
    """Changes of the plan and funds for them; no other owner, and not the bots of others."""
    scene.visit(page, "owner", "bots")
    expect(page.get_by_role("rowheader", name="Order desk")).to_be_visible()
    expect(page.get_by_role("rowheader", name="People & Culture")).to_have_count(0)
    expect(page.get_by_label("More for Order desk")).to_have_count(0)
    page.goto("console/bots/bot_orders")
    expect(page.get_by_role("link", name="Add funds")).to_be_visible()
    expect(page.get_by_role("link", name="Change owner")).to_have_count(0)


def test_viewer_sees_all_and_changes_nothing(scene: Scene, page: Page) -> None:
    """No button, and an address that is typed leads to a refusal."""
    scene.visit(page, "viewer", "bots/bot_orders")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order desk")
    for name in ("Change plan", "Add funds", "Change owner", "Request extension"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    page.goto("console/bots/bot_orders/funds?amount=20&payment_method=bank_transfer&review=1")

    expect(page.get_by_role("heading", name="This is not open to you")).to_be_visible()
    expect(page.get_by_text("The bot is managed by its owner")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order desk")


def test_other_account_is_no_neighbour(scene: Scene, page: Page) -> None:
    """What belongs to another account looks as if it did not exist."""
    scene.visit(page, "admin")
    for place in ("bots/bot_mine", "orders/ord-0000", "invoices/INV-2026-000001", "credit-notes/CN-1"):
        reply = page.goto(f"console/{place}")
        assert reply
        assert reply.status == 404


@pytest.mark.parametrize("who", REACHED)
def test_every_link_leads_somewhere(scene: Scene, page: Page, who: str) -> None:
    """No page leads anybody to one that is not open to them, or not there: two of each kind are tried."""
    scene.visit(page, who)
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    console = urlsplit(page.url.partition("/console/")[0] + "/console/")

    def get(place: str) -> Answered:
        """As a browser does, but faster: a page is not drawn, and no page of others is followed."""
        with closing(HTTPConnection(console.netloc, timeout=60)) as connection:
            connection.request("GET", console.path + place, headers={"Cookie": cookies})
            reply = connection.getresponse()
            return reply.status, reply.getheader("Location"), reply.read().decode()

    statuses = walk(get, most=2)

    assert {place: status for place, status in statuses.items() if status not in {200, 303}} == {}
    assert {REACHED[who], "home"} <= {*map(kind, statuses)}
