"""Cookies of the console, and the proof that a form is its own."""

import pytest

from api.console import cookies

SECRET = "YfjDeFDg3TRRg_gch4T3sXOZJT07ZOhqTzmBFi5fdOs"


def parts(cookie: str) -> set[str]:
    """What a cookie says besides its value."""
    return set(cookie.split("; ")[1:])


def test_login_is_for_https_and_no_script() -> None:
    """Links from elsewhere find people signed in, forms from elsewhere do not; it ends with the browser."""
    assert parts(cookies.login_cookie(SECRET)) == {"Secure", "HttpOnly", "SameSite=Lax"}


def test_form_cookie_never_comes_from_elsewhere() -> None:
    """It is for the form for signing in alone."""
    assert parts(cookies.form_cookie(SECRET)) == {"Secure", "HttpOnly", "SameSite=Strict"}


def test_login_is_forgotten_at_once() -> None:
    """With the flags that it was set with, or browsers keep it."""
    gone = cookies.without_login()

    assert gone.startswith("botmeter=;")
    assert parts(gone) == {"Secure", "HttpOnly", "SameSite=Lax", "Max-Age=0"}


@pytest.mark.parametrize(
    "cookie", [cookies.login_cookie(SECRET), cookies.form_cookie(SECRET), cookies.without_login()]
)
def test_cookies_belong_to_the_addresses_that_set_them(cookie: str) -> None:
    """No Path and no Domain: nothing beside the console gets them."""
    assert "path=" not in cookie.lower()
    assert "domain=" not in cookie.lower()


def test_cookies_come_back_as_they_were_set() -> None:
    """The login's, the form's, and one of somebody else."""
    header = f"a=b; botmeter={SECRET}; botmeter-form=f"

    assert cookies.read_cookies({"cookie": header}) == {"a": "b", "botmeter": SECRET, "botmeter-form": "f"}


@pytest.mark.parametrize(
    "other", ['consent={"a": 1}', "a[b]=1", "=", "a", ";;", "ü=ü", '"', "$Version=1", "a=b=c", "a=b, c=d"]
)
def test_odd_cookie_of_another_site_hides_no_login(other: str) -> None:
    """A domain may be shared: whatever else is sent, the console finds its own."""
    assert cookies.read_cookies({"cookie": f"{other}; botmeter={SECRET}"})["botmeter"] == SECRET


def test_first_of_two_cookies_counts() -> None:
    """Browsers send that of the closer path first."""
    assert cookies.read_cookies({"cookie": "botmeter=own; botmeter=of-the-domain"})["botmeter"] == "own"


def test_no_cookie_is_no_login() -> None:
    """Neither without the header nor with an empty one."""
    for headers in ({}, {"cookie": ""}):
        assert not cookies.read_cookies(headers).get("botmeter")


def test_secrets_are_long_and_differ() -> None:
    """256 random bits, in letters that a cookie may have."""
    found = {cookies.new_secret() for _ in range(100)}

    assert len(found) == 100
    assert all(len(secret) == 43 and secret.replace("-", "").replace("_", "").isalnum() for secret in found)


def test_token_of_a_form_fits_its_browser_alone() -> None:
    """It proves the secret and does not tell it."""
    token = cookies.form_token(SECRET)

    assert cookies.is_own_form(token, SECRET)
    assert SECRET not in token
    assert not cookies.is_own_form(token, cookies.new_secret())


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "ü", SECRET])
def test_made_up_token_fits_nobody(token: str) -> None:
    """Not even the secret itself."""
    assert not cookies.is_own_form(token, SECRET)


def test_without_a_secret_no_token_fits() -> None:
    """A token of the empty secret could be made by anybody."""
    assert not cookies.is_own_form(cookies.form_token(""), "")
