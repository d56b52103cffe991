"""Every operation of the console by clicking, as each role; and what a role may not do, it cannot."""

import re
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import APIResponse, Locator, Page, expect

from tests.browser.conftest import Visitors
from tests.browser.operation_table import OPERATIONS, Cell, Operation, cells
from tests.browser.scene import Scene
from tests.e2e.accounts import month_begin
from tests.e2e.client import fulfilled
from tests.e2e.role_scene import furnished, order

CELLS = [cell for cell in cells() if cell.how != "-"]


@pytest.fixture(scope="module")
def walkers(visitors: Visitors, scene: Scene) -> Visitors:
    """The visitors, with bots of their own for the owner to change."""
    account = scene.account
    account.bot("bot_sinking", "advanced-chf", month_begin())
    fulfilled(account.admin.put("/bots/bot_sinking/plan", {"plan_id": "essential-chf"}))
    invoice = account.admin.get(f"/invoices/{visitors.names['invoice']}")
    line = next(line["line"] for line in invoice["lines"] if line["bot_id"] == "bot_orders" and line["rule"])
    visitors.names.update(
        bot=furnished(account, "bot_walked"),
        buying=furnished(account, "bot_buying"),
        bot_order=order(account, furnished(account, "bot_ordered")),
        falling="bot_sinking",
        line=f"{line}",
        viewer=scene.user_id("viewer"),
    )
    return visitors


def test_every_operation_has_a_row() -> None:
    """And every row an operation."""
    assert {cell.operation for cell in CELLS} == set(OPERATIONS)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.how != "no"], ids=str)
def test_role_does_what_it_may(walkers: Visitors, cell: Cell) -> None:
    """It finds the link, and is led to what it wanted: a page, a file, or what would happen."""
    operation = OPERATIONS[cell.operation]
    page = walkers.go(cell.who, operation.offered)
    link = page.get_by_role("link", name=operation.link.format(**walkers.names), exact=True).first
    if link.get_attribute("data-file") is not None:
        assert downloads(page, link)
        return
    link.click()
    page.wait_for_url(lambda url: path_of(url).endswith(path_of(operation.leads_to.format(**walkers.names))))
    expect(page.get_by_role("alert")).to_have_count(0)
    if operation.button:
        go_through(page, operation, walkers.names)
    if cell.how == "done":
        page.get_by_role("button", name=operation.button).click()
        expect(page.get_by_role("status")).to_contain_text(operation.says)


@pytest.mark.parametrize("who", sorted({cell.who for cell in CELLS}))
def test_role_cannot_do_what_it_may_not(walkers: Visitors, who: str) -> None:
    """No link where others find one, and a page that says so at its address."""
    asks = walkers.pages[who].context.request
    closed = [OPERATIONS[cell.operation] for cell in CELLS if cell.who == who and cell.how == "no"]
    # Many are offered at one place.
    places = {operation.offered.format(**walkers.names) for operation in closed}
    offered = {place: links(asks.get(f"console/{place}")) for place in places}

    for operation in closed:
        found = asks.get(f"console/{operation.leads_to.format(**walkers.names)}")
        assert path_of(found.url) not in offered[operation.offered.format(**walkers.names)]
        assert found.status == HTTPStatus.FORBIDDEN, found.url
        assert "This is not open to you" in found.text()


def links(page: APIResponse) -> set[str]:
    """Where the links of a page lead, but for those within it."""
    found = re.findall('href="([^#"][^"]*)"', page.text())
    return {path_of(urljoin(page.url, link)) for link in found}


def go_through(page: Page, operation: Operation, names: dict[str, str]) -> None:
    """Fill the form in, if there is one, and come to the page that says what would happen."""
    for label, text in (operation.typed or {}).items():
        if text is None:
            page.get_by_role("radio", name=label).check()
        else:
            page.get_by_label(label, exact=True).fill(text.format(**names))
    if operation.typed:
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="This will happen")).to_be_visible()
    expect(page.get_by_role("button", name=operation.button)).to_be_enabled()


def downloads(page: Page, link: Locator) -> int:
    """How many bytes the file behind a link has."""
    with page.expect_download() as file:
        link.click()
    return len(file.value.path().read_bytes())


def path_of(address: str) -> str:
    """An address without its parameters."""
    return urlsplit(address).path
