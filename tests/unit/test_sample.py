"""The demo's sample: the same on every run, all usable, all in the month, as its README counts it."""

import csv
import gzip
import importlib.util
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from botmeter.adapters.cloudevents import parse_event
from botmeter.domain.periods import BillingPeriod, Calendar, to_utc
from botmeter.domain.plans import PlanKind
from botmeter.domain.sessions import usage_sessions
from botmeter.domain.timeline import MINUTE_MS, MeteringRule, mark_instant_ms
from botmeter_cli import provisioning
from botmeter_cli.offline import Rejects, collect
from botmeter_cli.paths import CATALOGUE, DEMO_SAMPLE, INFRA
from botmeter_cli.sample import last_full_month, sample_events

OCTOBER = BillingPeriod(2026, 10)
BERLIN = Calendar("Europe/Berlin")
MONTHS = [OCTOBER, BillingPeriod(2027, 2), BillingPeriod(2028, 2), BillingPeriod(2026, 3)]


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return list(sample_events(OCTOBER))


@pytest.fixture(scope="module")
def account() -> dict[str, Any]:
    return provisioning.demo_account()


def load_converter() -> ModuleType:
    """The converter is a script, not a module of a package."""
    spec = importlib.util.spec_from_file_location("convert", INFRA / "demo" / "convert.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_same_events_every_time(events: list[dict[str, Any]]) -> None:
    """Two runs give the same bytes."""
    assert json.dumps(list(sample_events(OCTOBER))) == json.dumps(events)


def test_ids_are_unique(events: list[dict[str, Any]]) -> None:
    """No two events of the sample share an id, and another month has other ids."""
    ids = {event["id"] for event in events}
    assert len(ids) == len(events)
    assert ids.isdisjoint(event["id"] for event in sample_events(BillingPeriod(2026, 9)))


def test_events_are_in_order_of_time(events: list[dict[str, Any]]) -> None:
    """The sample can be replayed as it happened."""
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)


@pytest.mark.parametrize("month", MONTHS, ids=lambda month: month.label)
def test_every_event_is_usable_and_in_the_month(month: BillingPeriod) -> None:
    """All events parse, and lie within the month, in UTC and in the account's time zone."""
    for event in sample_events(month):
        instant = to_utc(mark_instant_ms(parse_event(json.dumps(event)).mark))
        assert (instant.year, instant.month) == (month.year, month.month)
        assert BERLIN.period_containing(instant) == month


def test_counts_are_those_of_the_readme(events: list[dict[str, Any]]) -> None:
    """5,242 events of 523 conversations, by type and role as the README says."""
    assert Counter((event["type"], event["data"].get("role")) for event in events) == {
        ("conversation.message", "user"): 2448,
        ("conversation.message", "bot"): 1999,
        ("conversation.message", "agent"): 500,
        ("conversation.agent.joined", None): 53,
        ("conversation.agent.left", None): 26,
        ("conversation.ended", None): 165,
        ("alert.delivered", None): 51,
    }
    assert len({event["data"].get("conversation_id") for event in events} - {None}) == 523


@pytest.mark.parametrize(
    ("bot_id", "expected"),
    [
        ("bot_onboarding", (77, 79, 84, 14)),
        ("bot_orders", (148, 163, 171, 13)),
        ("bot_people", (69, 71, 80, 5)),
        ("bot_support", (229, 254, 263, 19)),
    ],
)
def test_sessions_are_those_of_the_readme(
    events: list[dict[str, Any]], account: dict[str, Any], bot_id: str, expected: tuple[int, ...]
) -> None:
    """What each bot's events come to, with its own idle timeout."""
    bot = next(bot for bot in account["bots"] if bot["bot_id"] == bot_id)
    rule = MeteringRule(idle_timeout_ms=bot["idle_timeout_minutes"] * MINUTE_MS)
    collection = collect((json.dumps(e) for e in events if e["data"]["bot_id"] == bot_id), Rejects())
    found = [window for _, window in collection.windows(rule)]
    usage = sum(usage_sessions(window, rule) for window in found)
    assert (len(collection.timelines), len(found), usage, len(collection.alerts)) == expected


def test_alert_ids_are_unique(events: list[dict[str, Any]]) -> None:
    """Each delivery has an alert id of its own."""
    ids = [event["data"]["alert_id"] for event in events if event["type"] == "alert.delivered"]
    assert len(set(ids)) == len(ids)


def test_every_bot_of_the_sample_is_in_the_account(
    events: list[dict[str, Any]], account: dict[str, Any]
) -> None:
    """The sample's events are the demo account's, and each of its bots has some."""
    assert {event["data"]["account_id"] for event in events} == {account["account_id"]}
    assert {event["data"]["bot_id"] for event in events} == {bot["bot_id"] for bot in account["bots"]}


def test_a_bot_on_each_kind_of_plan(account: dict[str, Any]) -> None:
    """The account's bots are on plans of the catalogue, one of each kind, in the account's currency."""
    plans = {
        f"{plan['plan_id']}@{plan['version']}": plan for plan in json.loads(CATALOGUE.read_text())["plans"]
    }
    assert sorted(plans[bot["plan"]]["kind"] for bot in account["bots"]) == sorted(PlanKind)
    assert {plans[bot["plan"]]["currency"] for bot in account["bots"]} == {account["currency"]}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 22, tzinfo=UTC), "2026-10"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2025-12"),
        # In Berlin it is the first already.
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), "2026-09"),
    ],
)
def test_last_full_month(now: datetime, expected: str) -> None:
    """The month before the present one, in the account's time zone."""
    assert last_full_month(now, BERLIN).label == expected


# -------------------------------------------------------------------------------------- converter

SOURCE = """bot,conversation,user,role,ts
x,c-late,u-1,user,2007-07-03T23:58:00Z
x,c-late,u-1,bot,2007-07-04T00:03:00Z
x,c-1,u-2,user,2007-06-01T10:00:00Z
x,c-1,u-2,bot,2007-06-01T10:00:00Z
x,c-1,u-2,user,2007-06-01T10:00:00Z
x,c-1,u-2,user,2007-06-01T09:59:00Z
x,c-next,u-3,user,2007-08-01T10:00:00Z
x,c-before,u-3,user,2007-05-31T23:59:00Z
"""


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, str]]:
    """What the converter makes of two days of a small source."""
    convert = load_converter()
    source = tmp_path / "source.csv.gz"
    source.write_bytes(gzip.compress(SOURCE.encode()))
    text = convert.to_csv(convert.convert(convert.read_conversations(source, "2007-06-01", 2)))
    return list(csv.DictReader(text.splitlines()))


def test_days_follow_each_other(rows: list[dict[str, str]]) -> None:
    """The source's days become days 1, 2, …, and a conversation past midnight stays whole."""
    days = {(row["conversation"], row["role"]): row["day"] for row in rows if row["conversation"]}
    assert {name for name, _ in days} == {"c-1", "c-late"}
    assert days["c-1", "user"] == "1"
    assert days["c-late", "user"] == "2"
    assert days["c-late", "bot"] == "3"


def test_messages_of_a_minute_keep_their_order(rows: list[dict[str, str]]) -> None:
    """Messages spread over their minute in the order of the file, earlier minutes first."""
    messages = [row for row in rows if row["conversation"] == "c-1" and row["role"]]
    assert [row["role"] for row in messages] == ["user", "user", "bot", "user"]
    assert [row["time"][:5] for row in messages] == ["09:59", "10:00", "10:00", "10:00"]
    assert len({row["time"] for row in messages}) == 4


def test_an_agent_holds_the_conversation_from_joining_to_leaving() -> None:
    """In the sample the bot is silent while an agent is there, and agents are silent otherwise."""
    held: dict[str, bool] = {}
    with gzip.open(DEMO_SAMPLE, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            name = row["conversation"]
            if row["event"].startswith("conversation.agent."):
                held[name] = row["event"].endswith("joined")
            elif row["role"] in {"bot", "agent"}:
                assert (row["role"] == "agent") is held.get(name, False), row


def test_converter_gives_the_same_every_time(tmp_path: Path) -> None:
    """Nothing in the converter depends on the run."""
    source = tmp_path / "source.csv.gz"
    source.write_bytes(gzip.compress(SOURCE.encode()))
    first, second = (
        module.to_csv(module.convert(module.read_conversations(source, "2007-06-01", 9)))
        for module in (load_converter(), load_converter())
    )
    assert first == second
