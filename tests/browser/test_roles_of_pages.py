"""What each role sees and can do in the console: no more than its token could."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.scene import ACCOUNT, Scene

SECTIONS = {
    "admin": ["Plan & Usage", "Orders & Invoices", "Usage"],
    "owner": ["Plan & Usage", "Usage"],
    "viewer": ["Plan & Usage", "Usage"],
    "accountant": ["Orders & Invoices"],
}
# Places that are not open to a role, if somebody types their address.
CLOSED = {
    "owner": ["orders", "invoices/preview", "operator/accounts", "bots/bot_contract"],
    "viewer": ["orders", "operator/quarantine"],
    "accountant": ["bots", "usage", "operator/parked"],
    "admin": [
        "operator/accounts",
        f"operator/accounts/{ACCOUNT}",
        "operator/extensions",
        "operator/quarantine",
    ],
}


@pytest.mark.parametrize("who", SECTIONS)
def test_navigation_is_what_the_role_may_see(scene: Scene, page: Page, who: str) -> None:
    """Nothing else is offered; the first page is the first of them."""
    scene.visit(page, who)
    links = page.get_by_role("navigation", name="Main").get_by_role("link")

    assert links.all_text_contents() == SECTIONS[who]
    expect(page.get_by_role("heading", level=1)).to_have_text(SECTIONS[who][0])


@pytest.mark.parametrize(
    ("who", "place"), [(who, place) for who, places in CLOSED.items() for place in places]
)
def test_what_is_not_open_stays_closed(scene: Scene, page: Page, who: str, place: str) -> None:
    """The page says that it is not open, and shows nothing of it."""
    scene.visit(page, who)
    reply = page.goto(f"console/{place}")

    assert reply
    assert reply.status == 403
    expect(page.get_by_role("heading", name="This is not open to you")).to_be_visible()


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
    page.get_by_role("button", name="Order the funds").click()

    expect(page.get_by_role("heading", name="This is not open to you")).to_be_visible()


def test_other_account_is_no_neighbour(scene: Scene, page: Page) -> None:
    """What belongs to another account looks as if it did not exist."""
    scene.visit(page, "admin")
    for place in ("bots/bot_mine", "orders/ord-0000", "invoices/INV-2026-000001", "credit-notes/CN-1"):
        reply = page.goto(f"console/{place}")
        assert reply
        assert reply.status == 404
