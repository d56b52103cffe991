"""Recording: what is accepted, what is quarantined, what must come again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from botmeter.domain.errors import InvalidEvent, StoreUnavailable
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.events import Report, Sighting
from botmeter.domain.settle_times import first_look_ms
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import RejectedEvent
from botmeter.services.record_events import RecordEvents
from tests.fakes.demo import conversation, delivery
from tests.fakes.quarantine import FakeArchive
from tests.fakes.stores import FakeUsageTable

NOW = 1_790_000_000_000
OTHER = SourceIdentity("acct_other", "src-1")


class FakeRegistry:
    def idle_timeout_ms(self, account_id: str, bot_id: str) -> int | None:
        if bot_id == "bot_unclear":
            raise StoreUnavailable("the registry cannot be read")
        return 900_000 if bot_id == "bot_standard" else None


@dataclass
class FakeQuarantine:
    kept: list[RejectedEvent] = field(default_factory=list)
    is_down: bool = False

    def keep(self, rejected: Sequence[RejectedEvent]) -> set[int]:
        if self.is_down:
            return set(range(len(rejected)))
        self.kept += rejected
        return set()


def parse(text: str) -> list[Report]:
    """Texts such as `c-1@5`: conversation c-1, five seconds ago; `!` is test traffic, `-` nothing."""
    if text == "-":
        return []
    if "@" not in text:
        raise InvalidEvent("event", "must be JSON")
    name, seconds = text.rstrip("!").split("@")
    bot_id = {"stranger": "bot_unknown", "unclear": "bot_unclear"}.get(name, "bot_standard")
    mark = encode_mark(NOW - int(seconds) * 1000, Kind.USER_MESSAGE)
    return [Report(Sighting(conversation(name, bot_id), mark, test=text.endswith("!")), text)]


@dataclass
class Bench:
    table: FakeUsageTable
    archive: FakeArchive
    quarantine: FakeQuarantine
    record: RecordEvents


@pytest.fixture
def bench() -> Bench:
    table, archive, quarantine = FakeUsageTable(), FakeArchive(), FakeQuarantine()
    record = RecordEvents(parse, FakeRegistry(), archive, table, quarantine, grace_ms=120_000)
    return Bench(table, archive, quarantine, record)


def test_marks_of_a_conversation_are_written_together(bench: Bench) -> None:
    """Events of one conversation in a batch are one write, due by the clock of arrival."""
    batch = bench.record(["c-1@5", "c-1@3", "c-2@4", "c-1@5"], NOW)

    assert (batch.accepted, batch.failed, batch.rejected) == (4, set(), {})
    timeline = bench.table.timelines[conversation("c-1")]
    assert len(timeline.marks) == 2
    assert timeline.due_at_ms == NOW + 900_000 + 120_000


def test_unusable_events_are_quarantined_and_do_not_block(bench: Bench) -> None:
    """Malformed, unknown and future events are kept with their reason; the one beside them is recorded."""
    batch = bench.record(["garbage", "stranger@1", "c-1@-301", "c-1@1"], NOW)

    assert batch.accepted == 1
    assert {p: e.field for p, e in batch.rejected.items()} == {0: "event", 1: "data.bot_id", 2: "time"}
    assert [kept.text for kept in bench.quarantine.kept] == ["garbage", "stranger@1", "c-1@-301"]
    assert batch.failed == set()


def test_event_that_cannot_be_quarantined_comes_again(bench: Bench) -> None:
    """While quarantine is down nothing is lost: the message stays in the queue."""
    bench.quarantine.is_down = True
    batch = bench.record(["garbage", "c-1@1"], NOW)

    assert batch.failed == {0}
    assert batch.rejected == {}
    assert batch.accepted == 1


def test_event_whose_timeline_refuses_comes_again(bench: Bench) -> None:
    """Only the messages of the conversation that could not be written are delivered again."""
    bench.table.unwritable = {conversation("c-1")}
    batch = bench.record(["c-1@1", "c-2@1", "c-1@2"], NOW)

    assert batch.failed == {0, 2}
    assert batch.accepted == 1


def test_test_traffic_is_never_metered(bench: Bench) -> None:
    """An event of a test is accepted and leaves no mark."""
    batch = bench.record(["c-1@1!"], NOW)

    assert (batch.test, batch.accepted) == ({0}, 0)
    assert bench.table.timelines == {}


def test_event_comes_again_while_nobody_can_say_whether_its_bot_exists(bench: Bench) -> None:
    """A registry that cannot be read fails the events that need it, and no others."""
    batch = bench.record(["unclear@1", "c-1@1"], NOW)

    assert (batch.failed, batch.rejected, batch.accepted) == ({0}, {}, 1)


def test_alert_is_due_after_the_grace_alone() -> None:
    """Nobody has to fall silent before an alert is billed."""
    table = FakeUsageTable()
    report = Report(Sighting(delivery(), encode_mark(NOW, Kind.ALERT_DELIVERED), test=False), "")
    record = RecordEvents(
        lambda _: [report], FakeRegistry(), FakeArchive(), table, FakeQuarantine(), grace_ms=120_000
    )
    record([""], NOW)

    assert table.timelines[delivery()].due_at_ms == NOW + 120_000


def test_conversations_of_a_bot_are_due_together(bench: Bench) -> None:
    """What opens within a minute is due at one of its bot's times, and not before it could be settled."""
    record = replace(bench.record, interval_ms=600_000)
    for name, arrived_ms in (("c-1", NOW), ("c-2", NOW + 30_000)):
        record([f"{name}@1"], arrived_ms)

    due = {timeline.due_at_ms for timeline in bench.table.timelines.values()}
    assert due == {first_look_ms(conversation("c-1"), NOW + 1_020_000, 600_000)}


def test_event_is_archived_before_it_is_metered(bench: Bench) -> None:
    """What cannot be archived leaves no mark and comes again: the archive lacks nothing that is billed."""
    bench.archive.is_down = True
    batch = bench.record(["c-1@1", "garbage"], NOW)

    assert (batch.failed, batch.accepted, bench.table.timelines) == ({0}, 0, {})
    bench.archive.is_down = False
    assert bench.record(["c-1@1"], NOW).accepted == 1
    assert [report.canonical for report in bench.archive.kept] == ["c-1@1"]


def test_test_traffic_is_archived(bench: Bench) -> None:
    """It was accepted, and a recount has to know that it is not billed."""
    bench.record(["c-1@1!"], NOW)

    assert [report.sighting.test for report in bench.archive.kept] == [True]


def test_source_speaks_for_its_own_account_alone(bench: Bench) -> None:
    """An event of another account is refused and leaves nothing, not even in quarantine."""
    batch = bench.record(["c-1@1", "c-1@2"], NOW, {0: OTHER})

    assert (batch.accepted, batch.rejected) == (1, {})
    assert {p: e.field for p, e in batch.refused.items()} == {0: "data.account_id"}
    assert len(bench.table.timelines[conversation("c-1")].marks) == 1
    assert ([r.canonical for r in bench.archive.kept], bench.quarantine.kept) == (["c-1@2"], [])


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ('{"data": {"account_id": "acct_acme"}}', True),
        ('{"account_id": "acct_acme", "data": {}}', True),
        ('{"account_id": "acct_acme", "data": {"account_id": "acct_other"}}', True),
        ('{"account_id": "acct_acme", "number": ' + "1" * 5_000 + "}", True),
        ('{"data": {"account_id": "acct_other"}}', False),
        ('{"data": {"account_id": 7}}', False),
        ("[]", False),
        ("nonsense", True),
        ('{"data": {"account_id": "acct_other"}, "more": ' + "[" * 64 + "]" * 64 + "}", True),
    ],
)
def test_bad_event_of_another_account_is_refused_too(bench: Bench, text: str, is_refused: bool) -> None:
    """In quarantine somebody could mend it, and so bill the other account. So is what nobody can read."""
    batch = bench.record([text], NOW, {0: OTHER})

    assert (set(batch.refused), set(batch.rejected)) == (({0}, set()) if is_refused else (set(), {0}))
    kept = [(event.text, event.source) for event in bench.quarantine.kept]
    assert kept == ([] if is_refused else [(text, OTHER)])


def test_text_that_reports_nothing_is_accepted(bench: Bench) -> None:
    """A source's own formats have records that do not matter for metering."""
    assert bench.record(["-"], NOW).accepted == 1
