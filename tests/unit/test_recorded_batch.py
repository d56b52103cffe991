"""What a source is told of its events, and what is counted."""

from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import foreign_account
from botmeter.services.record_events import RecordedBatch

NAIVE = InvalidEvent("time", "must have an offset")
BATCH = RecordedBatch(
    7, rejected={1: NAIVE, 4: NAIVE}, refused={2: foreign_account()}, test={3, 5}, failed={5}
)


def test_each_event_has_a_result_in_its_place() -> None:
    """Accepted, also as a test; rejected with field and rule, whatever the reason; or to be sent again."""
    rejected = {"status": "rejected", "field": "time", "rule": "must have an offset"}

    assert BATCH.results() == [
        {"status": "accepted"},
        rejected,
        {"status": "rejected", "field": "data.account_id", "rule": "must be the account of the source"},
        {"status": "accepted"},
        rejected,
        {"status": "retry"},
        {"status": "accepted"},
    ]


def test_events_are_counted_by_what_became_of_them() -> None:
    """By the names of the metrics; each reason of quarantine is told once."""
    assert BATCH.counts == {
        "EventsAccepted": 2,
        "EventsOfTests": 2,
        "EventsQuarantined": 2,
        "EventsRefused": 1,
        "EventsToRetry": 1,
    }
    assert BATCH.reasons == ["time: must have an offset"]
