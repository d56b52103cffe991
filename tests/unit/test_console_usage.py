"""Usage in the console: its pages over the real API, over fakes."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from tests.fakes.console import Browser, Console
from tests.fakes.demo import ACCOUNT

HOUR = timedelta(hours=1)
RANGE = "range=custom&from=2026-10-01&to=2026-10-05"


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console()
    console.wire(monkeypatch)
    return console


def test_bots_of_the_last_24_hours_are_counted_in_these_hours(console: Console) -> None:
    """The hours of yesterday before them count nowhere on the page."""
    calendar, counts = ACCOUNT.calendar, console.world.usage.counts
    now = datetime.now(UTC)
    today = calendar.day(now)
    for day in (today - timedelta(days=1), today):
        midnight, end = calendar.start_of_day(day), min(now, calendar.start_of_day(day + timedelta(days=1)))
        for hour in range(-((midnight - end) // HOUR)):
            counts["bot_standard", TotalKey(day, "a@1"), Bucket(Unit.USAGE, hour)] = 1
    browser = Browser()
    browser.enter()
    page = browser.get("usage?range=24h")

    assert "24 usage sessions, 0 alert sessions" in page.html
    assert '>bot_standard</a></th><td class="number">24</td>' in page.html


@pytest.mark.parametrize(
    "query", ["", "bot_id=bot_standard", "bot_id=bot_standard&from=2026-10-05T00:00:00Z"]
)
def test_sessions_of_no_time_are_a_wrong_address(console: Console, query: str) -> None:
    """An address that was cut off is no error of the console."""
    browser = Browser()
    browser.enter()

    assert browser.get(f"usage/sessions?{query}").status == 400


@pytest.mark.parametrize(
    ("query", "name", "rule", "status"),
    [
        ("range=custom&from=2026-10-05&to=2026-10-01", "to", "The last day must be the first", 400),
        ("range=custom&from=5.10.2026&to=2026-10-05", "from", "needs a first and a last day", 400),
        ("range=custom&from=2026-10-05&to=", "to", "needs a first and a last day", 400),
        (f"{RANGE}&time_zone=Mars/Olympus", "time_zone", "There is no time zone Mars/Olympus.", 400),
        (f"{RANGE}&bot_id=a+b", "bot_id", "Must be the id of a bot", 400),
        (f"{RANGE}&bot_id=bot_typo", "bot_id", "bot_typo", 404),
    ],
)
def test_filter_that_is_none_stays_as_it_was_typed(
    console: Console, query: str, name: str, rule: str, status: int
) -> None:
    """With its rule beside it, and the focus; whatever else was typed is kept."""
    browser = Browser()
    browser.enter()
    page = browser.get(f"usage?view=table&{query}")

    assert page.status == status
    typed = parse_qs(query, keep_blank_values=True)
    for field in ("from", "to", name):
        found = re.search(f'<input id="{field}"[^>]* value="([^"]*)"', page.html)
        assert found
        assert found[1] == typed[field][0]
    assert re.search(f'id="{name}-error">[^<]*{rule}', page.html)
    assert re.findall(r'<input id="(\w+)"[^>]* autofocus>', page.html) == [name]
    assert page.hidden["range"] == "custom"
    assert page.hidden["view"] == "table"


def test_day_that_is_none_is_shown_as_text(console: Console) -> None:
    """A browser's field for days would be empty."""
    browser = Browser()
    browser.enter()
    page = browser.get("usage?range=custom&from=5.10.2026&to=2026-10-05")

    assert re.findall(r'<input id="(?:from|to)"[^>]* type="(\w+)"', page.html) == ["text", "date"]


def test_range_that_is_none_leads_to_those_that_are(console: Console) -> None:
    """The rule is above them."""
    browser = Browser()
    browser.enter()
    page = browser.get("usage?range=5y&bot_id=bot_standard")

    assert page.status == 400
    assert '<p class="message bad" role="alert">The range must be' in page.html
    assert 'href="./usage?range=30d&amp;bot_id=bot_standard"' in page.html


def test_time_zone_that_is_none_is_left_out_by_other_ranges(console: Console) -> None:
    """They show something."""
    browser = Browser()
    browser.enter()
    page = browser.get("usage?range=7d&time_zone=Mars")

    assert 'href="./usage?range=30d"' in page.html
