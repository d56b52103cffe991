"""Usage in the console: its pages over the real API, over fakes."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from api.console.api_calls import Api
from botmeter.domain.periods import to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from tests.fakes.console import Browser, Console
from tests.fakes.demo import ACCOUNT, STANDARD, bot
from tests.fakes.logins import claims_of
from tests.fakes.world import COLLEAGUE

HOUR = timedelta(hours=1)
RANGE = "range=custom&from=2026-10-01&to=2026-10-05"


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console()
    console.wire(monkeypatch)
    return console


def be_used(console: Console, at: datetime, bot_id: str = "bot_standard") -> None:
    """One session of a bot."""
    hour = ACCOUNT.calendar.local_hour(to_ms(at))
    console.world.usage.counts[bot_id, TotalKey(hour.day, "a@1"), Bucket(Unit.USAGE, hour.index)] += 1


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
    assert re.search(
        r'>Bot_Standard</a><span class="sub id">bot_standard</span></th>\s*<td class="number">24</td>',
        page.html,
    )
    assert page.html.count('class="slot"') == 24


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("hours_ago", [0, 12, 23])
def test_last_24_hours_are_24_in_every_time_zone(console: Console, zone: str, hours_ago: int) -> None:
    """Hours of the account, the running one among them."""
    be_used(console, datetime.now(UTC) - hours_ago * HOUR)
    browser = Browser()
    browser.enter()
    page = browser.get(f"usage?range=24h&time_zone={zone}")

    assert "1 usage sessions, 0 alert sessions" in page.html
    assert page.html.count('class="slot"') == 24


@pytest.mark.parametrize(
    ("query", "name", "rule", "status"),
    [
        ("range=custom&from=2026-10-05&to=2026-10-01", "to", "The last day must be the first", 400),
        ("range=custom&from=5.10.2026&to=2026-10-05", "from", "needs a first and a last day", 400),
        ("range=custom&from=2026-10-05&to=", "to", "needs a first and a last day", 400),
        (f"{RANGE}&time_zone=Mars/Olympus", "time_zone", "There is no time zone Mars/Olympus.", 400),
        (f"{RANGE}&bot_id=a+b", "bot_id", "No bot that you see has the name or the id a b.", 404),
        (f"{RANGE}&bot_id=bot_typo", "bot_id", "No bot that you see", 404),
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


def test_empty_range_leads_to_the_latest_sessions(console: Console) -> None:
    """Of the same bot and in the same form: to the week that ends with their day."""
    latest = datetime.now(UTC) - timedelta(days=40)
    be_used(console, latest)
    be_used(console, latest - timedelta(days=30))
    be_used(console, latest + timedelta(days=30), "bot_essential")
    browser = Browser()
    browser.enter()
    page = browser.get("usage?range=7d&bot_id=bot_standard&view=table")
    (href,) = re.findall(r'<a class="button" href="\./([^"]*)">Show that week</a>', page.html)
    week = browser.get(unescape(href))

    assert "1 usage sessions, 0 alert sessions" in week.html
    first = ACCOUNT.calendar.day(latest) - timedelta(days=6)
    assert parse_qs(href.partition("?")[2])["view"] == ["table"]
    assert f'name="from" value="{first}"' in week.html
    assert 'value="Bot_Standard"' in week.html


def test_use_of_the_month_is_shown_day_by_day(console: Console) -> None:
    """From Manage: the days of the period that it names, as the account reckons them."""
    month = ACCOUNT.calendar.period_containing(datetime.now(UTC))
    be_used(console, month.start(ACCOUNT.calendar))
    browser = Browser()
    browser.enter()
    page = browser.get("bots/bot_standard")
    (href,) = re.findall(r'<a href="\.\./([^"]*)">See it day by day</a>', page.html)

    assert f"from={month.first_day}&amp;to={month.last_day}" in href
    assert "1 usage sessions, 0 alert sessions" in browser.get(unescape(href)).html


@pytest.mark.parametrize(("query", "asked"), [("range=7d", 2), ("range=90d", 1)])
def test_empty_range_says_how_far_back_there_is_nothing(
    console: Console, monkeypatch: pytest.MonkeyPatch, query: str, asked: int
) -> None:
    """Sessions that were taken back are none; what is known is not asked for again."""
    be_used(console, datetime.now(UTC) - timedelta(days=100))
    day = ACCOUNT.calendar.day(datetime.now(UTC))
    console.world.usage.counts["bot_standard", TotalKey(day, "a@1"), Bucket(Unit.USAGE, 0)] = 0
    calls = watched(monkeypatch)
    browser = Browser()
    browser.enter()
    page = browser.get(f"usage?{query}")

    assert "There are none in the last 90 days." in page.html
    assert "Show that week" not in page.html
    assert calls.count("/usage") == asked


@pytest.mark.parametrize("typed", ["bot_standard", "Bot_Standard", "bot_STANDARD ", " bot_standard"])
def test_bot_is_found_by_its_id_or_its_name(console: Console, typed: str) -> None:
    """In capitals or not; the page shows the name, and beside it the id."""
    be_used(console, datetime(2026, 10, 2, 9, tzinfo=UTC))
    be_used(console, datetime(2026, 10, 2, 9, tzinfo=UTC), "bot_essential")
    browser = Browser()
    browser.enter()
    page = browser.get(f"usage?{RANGE}&{urlencode({'bot_id': typed})}")

    assert "1 usage sessions" in page.html
    assert ', Bot_Standard <span class="id">bot_standard</span></p>' in page.html
    assert 'value="Bot_Standard" placeholder="All bots"' in page.html
    sheet = browser.get(f"usage.csv?{RANGE}&{urlencode({'bot_id': typed})}")
    assert [line.partition(",")[0] for line in sheet.html.splitlines()[1:]] == ["bot_standard"]


def test_name_of_several_bots_names_none(console: Console) -> None:
    """Their ids do, and stand in the filter and in its suggestions."""
    for n in (1, 2):
        console.world.add(replace(bot(STANDARD, f"bot_{n}"), name="Order desk"))
    browser = Browser()
    browser.enter()
    page = browser.get("usage?bot_id=order+desk")

    assert page.status == 404
    assert "Several bots have the name order desk: choose one by its id, such as bot_1." in page.html
    assert '<option value="bot_1">bot_1</option>' in page.html
    assert '<option value="Bot_Standard">bot_standard</option>' in page.html
    assert 'value="bot_2" placeholder' in browser.get("usage?bot_id=bot_2").html


def test_bot_of_another_owner_is_none(console: Console) -> None:
    """It is not suggested, and its name finds nothing."""
    browser = Browser()
    console.identity.users[COLLEAGUE.user_id] = claims_of(COLLEAGUE)
    browser.enter(COLLEAGUE.user_id)
    page = browser.get("usage?bot_id=Bot_Standard")

    assert page.status == 404
    assert "<option" not in page.html.partition('id="bots"')[2].partition("</datalist>")[0]


def test_page_of_200_bots_suggests_them_all_with_few_questions(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names come by the hundred: none of them stands for a question of its own."""
    for n in range(196):
        console.world.add(bot(STANDARD, f"bot_{n:03d}"))
    be_used(console, datetime.now(UTC))
    calls = watched(monkeypatch)
    browser = Browser()
    browser.enter()
    calls.clear()
    page = browser.get("usage")

    assert page.html.partition('id="bots"')[2].partition("</datalist>")[0].count("<option") == 200
    assert calls == ["/account", "/usage/bots", "/usage", "/usage"]


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pages ask the API for, from now on."""
    calls: list[str] = []
    seen = Api.seen

    def watch(api: Api, path: str, **query: object) -> Any:
        calls.append(path)
        return seen(api, path, **query)

    monkeypatch.setattr(Api, "seen", watch)
    return calls
