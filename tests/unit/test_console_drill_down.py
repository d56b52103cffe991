"""From a bar of Usage to the conversations behind it: counts agree all the way down, and back."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from botmeter.domain.periods import to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import MarkAddition
from botmeter.services.explain_conversation import ExplainConversation
from botmeter.services.orders_access import OrdersAccess
from tests.fakes.console import CONSOLE, Browser, Console, Page
from tests.fakes.demo import ACCOUNT, conversation

DAY = datetime(2026, 10, 2, tzinfo=UTC)
LATER_MS = to_ms(datetime(2026, 10, 20, tzinfo=UTC))
OF_THE_DAY = "range=custom&from=2026-10-02&to=2026-10-02"
OF_THE_WEEK = "range=custom&from=2026-09-28&to=2026-10-04"
LINK = re.compile(
    r'<a (?:[a-z-]+="[^"]*" )*?href="([^"]*)"(?: aria-label="([^"]*)")?[^>]*>(.*?)</a>', re.DOTALL
)


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    """The bot "Bot_Standard" had conversations in the account's hours from 10:00, 11:00 and 20:00."""
    console = Console()
    console.wire(monkeypatch)
    world = console.world
    console.wiring.explain_conversation = ExplainConversation(
        world.show_bots, OrdersAccess(world.accounts), world.usage
    )
    # In UTC. For Kolkata, the last is after midnight, in an hour that begins before.
    for n, (hour, minute) in enumerate(
        [(8, 45), (9, 0), (9, 5), (9, 29), (9, 30), (9, 50), (9, 59), (18, 45)]
    ):
        mark = encode_mark(to_ms(DAY + timedelta(hours=hour, minutes=minute)), Kind.USER_MESSAGE)
        world.usage.add_marks([MarkAddition(conversation(f"c-{n}"), [mark], LATER_MS)])
    assert world.settle("all", LATER_MS).settled == 8
    return console


@pytest.fixture
def browser(console: Console) -> Browser:
    """A browser in which an admin is signed in."""
    browser = Browser()
    browser.enter()
    return browser


def links(page: Page) -> dict[str, str]:
    """Where the links of a page lead, below the console's own address, by their names."""
    assert page.status == 200, page.html
    return {
        unescape(label or re.sub("<[^>]+>", "", text)).strip(): urljoin(
            CONSOLE + page.at, unescape(href)
        ).removeprefix(CONSOLE)
        for href, label, text in LINK.findall(page.html)
    }


def bars(page: Page) -> dict[str, int]:
    """Usage sessions by what bars are called, without those that have none."""
    found = (re.fullmatch(r"(.*): (\d+) usage, 0 alert sessions", name) for name in links(page))
    return {match[1]: int(match[2]) for match in found if match and match[2] != "0"}


def behind(page: Page) -> list[int]:
    """How many sessions of each conversation count on a page of billing sessions."""
    return [
        int(text) for text in re.findall(r'data-label="Sessions" class="number"><strong>(\d+)<', page.html)
    ]


def follow(browser: Browser, page: Page, name: str) -> Page:
    """The page that a link leads to."""
    return browser.get(next(href for said, href in links(page).items() if said.startswith(name)))


def be_busy_today(console: Console) -> None:
    """Whatever day it is: ranges end today."""
    today = TotalKey(ACCOUNT.calendar.day(datetime.now(UTC)), "a@1")
    console.world.usage.counts["bot_standard", today, Bucket(Unit.USAGE, 0)] = 1


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.at).query).items()}


@pytest.mark.parametrize(
    ("zone", "counted"),
    [
        ("Europe/Berlin", {"2 Oct, 10:00": 1, "2 Oct, 11:00": 6, "2 Oct, 20:00": 1}),
        ("Asia/Kolkata", {"2 Oct, 13:30": 1, "2 Oct, 14:30": 6, "2 Oct, 23:30": 1}),
        ("Asia/Kathmandu", {"2 Oct, 13:45": 1, "2 Oct, 14:45": 6, "2 Oct, 23:45": 1}),
        ("America/St_Johns", {"2 Oct, 05:30": 1, "2 Oct, 06:30": 6, "2 Oct, 15:30": 1}),
        ("America/New_York", {"2 Oct, 04:00": 1, "2 Oct, 05:00": 6, "2 Oct, 14:00": 1}),
    ],
)
def test_as_many_sessions_are_behind_a_bar_as_it_says(
    browser: Browser, zone: str, counted: dict[str, int]
) -> None:
    """Week, day, hour, bot, sessions: in every time zone, also where its hours are none of the account's."""
    week = browser.get(f"usage?{OF_THE_WEEK}&time_zone={zone}")
    assert bars(week) == {"Friday, 2 October 2026": 8}
    day = follow(browser, week, "Friday, 2 October 2026")
    assert bars(day) == counted

    for hour, count in counted.items():
        bots = follow(browser, day, hour)
        assert re.search(rf'</th>\s*<td class="number">{count}</td>', bots.html)
        assert f"from 2 Oct 2026, {hour[-5:]} until" in bots.html
        assert sum(behind(follow(browser, bots, "Bot_Standard"))) == count


def test_sessions_behind_a_day_are_those_of_its_hours(browser: Browser) -> None:
    """Of one bot a day leads to them at once; an hour that straddles midnight is the earlier day's."""
    week = browser.get(f"usage?{OF_THE_WEEK}&time_zone=Asia/Kolkata&bot_id=bot_standard")
    sessions = follow(browser, week, "Friday, 2 October 2026")
    assert sum(behind(sessions)) == 8
    assert behind(follow(browser, week, "Saturday, 3 October 2026")) == []

    day = browser.get(f"usage?{OF_THE_DAY}&time_zone=Asia/Kolkata&bot_id=bot_standard")
    assert {hour: sum(behind(follow(browser, day, hour))) for hour in bars(day)} == bars(day)


def test_spreadsheet_says_when_its_hours_begin(browser: Browser) -> None:
    """The instants between which sessions were counted."""
    day = browser.get(f"usage?{OF_THE_DAY}&time_zone=Asia/Kolkata&bot_id=Bot_Standard")
    sheet = browser.get(links(day)["CSV"])

    assert sheet.html.splitlines()[:3] == [
        "bot_id,start,starts_at,ends_at,usage_sessions,alert_sessions",
        "bot_standard,2026-10-02/13:30,2026-10-02T08:00:00.000Z,2026-10-02T09:00:00.000Z,1,0",
        "bot_standard,2026-10-02/14:30,2026-10-02T09:00:00.000Z,2026-10-02T10:00:00.000Z,6,0",
    ]


def test_time_zone_is_kept_down_to_the_conversation(browser: Browser) -> None:
    """And times are written in it, on every page."""
    page = browser.get(f"usage?{OF_THE_WEEK}&time_zone=America/New_York")
    for name in ("Friday", "2 Oct, 05:00", "Bot_Standard", "c-2"):
        page = follow(browser, page, name)
        assert query(page)["time_zone"] == "America/New_York"
        assert "Times are in America/New_York." in page.html
    # 09:05 UTC.
    assert "2 Oct 2026, 05:05: 1 session" in page.html
    assert "<td>05:05:00</td>" in page.html


def test_way_back_leads_to_the_very_pages(browser: Browser) -> None:
    """Each with all that was chosen, the table as well."""
    at = f"usage?{OF_THE_WEEK}&time_zone=Asia/Kolkata&view=table"
    way = [browser.get(at)]
    for name in ("Friday", "2 Oct, 14:30", "Bot_Standard", "c-2"):
        way.append(follow(browser, way[-1], name))
    found = links(way[-1])

    names = ["Usage from 28 Sept 2026 to 4 Oct 2026", "Usage on 2 Oct 2026", "Bot by bot", "Billing sessions"]
    assert [name for name in found if name in names] == names
    for name, page in zip(names, way, strict=False):
        assert query(browser.get(found[name])) == query(page)
        assert urlsplit(found[name]).path == urlsplit(page.at).path


def test_way_back_of_one_bot_keeps_the_bot(console: Console, browser: Browser) -> None:
    """And the range by its name."""
    day = browser.get(f"usage?{OF_THE_DAY}&bot_id=bot_standard")
    sessions = follow(browser, day, "2 Oct, 11:00")
    assert query(browser.get(links(sessions)["Usage on 2 Oct 2026"])) == query(day)

    be_busy_today(console)
    month = links(browser.get("usage?range=30d&bot_id=bot_standard"))
    bar = next(href for name, href in month.items() if "1 usage, " in name)
    back = links(browser.get(bar))["Usage of 30 days"]
    assert back == "usage?range=30d&bot_id=bot_standard"


def test_day_of_a_range_leads_back_to_it(console: Console, browser: Browser) -> None:
    """Until another range is chosen; filters keep it."""
    be_busy_today(console)
    month = links(browser.get("usage?range=30d&view=table"))
    day = browser.get(next(href for href in month.values() if "within=" in href))

    assert links(day)["Usage of 30 days"] == "usage?view=table&range=30d"
    assert day.hidden["within"] == "30d"
    assert "within" not in links(day)["7 days"]


@pytest.mark.parametrize("within", ["30days", "javascript:alert(1)", "2026-10-05/2026-10-01", "/"])
def test_longer_view_that_is_none_is_left_out(browser: Browser, within: str) -> None:
    """Whatever an address says."""
    page = browser.get(f"usage?{OF_THE_DAY}&within={within}")

    assert page.status == 200
    assert 'class="crumbs"' not in page.html


def test_conversation_by_itself_is_of_the_last_days(browser: Browser) -> None:
    """As from an invoice, where no range was chosen: times are the account's."""
    page = browser.get("bots/bot_standard/conversations/c-2")

    assert links(page)["Usage of 7 days"] == "usage?bot_id=bot_standard"
    assert links(page)["Bot_Standard"] == "bots/bot_standard"
    assert "2 Oct 2026, 11:05: 1 session" in page.html


@pytest.mark.parametrize("place", ["usage/bots?", "bots/bot_standard/conversations/c-2?"])
def test_time_zone_that_is_none_is_a_wrong_address(browser: Browser, place: str) -> None:
    """Nothing is shown in another one instead."""
    page = browser.get(f"{place}time_zone=Mars")

    assert page.status == 400
    assert "There is no time zone Mars." in page.html


@pytest.mark.parametrize(
    "query", ["", "bot_id=bot_standard", "bot_id=bot_standard&since=2026-10-05T00:00:00Z"]
)
def test_sessions_of_no_time_are_a_wrong_address(browser: Browser, query: str) -> None:
    """An address that was cut off is no error of the console."""
    assert browser.get(f"usage/sessions?{query}").status == 400
