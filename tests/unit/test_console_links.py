"""Links of the console: no page leads anybody to one that is not open to them."""

import re
from dataclasses import replace

import pytest

from botmeter.domain.members import Member, Role
from botmeter.domain.permissions import Permission
from tests.fakes.console import Browser, Console
from tests.fakes.demo import ACCOUNT, ADVANCED, ENTERPRISE, STANDARD, TRIAL, WELCOMING, bot
from tests.fakes.links import Answered, kind, walk
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OWNER, TRANSFER, VIEWER, World

ACCOUNTANT = Member("u-books", ACCOUNT.account_id, frozenset(), frozenset({"accounting"}))
BOTH = Member("u-both", ACCOUNT.account_id, frozenset({Role.VIEWER}), frozenset({"accounting"}))
# So many pages of each kind: they differ in what they are of.
OF_A_KIND = 8


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    """An account with everything: use, orders, an invoice, something that waits, a former owner."""
    world = World([*map(bot, (WELCOMING, STANDARD, ADVANCED, TRIAL, ENTERPRISE))])
    roles = {"accounting": frozenset({Permission.ORDERS_AND_INVOICES})}
    world.accounts.put_account(replace(world.accounts.account(ACCOUNT.account_id), roles=roles))
    world.buy(100)
    world.use(3)
    world.order(method=TRANSFER)
    world.change_plan(ADMIN, "bot_advanced", "standard", TRANSFER, NOW, key="k")
    world.request_extension(ADMIN, "bot_trial", 7, "please", NOW, key="k")
    world.change_owner(ADMIN, "bot_trial", COLLEAGUE.user_id, NOW)
    console = Console(world=world)
    console.desk.deliver(ACCOUNT.account_id, console.desk.issued().invoice.number, NOW)
    console.wire(monkeypatch, NOW)
    return console


def statuses_for(browser: Browser) -> dict[str, int]:
    """The status of each page that somebody can reach."""

    def get(place: str) -> Answered:
        page = browser.get(place)
        return page.status, page.headers.get("Location"), page.html

    return walk(get, OF_A_KIND)


@pytest.mark.parametrize(
    ("who", "reaches"),
    [
        (ADMIN, {"bots/*/plan", "bots/*/owner", "orders/*/cancel", "invoices/*/lines/*", "ledger", "usage"}),
        (OWNER, {"bots/*/plan", "bots/*/plan/keep", "bots/*/auto-reload", "orders/*", "usage/sessions"}),
        (COLLEAGUE, {"bots/*", "bots/*/plan", "usage"}),
        (VIEWER, {"bots/*", "ledger", "bots/*/conversations/*"}),
        (ACCOUNTANT, {"orders/*", "invoices/preview", "invoices/*/lines/*", "bots/*/conversations/*"}),
        (BOTH, {"orders/*", "ledger", "bots/*", "bots/*/conversations/*"}),
    ],
    ids=lambda who: who.user_id if isinstance(who, Member) else "",
)
def test_every_link_leads_somewhere(console: Console, who: Member, reaches: set[str]) -> None:
    """Whoever follows it: no page says that it is not open, or not there."""
    statuses = statuses_for(console.browser(who))

    assert {at: status for at, status in statuses.items() if status not in {200, 303}} == {}
    assert reaches <= {*map(kind, statuses)}


def test_accountant_gets_behind_the_lines(console: Console) -> None:
    """From an order or a line of an invoice to the conversations, but to no bot and to no button."""
    browser = console.browser(ACCOUNTANT)
    statuses = statuses_for(browser)
    orders = [at for at in statuses if at.startswith("orders/")]
    conversations = [at for at in statuses if "/conversations/" in at]

    assert orders
    assert conversations
    for at in (*orders, *conversations):
        page = browser.get(at).html
        assert not re.search(r'href="[^"]*(/bots/[^/"]*|/cancel|usage)"', page)
        assert "waits for" not in page
    assert browser.get(f"{orders[0]}/cancel").status == 403
