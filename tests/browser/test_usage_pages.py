"""Usage: from the chart to the conversation that explains it."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.scene import INTERRUPTED, LONG, Scene
from tests.e2e.conversations import NOON, YESTERDAY


@pytest.fixture
def usage(scene: Scene, page: Page) -> Page:
    """The admin on Usage."""
    return scene.visit(page, "admin", "usage")


def bars(page: Page) -> list[str]:
    """What the bars of the chart say."""
    found: list[str] = page.locator(".chart a").evaluate_all("links => links.map(link => link.ariaLabel)")
    return found


def bar(page: Page, counts: str) -> Locator:
    """The bar that says `counts`."""
    return page.locator(f'.chart a[aria-label*="{counts}"]')


def test_chart_has_a_bar_for_each_day_with_date_and_counts(usage: Page) -> None:
    """Seven days, the last but one with yesterday's use."""
    found = bars(usage)
    assert len(found) == 7
    assert re.fullmatch(r"\w+,? \d+ \w+ \d{4}: 7 usage, 1 alert sessions", found[-2]), found[-2]
    expect(usage.get_by_role("heading", level=2)).to_have_text("7 usage sessions, 1 alert sessions")


def test_bar_says_its_counts_under_the_mouse_and_with_the_focus(usage: Page) -> None:
    """At once, inside of the chart, and one bar at a time."""
    tips = usage.locator(".chart .tip").filter(visible=True)
    yesterday = usage.locator(".chart a").nth(-2)
    expect(tips).to_have_count(0)
    yesterday.hover()
    expect(tips).to_have_text(re.compile("7 usage, 1 alert sessions"))
    box, chart = tips.bounding_box(), usage.locator(".chart").bounding_box()
    assert box
    assert chart
    assert chart["x"] <= box["x"]
    assert box["x"] + box["width"] <= chart["x"] + chart["width"]
    usage.mouse.move(0, 0)
    expect(tips).to_have_count(0)
    usage.get_by_role("link", name="Skip the chart").focus()
    usage.keyboard.press("Tab")
    expect(tips).to_have_text(re.compile("0 usage, 0 alert sessions"))
    yesterday.hover()
    expect(tips).to_have_text(re.compile("7 usage, 1 alert sessions"))


def test_chart_opens_at_its_latest_sessions_on_a_phone(usage: Page) -> None:
    """Of 90 days as of seven, whether they were yesterday or long ago."""
    usage.set_viewport_size({"width": 360, "height": 800})
    for days in ("range=90d", f"range=custom&from={YESTERDAY}&to={YESTERDAY + timedelta(days=60)}"):
        usage.goto(f"console/usage?{days}")
        expect(bar(usage, ": 7 usage, 1 alert").locator(".slot")).to_be_in_viewport()


@pytest.mark.parametrize(("name", "count"), [("24 hours", 24), ("30 days", 30), ("90 days", 90)])
def test_range_is_chosen(usage: Page, name: str, count: int) -> None:
    """Hours of a day, or days."""
    usage.get_by_role("link", name=name, exact=True).click()
    expect(usage.locator("nav [aria-current=true]").filter(has_text=name)).to_be_visible()

    assert len(bars(usage)) in {0, count}


def test_ninety_days_bot_by_bot_are_a_page_of_their_own(usage: Page) -> None:
    """And lead back to the days of one bot."""
    usage.get_by_role("link", name="90 days", exact=True).click()
    usage.get_by_role("link", name="Bot by bot").click()
    expect(usage.get_by_role("heading", name="Bot by bot")).to_be_visible()
    usage.get_by_role("link", name="Customer support").click()

    expect(usage.get_by_label("Bot", exact=True)).to_have_value("Customer support")
    assert len(bars(usage)) == 90


def test_range_of_ones_own_goes_from_day_to_day(usage: Page) -> None:
    """Wrong days are told apart from no use."""
    usage.get_by_role("link", name="Custom", exact=True).click()
    usage.get_by_label("First day").fill((YESTERDAY - timedelta(days=3)).isoformat())
    usage.get_by_label("Last day").fill(YESTERDAY.isoformat())
    usage.get_by_role("button", name="Show").click()
    assert len(bars(usage)) == 4

    usage.get_by_label("Last day").fill("2020-01-01")
    usage.get_by_role("button", name="Show").click()
    expect(usage.get_by_text("The last day must be the first one or later")).to_be_visible()


def test_table_says_the_same(usage: Page) -> None:
    """Day by day, with the sum."""
    usage.get_by_role("link", name="Table", exact=True).click()
    table = usage.get_by_role("table").first

    expect(table.get_by_role("row")).to_have_count(1 + 7 + 1)
    expect(table.get_by_role("row").last).to_have_text(re.compile(r"Sum\s*7\s*1"))


def test_bars_lead_to_the_bot_and_to_its_conversations(scene: Scene, usage: Page) -> None:
    """Day, bot, hour, billing sessions, conversation: the counts agree all the way down."""
    usage.locator(".chart a").nth(-2).click()
    expect(usage.get_by_role("heading", level=2)).to_have_text("7 usage sessions, 1 alert sessions")
    usage.get_by_role("link", name="Order desk", exact=True).click()
    expect(usage.get_by_role("heading", level=2)).to_have_text("5 usage sessions, 1 alert sessions")
    bar(usage, ": 5 usage, 1 alert").click()
    expect(usage.get_by_role("heading", name="Billing sessions")).to_be_visible()
    counts = usage.get_by_role("row").locator("td:last-child").all_text_contents()
    assert sum(int(text) for text in counts) == 6

    usage.get_by_role("link", name=LONG).click()
    expect(usage.get_by_role("heading", level=2)).to_contain_text("3 sessions")
    expect(usage.get_by_text("31 min 00 s with the bot are 3 started 15 minutes.")).to_be_visible()


def test_hour_of_all_bots_leads_to_those_that_had_sessions(usage: Page) -> None:
    """Day, hour, bot, billing sessions."""
    usage.locator(".chart a").nth(-2).click()
    bar(usage, ": 7 usage, 1 alert").click()
    expect(usage.get_by_role("heading", name="Bot by bot")).to_be_visible()
    row = usage.get_by_role("row").filter(has_text="Customer support")
    expect(row.get_by_role("cell").first).to_have_text("2")
    row.get_by_role("link").click()

    expect(usage.get_by_role("heading", name="Billing sessions")).to_be_visible()
    expect(usage.get_by_role("row")).to_have_count(1 + 2)


def test_timeline_shows_agent_time_and_where_sessions_begin(scene: Scene, usage: Page) -> None:
    """Half an hour with an agent is drawn and not counted; the second session begins after it."""
    usage.goto(f"console/bots/bot_orders/conversations/{INTERRUPTED}")
    drawing = usage.locator("svg.timeline")
    expect(drawing.locator("rect.bot")).to_have_count(2)
    expect(drawing.locator("rect.agent")).to_have_count(1)
    expect(drawing.locator("rect.tick")).to_have_count(2)
    label = drawing.get_attribute("aria-label") or ""
    assert "With an agent from 12:10:00 to 12:40:00" in label
    assert "Session 2 begins at 12:45:00" in label

    expect(usage.get_by_text("30 min 00 s")).to_be_visible()
    expect(usage.get_by_role("row", name=re.compile("^2"))).to_contain_text("12:45:00")


def test_time_zone_is_chosen(usage: Page) -> None:
    """Noon in Zürich is an early evening in India, and a zone that does not exist is none."""
    day = YESTERDAY.isoformat()
    usage.goto(f"console/usage?range=custom&from={day}&to={day}&bot_id=bot_orders")
    usage.get_by_label("Time zone").fill("Asia/Kolkata")
    usage.get_by_role("button", name="Show").click()
    # Zürich's hours begin at the half hour there.
    noon = NOON.astimezone(ZoneInfo("Asia/Kolkata")).strftime("%H:%M")
    assert [name for name in bars(usage) if f", {noon}: 5 usage" in name]
    bar(usage, ": 5 usage, 1 alert").click()
    counts = usage.get_by_role("row").locator("td:last-child").all_text_contents()
    assert sum(int(text) for text in counts) == 6
    expect(usage.get_by_text("Times are in Asia/Kolkata.")).to_be_visible()
    usage.get_by_role("link", name="Usage on").click()

    usage.get_by_label("Time zone").fill("Europe/Atlantis")
    usage.get_by_role("button", name="Show").click()
    expect(usage.get_by_text("There is no time zone Europe/Atlantis.")).to_be_visible()


def test_usage_is_downloaded(usage: Page) -> None:
    """As CSV, bot by bot and day by day."""
    with usage.expect_download() as sheet:
        usage.get_by_role("link", name="CSV").click()
    lines = sheet.value.path().read_text().splitlines()

    assert lines[0].startswith("bot_id,start")
    assert any(line.startswith(f"bot_orders,{YESTERDAY.isoformat()}") and ",5,1" in line for line in lines)


def test_conversation_that_is_none_says_so(usage: Page) -> None:
    """Or that it is too long ago."""
    usage.goto("console/bots/bot_orders/conversations/c-none")

    expect(usage.get_by_text("there is no conversation c-none")).to_be_visible()
