"""What pages must do for all people, whichever eyes and hands they have."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

# Everything of WCAG 2.2 to level AA that a program can see, and what axe recommends beside it.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # The content security policy keeps axe from fetching style sheets; without this it complains of that.
    "preload": False,
}
MOST_STOPS = 100
_AXE = Axe()
# A bar of a chart shows it by its slot.
SHOWS_FOCUS = """element => {
    const style = getComputedStyle(element);
    const slot = element.querySelector(".slot");
    const framed = style.outlineStyle !== "none" || style.boxShadow !== "none";
    return element.matches(":focus-visible") && (framed || slot && getComputedStyle(slot).stroke !== "none");
}"""


def assert_accessible(page: Page) -> None:
    """Axe finds nothing to complain about, on a light background and on a dark one.

    The page has to run scripts, since axe is one.
    """
    page.evaluate(_AXE.axe_script)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("rules => axe.run(rules).then(found => found.violations)", RULES)
        places = [
            f"{rule['help']} ({rule['id']}): {node['html']}" for rule in found for node in rule["nodes"]
        ]
        assert not places, f"{page.url} is not for everybody ({scheme}):\n" + "\n".join(places)


def tab_to(target: Locator) -> None:
    """Press Tab until `target` has the focus, as somebody without a mouse does; the focus has to show."""
    for _ in range(MOST_STOPS):
        target.page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate(SHOWS_FOCUS), f"the focus on {target} does not show"
            return
    raise AssertionError(f"{target} cannot be reached with the keyboard")
