"""Pages of the deployed stack in a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

from bootstrap import find_browser
from botmeter_local import Stack
from tests.browser.furniture import furnish
from tests.browser.scene import PEOPLE, NewPage, Scene, stage
from tests.e2e.client import User

# A machine for tests has no screen and no graphics card, and may run them as root; nothing calls home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A function may have to start first.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


# Not for the whole session: its event loop would be in the way of tests that have their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser without windows."""
    executable = find_browser()
    assert executable, "there is no browser: `make test` installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def scene(stack: Stack, operator: User) -> Scene:
    """An account with bots, use and an invoice, and the people who visit."""
    return stage(stack, operator)


@dataclass(frozen=True)
class Visitors:
    """A page for each kind of visitor, signed in, and the names that addresses are made of."""

    pages: dict[str, Page]
    names: dict[str, str]

    def go(self, who: str, place: str) -> Page:
        """The page of a place, as `who` sees it."""
        page = self.pages[who]
        page.goto(f"console/{place.format(**self.names)}")
        return page


@pytest.fixture(scope="session")
def names(stack: Stack, scene: Scene) -> dict[str, str]:
    """What there is to look at and to decide."""
    return furnish(stack, scene)


@pytest.fixture(scope="module")
def visitors(browser: Browser, stack: Stack, scene: Scene, names: dict[str, str]) -> Iterator[Visitors]:
    """Who has signed in once for all tests of a module; their browsers complain of nothing."""
    complaints: list[str] = []
    everybody = ("nobody", "operator", *PEOPLE)
    contexts = {who: browser.new_context(base_url=f"{stack.api_url}/", locale="en-GB") for who in everybody}
    pages = {who: context.new_page() for who, context in contexts.items()}
    for who, page in pages.items():
        page.set_default_timeout(PATIENCE_MS)
        _listen(page, complaints)
        if who != "nobody":
            scene.visit(page, who)
    yield Visitors(pages, names)
    for context in contexts.values():
        context.close()
    assert not complaints


@pytest.fixture
def new_page(browser: Browser, stack: Stack) -> Iterator[NewPage]:
    """Opens an empty page for another person, with cookies of its own.

    It takes Playwright's options of a context; paths are relative to the API: `page.goto("docs")`. A test
    fails when a page breaks its content security policy, a script fails or a file is missing.
    """
    complaints: list[str] = []

    def open_page(**options: Any) -> Page:
        usual = {"base_url": f"{stack.api_url}/", "locale": "en-GB"}
        context = browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        _listen(page, complaints)
        return page

    earlier = {*browser.contexts}
    yield open_page
    for context in {*browser.contexts} - earlier:
        context.close()
    assert not complaints


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """An empty page."""
    return new_page()


@pytest.fixture
def scriptless_page(new_page: NewPage) -> Page:
    """An empty page in a browser that runs no scripts."""
    return new_page(java_script_enabled=False)


def _listen(page: Page, complaints: list[str]) -> None:
    """Note what the browser complains about. That a page itself is an error page is none of that."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    def loaded(response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            complaints.append(f"{response.url}: {response.status}")

    page.on("console", said)
    page.on("response", loaded)
    page.on("pageerror", lambda error: complaints.append(str(error)))
