"""The pages for signing in and out, as a browser goes through them."""

from dataclasses import replace

import pytest

from tests.fakes.console import Browser, Console, Page
from tests.fakes.logins import FRESH_FOR, PASSWORD, claims_of
from tests.fakes.world import ADMIN, VIEWER

OWN = "another long password"


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console()
    console.wire(monkeypatch)
    return console


def show(browser: Browser, username: str = ADMIN.user_id, password: str = PASSWORD, to: str = "") -> Page:
    """Show a password."""
    return browser.submit(
        browser.get(f"sign-in?next={to}"), "sign-in", {"username": username, "password": password}
    )


def test_password_leads_to_the_first_page(console: Console) -> None:
    """The browser has a cookie that reaches every page of the console, and the store its hash alone."""
    browser = Browser()
    page = show(browser)
    secret = browser.cookie("botmeter", "bots/bot_a/plan")

    assert (page.status, page.location) == (303, "bots")
    assert secret
    assert secret not in repr(console.logins.kept)
    assert browser.get("bots").status == 200


@pytest.mark.parametrize(
    "place",
    ["bots/bot_a/plan?plan_id=x&review=1", "orders", "usage?range=7d", "invoices/INV-1", "operator/accounts"],
)
def test_way_back_leads_to_what_was_wanted(console: Console, place: str) -> None:
    """With everything that was typed."""
    assert Browser().enter(next_place=place).location == place


@pytest.mark.parametrize(
    "place",
    [
        "",
        "home",
        "sign-out",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "bots.evil.example",
        "bots\r\nSet-Cookie: a=b",
        "../../elsewhere",
        "orders@evil.example",
    ],
)
def test_way_back_leads_nowhere_else(console: Console, place: str) -> None:
    """Whatever an address asks for: to the console's own pages, or to the first one."""
    assert Browser().enter(next_place=place).location == "bots"


@pytest.mark.parametrize(("username", "password"), [(ADMIN.user_id, "wrong"), ("nobody", PASSWORD), ("", "")])
def test_wrong_password_shows_the_form_again(console: Console, username: str, password: str) -> None:
    """With the user name, not with the password, and nobody is signed in."""
    browser = Browser()
    page = show(browser, username, password, to="orders")

    assert page.status == 422
    assert "You are not signed in: the user name or the password is wrong." in page.html
    assert f'value="{username}"' in page.html
    assert page.hidden["next"] == "orders"
    assert PASSWORD not in page.html
    assert browser.cookie("botmeter") is None


def test_form_is_tied_to_the_browser_that_asked_for_it(console: Console) -> None:
    """Another browser cannot be signed in with it: not as its user, and not as somebody else."""
    form = Browser().get("sign-in")
    victim = Browser()
    page = victim.submit(form, "sign-in", {"username": ADMIN.user_id, "password": PASSWORD})

    assert page.status == 403
    assert not console.logins.kept


@pytest.mark.parametrize("place", ["sign-in", "sign-in-challenge", "forgotten-password", "reset-password"])
def test_browser_that_keeps_no_cookie_is_told_so(console: Console, place: str) -> None:
    """Safari keeps none of a local stack, and calling the form too old would help nobody."""
    form = Browser().get("sign-in")
    page = Browser({("of-another-site", "/"): "1"}).submit(form, place)

    assert (page.status, "Your browser keeps no cookie" in page.html) == (403, True)
    assert "local stack" in page.html


def test_form_that_another_site_sends_is_not_blamed_on_the_browser(console: Console) -> None:
    """Its cookie was held back because the form comes from elsewhere."""
    page = Browser().submit(Browser().get("sign-in"), "sign-in", sec_fetch_site="cross-site")

    assert (page.status, "not one of this page" in page.html) == (403, True)


def test_two_forms_of_one_browser_are_both_good(console: Console) -> None:
    """The cookie is set with the first of them and kept."""
    browser = Browser()
    first, second = browser.get("sign-in"), browser.get("sign-in")

    assert (len(first.cookies), len(second.cookies)) == (1, 0)
    assert first.hidden == second.hidden
    assert "SameSite=Strict" in first.cookies[0]


def test_first_password_is_changed_on_the_way_in(console: Console) -> None:
    """The login that comes of it reaches every page like any other."""
    console.identity.asked.add(ADMIN.user_id)
    browser = Browser()
    asked = show(browser, to="orders")
    assert (asked.status, "Choose a password" in asked.html) == (200, True)
    assert not console.logins.kept

    simple = browser.submit(asked, "sign-in-challenge", {"answer": "short"})
    assert (simple.status, "The password must have 14 characters" in simple.html) == (422, True)
    page = browser.submit(simple, "sign-in-challenge", {"answer": OWN})
    assert (page.status, page.location) == (303, "orders")
    assert browser.get("bots").status == 200
    assert show(Browser(), password=OWN).status == 303


def test_challenge_that_is_over_is_told(console: Console) -> None:
    """And can be asked for anew."""
    console.identity.asked.add(ADMIN.user_id)
    browser = Browser()
    page = browser.submit(show(browser), "sign-in-challenge", {"answer": OWN, "session": "made up"})

    assert (page.status, "The session is over." in page.html) == (422, True)
    assert not console.logins.kept


@pytest.mark.parametrize("username", [ADMIN.user_id, "nobody"])
def test_forgotten_password_says_nothing_of_who_exists(console: Console, username: str) -> None:
    """The next page is the same."""
    browser = Browser()
    page = browser.submit(browser.get("forgotten-password"), "forgotten-password", {"username": username})

    assert (page.status, "Code from the mail" in page.html) == (200, True)
    assert console.identity.codes == ([username] if username == ADMIN.user_id else [])


def test_new_password_is_set_with_the_code(console: Console) -> None:
    """A wrong code and a simple password are told; then the new one signs in."""
    browser = Browser()
    page = browser.submit(
        browser.get("forgotten-password"), "forgotten-password", {"username": ADMIN.user_id}
    )
    for typed, says in (
        ({"code": "000000", "password": OWN}, "The code is wrong."),
        ({"code": "123456", "password": "short"}, "must have 14 characters"),
    ):
        page = browser.submit(page, "reset-password", typed)
        assert (page.status, says in page.html) == (422, True)
    done = browser.submit(page, "reset-password", {"code": " 123456 ", "password": OWN})

    assert (done.status, done.location) == (303, "sign-in?done=password-set")
    assert "The new password is set" in browser.get(done.location).html
    assert show(browser, password=OWN).status == 303


def test_two_tabs_sign_in_one_after_the_other(console: Console) -> None:
    """The form of the second is older than the login of the first, which ends with it."""
    browser = Browser()
    tabs = [browser.get("sign-in?next=orders"), browser.get("sign-in?next=usage")]
    typed = {"username": ADMIN.user_id, "password": PASSWORD}
    done = [browser.submit(tab, "sign-in", typed) for tab in tabs]

    assert [(page.status, page.location) for page in done] == [(303, "orders"), (303, "usage")]
    assert len(console.logins.kept) == 1


def test_form_from_before_the_login_changes_nothing(console: Console) -> None:
    """What proves a form for signing in proves no other."""
    browser = Browser()
    before = browser.get("sign-in").hidden["form_token"]
    browser.enter()

    assert browser.post("bots/bot_trial/extension", {"form_token": before, "days": "5"}).status == 403


@pytest.mark.parametrize("place", ["invoices/INV-1/download", "usage.csv?range=7d"])
def test_signing_in_leads_to_no_file(console: Console, place: str) -> None:
    """The form would stay where it is while the file is saved."""
    assert Browser().enter(next_place=place).location == "bots"


def test_cookies_are_set_where_they_reach_all_pages(console: Console) -> None:
    """A cookie without a path is for what is beside its address: only pages of the root set one."""
    console.identity.asked.add(ADMIN.user_id)
    browser = Browser()
    browser.submit(show(browser), "sign-in-challenge", {"answer": OWN})

    assert {path for _, path in browser.jar} == {"/v1/console/"}


def test_signing_out_forgets_cookie_and_login(console: Console) -> None:
    """The next page says so."""
    browser = Browser()
    browser.enter()
    secret = browser.cookie("botmeter")
    page = browser.submit(browser.get("bots"), "sign-out")

    assert browser.cookie("botmeter") is None
    assert "You are signed out." in browser.get(page.location).html
    assert Browser({("botmeter", "/v1/console/"): str(secret)}).get("bots").status == 303
    assert console.identity.revoked == [f"refresh-{ADMIN.user_id}"]


def test_provider_that_is_down_lets_people_out(console: Console) -> None:
    """And nobody in: that page says to try again."""
    browser = Browser()
    browser.enter()
    page = browser.get("bots")
    console.identity.is_down = True

    assert browser.submit(page, "sign-out").status == 303
    assert not console.logins.kept
    assert show(browser).status == 503


def test_who_is_signed_in_needs_no_form(console: Console) -> None:
    """The form leads on to the first page."""
    browser = Browser()
    browser.enter()

    assert browser.get("sign-in").location == "bots"


def test_roles_that_changed_apply_after_an_hour(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who was disabled is led to the form, which says that time was up."""
    console.identity.users[VIEWER.user_id] = claims_of(VIEWER)
    browser = Browser()
    browser.enter(VIEWER.user_id)
    make_stale(console)
    assert browser.get("bots").status == 200

    del console.identity.users[VIEWER.user_id]
    assert browser.get("bots").status == 200
    make_stale(console)
    page = browser.get("bots")
    assert page.location == "sign-in?next=bots"
    assert "Your time was up" in browser.get(page.location).html


def make_stale(console: Console) -> None:
    """Let the claims of all logins be an hour older."""
    for key, login in console.logins.kept.items():
        tokens = replace(login.tokens, fresh_until=login.tokens.fresh_until - FRESH_FOR)
        console.logins.kept[key] = replace(login, tokens=tokens)


def test_assets_are_kept_for_ever_and_nothing_else_is_served(console: Console) -> None:
    """Their address changes with them; other files of the folder are not theirs."""
    browser = Browser()
    page = browser.get("assets/console.css?v=1")

    assert (page.status, page.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert page.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("no-such.css", "..%2Fapp.py", "%2Fetc%2Fpasswd"):
        assert browser.get(f"assets/{name}").status == 404
