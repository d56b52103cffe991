"""What all pages have in common: signing in, forms, errors, headers."""

from dataclasses import replace
from typing import Any

import pytest

from api.console.app import pages
from api.console.visit import Visit
from botmeter.domain.errors import SignInRefused, StoreUnavailable
from tests.fakes.console import Browser, Console, Page
from tests.fakes.demo import ACCOUNT, CUSTOMER
from tests.fakes.logins import claims_of
from tests.fakes.world import OPERATOR

STRICT = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console()
    console.wire(monkeypatch)
    return console


@pytest.fixture
def browser(console: Console) -> Browser:
    """A browser in which an admin is signed in."""
    browser = Browser()
    assert browser.enter().status == 303
    return browser


def assert_guarded(page: Page) -> None:
    """No script but the console's own, no cache, no guessing of types, no frames."""
    assert set(page.headers["Content-Security-Policy"].split("; ")) == STRICT
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "<script>" not in page.html
    assert "style=" not in page.html


def raising(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the page of bots fail."""

    def fail(visit: Visit) -> str:
        raise error

    monkeypatch.setattr(Visit, "currency", property(fail))
    monkeypatch.setattr("api.console.visit.Visit.is_in", lambda visit, place: False)
    monkeypatch.setattr("api.console.pages.bots.standing", lambda visit, bot: visit.currency)


# ------------------------------------------------------------------------------------ signing in


def test_page_over_the_real_api(browser: Browser) -> None:
    """An admin sees the bots of the account."""
    page = browser.get("bots")

    assert page.status == 200
    assert "Acme GmbH" in page.html
    assert page.html.count('href="./bots/bot_') >= 4
    assert_guarded(page)


def test_nobody_is_led_to_the_form(console: Console) -> None:
    """And from there back, with everything that was asked for."""
    page = Browser().get("bots/bot_trial/extension?days=5&reason=a%26b&review=1")

    assert page.status == 303
    assert page.location == (
        "sign-in?next=bots%2Fbot_trial%2Fextension%3Fdays%3D5%26reason%3Da%2526b%26review%3D1"
    )
    assert page.headers["Cache-Control"] == "no-store"


def test_form_of_a_login_that_is_over_loses_nothing(console: Console, browser: Browser) -> None:
    """What was typed is an address now, which leads to the review; nothing was done."""
    console.logins.kept.clear()
    typed = {"days": "5", "reason": "Prüfung", "review": "1", "form_token": "t", "key": "k"}
    page = browser.post("bots/bot_trial/extension", typed)

    assert page.location == (
        "sign-in?next=bots%2Fbot_trial%2Fextension%3Fdays%3D5%26reason%3DPr%25C3%25BCfung%26review%3D1"
    )


def test_login_is_for_its_browser(browser: Browser) -> None:
    """Another one is led to the form."""
    assert Browser().get("bots").status == 303
    assert Browser({("botmeter", "/v1/console/"): "made up"}).get("bots").status == 303


# -------------------------------------------------------------------------------------- forms


@pytest.mark.parametrize("token", [None, "", "made up", "of another browser"])
def test_form_without_its_token_does_nothing(browser: Browser, token: str | None) -> None:
    """403, whatever else is right about it."""
    if token == "of another browser":
        other = Browser()
        other.enter()
        token = other.get("bots").hidden["form_token"]
    page = browser.post("sign-out", {} if token is None else {"form_token": token})

    assert page.status == 403
    assert "The form is too old" in page.html
    assert_guarded(page)
    assert browser.get("bots").status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_form_that_another_site_sends_does_nothing(browser: Browser, site: str) -> None:
    """Even with the right token."""
    page = browser.submit(browser.get("bots"), "sign-out", Sec_Fetch_Site=site)

    assert page.status == 403
    assert browser.get("bots").status == 200


def test_own_form_is_taken(browser: Browser) -> None:
    """The same form from the page itself."""
    page = browser.submit(browser.get("bots"), "sign-out", Sec_Fetch_Site="same-origin")

    assert (page.status, page.location) == (303, "sign-in?done=signed-out")
    assert browser.get("bots").status == 303


def test_every_page_that_changes_something_wants_a_token(browser: Browser) -> None:
    """None is forgotten: each POST of the console is refused without."""
    posts = [path for path, methods in pages.routes.items() if "POST" in methods]
    assert len(posts) > 15
    for path in posts:
        place = path.removeprefix("/console/").replace("{", "").replace("}", "")
        assert browser.post(place, {"review": "1"}).status == 403, path


def test_every_page_but_the_open_ones_wants_a_login(console: Console) -> None:
    """What nobody may see without one is decided for all pages at one place."""
    opened = {"sign-in", "sign-out", "forgotten-password", "nothing", "sign-in-challenge", "reset-password"}
    for path in pages.routes:
        place = path.removeprefix("/console").strip("/").replace("{", "").replace("}", "")
        if place and place not in opened and not place.startswith("assets/"):
            method = "GET" if "GET" in pages.routes[path] else "POST"
            page = Browser()._send(method, place, None, {})
            assert (page.status, page.location.partition("?")[0]) == (303, "sign-in"), path


# ------------------------------------------------------------------------------------- errors


def test_refusal_of_the_api_is_a_page_with_its_status(browser: Browser) -> None:
    """In the API's words, with the user's navigation."""
    page = browser.get("bots/bot_nobody")

    assert page.status == 404
    assert "There is nothing here" in page.html
    assert "Acme GmbH" in page.html
    assert_guarded(page)


def test_hostile_parameter_is_no_error(browser: Browser) -> None:
    """Parameters go into links by their names, whichever those are."""
    page = browser.get("bots?cursor=x&place=1&self=2&done=3&name=%22%3E%3Cscript%3E")

    assert page.status == 400
    assert_guarded(page)
    for name in ("place", "self", "names", "query"):
        assert browser.get(f"bots?{name}=1").status == 200


def test_store_of_logins_that_is_down_is_a_page(console: Console, browser: Browser) -> None:
    """503, though nobody knows who asks; afterwards everything is as before."""
    console.logins.is_down = True
    page = browser.get("bots")

    assert page.status == 503
    assert "Try again in a moment" in page.html
    assert_guarded(page)
    console.logins.is_down = False
    assert browser.get("bots").status == 200


def test_store_of_the_api_that_is_down_is_a_page(
    console: Console, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 without the account's name, which cannot be read either."""

    def down(_: str) -> Any:
        raise StoreUnavailable("table botmeter-secret does not answer")

    for read in ("account", "bots"):
        monkeypatch.setattr(console.world.accounts, read, down)
    page = browser.get("bots")

    assert page.status == 503
    assert "botmeter-secret" not in page.html
    assert_guarded(page)


def test_unexpected_error_says_no_details(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are in the log."""
    raising(monkeypatch, RuntimeError("password of the database"))
    page = browser.get("bots")

    assert page.status == 500
    assert "Something went wrong" in page.html
    assert "password of the database" not in page.html
    assert_guarded(page)


def test_provider_that_refuses_is_a_page(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """403 in the provider's words, where no form shows them."""
    raising(monkeypatch, SignInRefused("there were too many attempts: wait a while"))
    page = browser.get("bots")

    assert page.status == 403
    assert "too many attempts" in page.html


# --------------------------------------------------------------------------------- navigation


@pytest.mark.parametrize(
    ("at", "to"),
    [
        ("no-such-page", "nothing"),
        ("bots/bot_a/no-such-page", "nothing"),
        ("bots/bot_a/plan/x/y/z", "nothing"),
        ("bots/", "bots"),
        ("bots/bot_a/", "bots/bot_a"),
        ("sign-out", "home"),
        ("reset-password", "home"),
        ("", "../console"),
    ],
)
def test_address_that_is_none_leads_to_one(console: Console, at: str, to: str) -> None:
    """Links are relative, so a page is shown at its own address only."""
    page = Browser().get(at)

    assert page.status == 303
    assert page.location == to.replace("../console", "/v1/console")


def test_nothing_is_a_page_for_everybody(console: Console) -> None:
    """404."""
    page = Browser().get("nothing")

    assert page.status == 404
    assert_guarded(page)


def test_operator_has_pages_of_its_own_and_no_account(console: Console) -> None:
    """The first page is the list of accounts."""
    console.identity.users[OPERATOR.user_id] = claims_of(OPERATOR)
    browser = Browser()

    assert browser.enter(OPERATOR.user_id).location == "operator/accounts"
    page = browser.get("bots")
    assert page.status == 403
    assert 'href="./operator/accounts"' in page.html


def test_pages_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an account is called is no markup."""
    console = Console()
    console.world.accounts.put_account(
        replace(ACCOUNT, customer=replace(CUSTOMER, name="<script>alert(1)</script>"))
    )
    console.wire(monkeypatch)
    browser = Browser()
    browser.enter()
    page = browser.get("bots")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.html
    assert_guarded(page)


def test_user_names_break_before_their_at_and_are_escaped(console: Console, browser: Browser) -> None:
    """In the table of bots, whose columns are narrow: what an owner is called is no markup."""
    console.world.add(replace(console.world.bot(), bot_id="bot_new", owner_id="<i>@acme.example"))
    page = browser.get("bots")

    assert "&lt;i&gt;<wbr>@acme.example" in page.html
