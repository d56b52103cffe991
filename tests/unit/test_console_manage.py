"""Manage in the console: what a bot has left, what is offered, and what is not, with the reason."""

import re
from dataclasses import replace

import pytest

from api.console.offers import NotOffered, require
from api.console.requests import PageRequest
from api.console.visit import Visit
from botmeter.domain.accounts import AutoReload
from botmeter.domain.members import Member
from tests.fakes.console import Browser, Console, FakeApi
from tests.fakes.demo import ADVANCED, ENTERPRISE, STANDARD, TRIAL, WELCOMING, bot
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OWNER, TRANSFER, VIEWER, World

# Where each operation begins, and a review of it that is typed as an address.
FUNDS = ("funds", "?amount=100.00&payment_method=card&review=1")
PLAN = ("plan", "?plan_id=advanced&payment_method=card&review=1")
EXTENSION = ("extension", "?days=5&reason=why&review=1")
RELOAD = ("auto-reload", "?threshold=50&amount=200&review=1")
RELOAD_END = ("auto-reload/end", "")
KEEP = ("plan/keep", "")
ALL = (FUNDS, PLAN, EXTENSION, RELOAD, RELOAD_END, KEEP)


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    """An account with free credits, and a bot of each kind."""
    console = Console(world=World([*map(bot, (WELCOMING, STANDARD, ADVANCED, TRIAL, ENTERPRISE))]))
    console.wire(monkeypatch, NOW)
    return console


@pytest.fixture
def browser(console: Console) -> Browser:
    """An admin's."""
    return console.browser(ADMIN)


def offered(html: str, bot_id: str) -> set[str]:
    """The pages of operations that a panel leads to."""
    return set(re.findall(rf'href="\.\./bots/{bot_id}/([a-z/-]+)"', html)) - {"balance"}


@pytest.mark.parametrize(
    ("bot_id", "operations"),
    [
        ("bot_standard", {"plan", "funds", "extension", "owner"}),
        ("bot_advanced", {"plan", "owner"}),
        ("bot_trial", {"plan", "extension", "owner"}),
        ("bot_enterprise", {"owner"}),
    ],
)
def test_panel_offers_what_is_possible(browser: Browser, bot_id: str, operations: set[str]) -> None:
    """A subscription that does not end has nothing to extend, though the account has free credits."""
    assert offered(browser.get(f"bots/{bot_id}").html, bot_id) == operations


def test_panel_offers_more_as_more_becomes_possible(console: Console, browser: Browser) -> None:
    """Auto-reload once a card has paid, and less while a payment or a decision is waited for."""
    world = console.world
    world.buy(100)
    assert "auto-reload" in offered(browser.get("bots/bot_standard").html, "bot_standard")
    world.set_auto_reload(ADMIN, "bot_standard", AutoReload(50_00, 200_00), NOW)
    world.request_extension(ADMIN, "bot_standard", 7, "please", NOW, key="k")
    world.order(method=TRANSFER)
    panel = offered(browser.get("bots/bot_standard").html, "bot_standard")

    assert {"auto-reload", "auto-reload/end"} <= panel
    assert not {"funds", "extension"} & panel


def test_only_plan_is_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no other one, none is offered."""
    console = Console(world=World([bot(STANDARD)]))
    console.wire(monkeypatch, NOW)
    console.world.accounts.known_plans = {STANDARD.ref: STANDARD}

    assert "plan" not in offered(console.browser(ADMIN).get("bots/bot_standard").html, "bot_standard")


@pytest.mark.parametrize("who", [OWNER, VIEWER, COLLEAGUE], ids=["owner", "viewer", "former"])
def test_others_are_offered_what_they_may(console: Console, who: Member) -> None:
    """An owner all but another owner; a viewer and a former owner nothing."""
    console.world.change_owner(ADMIN, "bot_standard", COLLEAGUE.user_id, NOW)
    console.world.change_owner(ADMIN, "bot_standard", OWNER.user_id, NOW)
    page = console.browser(who).get("bots/bot_standard")

    assert page.status == 200
    assert offered(page.html, "bot_standard") == ({"plan", "funds", "extension"} if who is OWNER else set())


@pytest.mark.parametrize(("place", "review"), ALL)
def test_address_of_what_the_role_may_not_do_is_closed(console: Console, place: str, review: str) -> None:
    """Neither the form nor the review of it: the page says why not, and leads back."""
    browser = console.browser(VIEWER)
    for query in {"", review}:
        page = browser.get(f"bots/bot_standard/{place}{query}")
        assert page.status == 403
        assert "The bot is managed by its owner and by billing admins." in page.html
        assert re.search(r'href="(\.\./)+bots/bot_standard">Back</a>', page.html)
        assert "This will happen" not in page.html


@pytest.mark.parametrize(
    ("bot_id", "operation", "reason"),
    [
        ("bot_advanced", EXTENSION, "The plan Advanced does not end."),
        ("bot_advanced", FUNDS, "The plan Advanced takes no funds."),
        ("bot_enterprise", RELOAD, "The plan Enterprise takes no funds."),
        ("bot_enterprise", PLAN, "The present plan, Enterprise, is by contract, ask the operator."),
        ("bot_standard", RELOAD, "It needs a card that has paid for this bot once; a bank transfer cannot"),
        ("bot_standard", RELOAD_END, "Auto-reload is off."),
        ("bot_standard", KEEP, "No change of plan is scheduled."),
    ],
)
def test_address_of_what_is_not_possible_says_why(
    browser: Browser, bot_id: str, operation: tuple[str, str], reason: str
) -> None:
    """Before anything is filled in, and instead of a review that would be refused."""
    place, review = operation
    for query in {"", review}:
        page = browser.get(f"bots/{bot_id}/{place}{query}")
        assert page.status == 422
        assert reason in page.html
        assert "€" not in page.html


@pytest.mark.parametrize(("method", "is_permitted", "status"), [("GET", True, 422), ("GET", False, 403)])
def test_form_of_what_is_not_possible_is_not_shown(method: str, is_permitted: bool, status: int) -> None:
    """The reader's role has a status of its own."""
    with pytest.raises(NotOffered, match="why not") as refused:
        ask(method, is_possible=False, is_permitted=is_permitted)

    assert (refused.value.status, refused.value.back) == (status, "bots/bot_a")


@pytest.mark.parametrize(("method", "is_possible"), [("GET", True), ("POST", False)])
def test_what_is_sent_is_judged_by_the_api(method: str, is_possible: bool) -> None:
    """A second click sends what the first has made impossible, and is answered as the first."""
    ask(method, is_possible=is_possible, is_permitted=True)


def ask(method: str, **possibility: bool) -> None:
    """Ask for the page of an operation."""
    visit = Visit(PageRequest({"httpMethod": method}), FakeApi())
    require(visit, {**possibility, "reason": "why not"}, "bots/bot_a")


# -------------------------------------------------------------------------------------- balance


def test_balance_is_told_in_its_parts(console: Console, browser: Browser) -> None:
    """Its own and what all share, each with a way to what became of it."""
    console.world.credit(140)
    page = browser.get("bots/bot_standard").html

    for text in ("€640.00", "<dt>Its own</dt><dd>€140.00", "<dt>Shared by all bots</dt><dd>€500.00"):
        assert text in page
    assert 'href="../bots/bot_standard/balance"' in page
    assert 'href="../ledger"' in page


def test_ledgers_end_where_the_parts_of_the_balance_do(console: Console, browser: Browser) -> None:
    """The shared one has the sessions that it has paid, with their bots."""
    console.world.use(5)
    console.world.credit(140)
    own, shared = browser.get("bots/bot_standard/balance").html, browser.get("ledger").html

    assert "€140.00</td>" in own
    assert "5 usage" not in own
    assert 'href="../../ledger"' in own
    assert "€499.00</td>" in shared
    assert "5 usage" in shared
    assert 'href="./bots/bot_standard">bot_standard</a>' in shared
    assert 'href="./bots" aria-current="page"' in shared


def test_shared_ledger_is_offered_to_those_who_may_read_it(console: Console) -> None:
    """To an owner it is neither offered nor shown."""
    browser = console.browser(OWNER)
    for place in ("bots/bot_standard", "bots/bot_standard/balance"):
        assert "ledger" not in browser.get(place).html
    assert browser.get("ledger").status == 403
    assert console.browser(VIEWER).get("ledger").status == 200


def test_ledger_of_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """No free credits were given yet."""
    console = Console(world=World([bot(STANDARD)]))
    console.wire(monkeypatch, NOW)
    browser = console.browser(ADMIN)

    assert "Free credits and sessions appear here" in browser.get("ledger").html
    assert "Funds and sessions appear here" in browser.get("bots/bot_standard/balance").html


def test_subscription_has_no_balance(console: Console, browser: Browser) -> None:
    """Nor funds that suffice; what an earlier plan has left is in its ledger."""
    page = browser.get("bots/bot_advanced").html

    assert "Sufficient" not in page
    assert "its fee and its sessions come with the invoice" in page
    assert 'href="../bots/bot_advanced/balance"' in page


def test_contract_shows_no_money(browser: Browser) -> None:
    """Neither a balance nor a ledger."""
    page = browser.get("bots/bot_enterprise").html

    assert "€" not in page
    assert "/balance" not in page


def test_auto_reload_says_why_it_cannot_be_had(console: Console, browser: Browser) -> None:
    """Of the platform, of the bot; to those who could set it."""
    reason = "It needs a card that has paid for this bot once"
    assert reason in browser.get("bots/bot_standard").html
    assert reason not in console.browser(VIEWER).get("bots/bot_standard").html
    console.wiring.show_bots = replace(console.world.show_bots, methods=(TRANSFER,))

    reason = "It needs payment by card, which this platform does not offer."
    assert reason in browser.get("bots/bot_standard").html
    assert reason in browser.get("bots/bot_standard/auto-reload").html
