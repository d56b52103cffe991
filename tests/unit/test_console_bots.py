"""Plan & Usage in the console: the table of bots, finding one in it, and giving one away."""

import re
from dataclasses import replace

import pytest

from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.members import Member
from tests.fakes.console import Browser, Console
from tests.fakes.demo import ADVANCED, STANDARD, WELCOMING, bot
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OWNER, VIEWER, World

NAMES = {"bot_1": "Zeta", "bot_2": "order desk", "bot_3": "Help desk"}


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    named = [replace(bot(STANDARD, bot_id), name=name) for bot_id, name in NAMES.items()]
    console = Console(world=World([*named, bot(ADVANCED)]))
    console.wire(monkeypatch, NOW)
    return console


@pytest.fixture
def browser(console: Console) -> Browser:
    """An admin's."""
    return console.browser(ADMIN)


def rows(html: str) -> list[str]:
    """The names in the table."""
    return re.findall(r'aria-label="Manage ([^"]*)"', html)


def test_table_is_by_name(browser: Browser) -> None:
    """As it is read, not by ids that hardly anybody knows."""
    assert rows(browser.get("bots").html) == ["Bot_Advanced", "Help desk", "order desk", "Zeta"]


def test_bots_are_found_by_name_or_id(browser: Browser) -> None:
    """What was typed stays in the field; a part that no bot has leads back to all."""
    found = browser.get("bots?q=DESK")
    assert rows(found.html) == ["Help desk", "order desk"]
    assert '<input id="q" name="q" value="DESK">' in found.html
    assert rows(browser.get("bots?q=bot_1").html) == ["Zeta"]
    nothing = browser.get("bots?q=nobody")
    assert "No such bot" in nothing.html
    assert '<a href="./bots">Show all bots</a>' in nothing.html


def test_few_bots_need_no_search(console: Console, browser: Browser) -> None:
    """More than are seen at a glance have it; the next page of a search keeps what was typed."""
    assert 'role="search"' not in browser.get("bots").html
    for number in range(60):
        console.world.add(bot(STANDARD, f"bot_more_{number}"))
    assert 'role="search"' in browser.get("bots").html
    following = re.search(r'rel="next" href="([^"]*)"', browser.get("bots?q=more").html)

    assert following
    assert len(rows(browser.get(following[1].removeprefix("./").replace("&amp;", "&")).html)) == 10


def test_part_that_is_too_long_is_shown_beside_its_rule(browser: Browser) -> None:
    """400, and no table."""
    page = browser.get(f"bots?q={'x' * 129}")

    assert page.status == 400
    assert '<p class="error" id="q-error">Must have 1 to 128 characters.</p>' in page.html
    assert "Nothing is shown" in page.html


def test_bot_without_a_balance_says_how_it_is_paid(console: Console, browser: Browser) -> None:
    """A subscription comes with the invoice: it has no funds that could be sufficient."""
    page = browser.get("bots?q=bot_advanced").html

    assert "By invoice" in page
    assert "Sufficient" not in page


def test_credit_that_all_bots_share_is_told_in_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever adds the balances up would count it several times."""
    console = Console(world=World([bot(WELCOMING), bot(STANDARD)]))
    console.wire(monkeypatch, NOW)
    console.world.credit(140)
    page = console.browser(ADMIN).get("bots").html

    assert "€640.00" in page
    assert page.count("€500.00 of it shared<") == 2


# ---------------------------------------------------------------------------------- changing the owner


def test_owners_and_the_reader_are_suggested(console: Console, browser: Browser) -> None:
    """Of all bots, on whichever page of the list they are; but not the present one."""
    for number in range(101):
        console.world.add(replace(bot(STANDARD, f"bot_more_{number}"), owner_id=f"u-{number}"))
    page = browser.get("bots/bot_1/owner").html
    suggested = re.findall(r'<option value="([^"]*)">', page)

    assert set(suggested) == {"u-admin", *(f"u-{number}" for number in range(101))}


def test_member_is_reviewed(browser: Browser) -> None:
    """And becomes the owner."""
    page = browser.get(f"bots/bot_1/owner?owner_id={COLLEAGUE.user_id}&review=1")

    assert page.status == 200
    assert "This will happen" in page.html


@pytest.mark.parametrize("name", ["u-nobody", "u-stranger", "a/b"])
def test_stranger_is_refused_before_the_review(browser: Browser, name: str) -> None:
    """Beside the field: nothing will happen that does not."""
    page = browser.get(f"bots/bot_1/owner?owner_id={name}&review=1")

    assert page.status == 422
    assert 'id="owner_id-error"' in page.html
    assert "This will happen" not in page.html


def test_pool_that_does_not_answer_is_no_stranger(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """503: the name may be right."""

    def down(_: str) -> str:
        raise StoreUnavailable("no answer")

    browser = console.browser(ADMIN)
    monkeypatch.setattr(console.world.members, "account_of", down)

    assert browser.get("bots/bot_1/owner?owner_id=u-owner&review=1").status == 503


@pytest.mark.parametrize("who", [OWNER, VIEWER])
@pytest.mark.parametrize("query", ["", f"?owner_id={COLLEAGUE.user_id}&review=1"])
def test_form_and_review_are_for_admins(console: Console, who: Member, query: str) -> None:
    """Who types the address is told why not, and led back."""
    page = console.browser(who).get(f"bots/bot_1/owner{query}")

    assert page.status == 403
    assert "The owner of a bot is changed by a billing admin." in page.html
    assert 'href="../../bots">Back</a>' in page.html
