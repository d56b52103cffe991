"""Usage in the console: its pages over the real API, over fakes."""

from datetime import UTC, datetime, timedelta

import pytest

from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from tests.fakes.console import Browser, Console
from tests.fakes.demo import ACCOUNT

HOUR = timedelta(hours=1)


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
