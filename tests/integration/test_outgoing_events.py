"""Outgoing events: none is lost between the change that it tells of and the bus."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from botmeter.adapters.eventbridge import EventBridgePublisher
from botmeter.domain.changes import Change
from botmeter.domain.outgoing import OutgoingType
from tests.fakes.demo import ACCOUNT
from tests.integration.stores import BOT_ID, DAY, NOW, Answering, Stores, new, stores, told

ARRIVED = {"EventId": "1"}
LOST = {"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}


@pytest.fixture
def on(aws: None) -> Stores:
    return stores()


def test_events_wait_until_they_were_sent(on: Stores) -> None:
    """The oldest are first; sent ones are forgotten, and forgetting them again changes nothing."""
    events = [told(str(n), NOW + n * DAY, threshold="20", covered_sessions="") for n in range(4)]
    other = replace(events[0], type=OutgoingType.PLAN_ENDED, occurred_at=NOW + 9 * DAY, bot_id="", data={})
    on.billing.save(Change(new(), new(), events=(*events[::-1], other)))

    assert on.outbox.waiting(2) == events[:2]
    assert on.outbox.waiting(9) == [*events, other]
    for _ in range(2):
        on.outbox.sent(events)
        assert on.outbox.waiting(9) == [other]
    on.outbox.sent([other])
    assert on.outbox.waiting(9) == []


def test_same_event_waits_once(on: Stores) -> None:
    """An event that is told again is the same event."""
    for _ in range(2):
        on.billing.save(Change(new(), new(), events=(told(),)))

    assert on.outbox.waiting(9) == [told()]


def test_many_events_are_read_and_forgotten(on: Stores) -> None:
    """What is more than one call takes is done in several."""
    events = [told(f"{n:03d}") for n in range(130)]
    for first in range(0, 130, 65):
        on.billing.save(Change(new(), new(), events=tuple(events[first : first + 65])))

    assert on.outbox.waiting(120) == events[:120]
    on.outbox.sent(events[:120])
    assert on.outbox.waiting(120) == events[120:]


def test_event_is_a_cloud_event(aws: None) -> None:
    """Source, type and time are the bus's own too; the id is the same whenever the event is sent."""
    client: Any = Answering({"Entries": [ARRIVED]}, {"Entries": [ARRIVED]})
    publisher = EventBridgePublisher(client, "botmeter-bus")
    event = told("bot_standard:7:low:20", threshold="20", covered_sessions="3")
    assert publisher.publish([event]) == publisher.publish([event]) == [event]
    (_, first), (_, second) = client.calls
    (entry,) = first["Entries"]

    assert first == second
    assert {name: entry[name] for name in ("EventBusName", "Source", "DetailType", "Time")} == {
        "EventBusName": "botmeter-bus",
        "Source": "botmeter",
        "DetailType": "billing.balance.low",
        "Time": NOW,
    }
    assert json.loads(entry["Detail"]) == {
        "specversion": "1.0",
        "id": "acct_acme/billing.balance.low/bot_standard:7:low:20",
        "source": "botmeter/acct_acme",
        "type": "billing.balance.low",
        "time": "2026-11-04T12:30:00.123Z",
        "datacontenttype": "application/json",
        "data": {
            "account_id": ACCOUNT.account_id,
            "bot_id": BOT_ID,
            "threshold": "20",
            "covered_sessions": "3",
        },
    }


def test_bus_takes_the_events(aws: None) -> None:
    """Ten at a time, as EventBridge allows."""
    client = boto3.client("events")
    client.create_event_bus(Name="botmeter-bus")
    events = [told(str(n)) for n in range(23)]

    assert EventBridgePublisher(client, "botmeter-bus").publish(events) == events


def test_events_that_did_not_arrive_are_not_returned(caplog: pytest.LogCaptureFixture) -> None:
    """Those that failed, alone or with their whole call, are left out and named in the log."""
    events = [told(str(n)) for n in range(22)]
    client: Any = Answering(
        {"Entries": [ARRIVED] * 3 + [LOST] + [ARRIVED] * 6},
        EndpointConnectionError(endpoint_url="https://localhost"),
        {"Entries": [ARRIVED, LOST]},
    )
    arrived = EventBridgePublisher(client, "botmeter-bus").publish(events)

    assert arrived == [*events[:3], *events[4:10], events[20]]
    assert [len(arguments["Entries"]) for _, arguments in client.calls] == [10, 10, 2]
    assert "acct_acme/billing.balance.low/3 was not sent" in caplog.text
    assert "10 events were not sent" in caplog.text


def test_no_events_are_no_call() -> None:
    """Where nothing waits, nothing is called."""
    client: Any = Answering()

    assert EventBridgePublisher(client, "botmeter-bus").publish([]) == []
    assert client.calls == []
