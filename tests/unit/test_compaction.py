"""Compaction: marks that nothing can change any more are dropped, and the bill stays as it is."""

from dataclasses import replace

from botmeter.domain.compaction import FORGOTTEN_AFTER_MS, NOTHING_MS, forgettable_until_ms
from botmeter.domain.events import RETENTION_MS
from botmeter.domain.settlement import Settlement, Terms, Timeline
from botmeter.domain.settling import settle
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.timeline import Kind, MeteringRule, encode_mark, mark_instant_ms
from tests.fakes.demo import SINCE, STANDARD, conversation, delivery

DAY = 24 * 3_600_000
START = 1_790_000_000_000
TERMS = Terms(MeteringRule(), Subscription.begin(STANDARD, SINCE), grace_ms=0)


def on_days(*days: int) -> frozenset[int]:
    """A user message on each of these days."""
    return frozenset(encode_mark(START + day * DAY, Kind.USER_MESSAGE) for day in days)


def written(done: Settlement) -> Timeline:
    """The timeline once a settlement is written."""
    old = done.timeline
    return replace(
        old,
        marks=old.marks - done.forgotten,
        due_at_ms=done.next_due_ms,
        standing=done.standing,
        revision=old.revision + 1,
    )


def test_forgotten_is_what_no_accepted_event_can_join() -> None:
    """90 days for late events, 14 for the longest idle timeout, one for clocks."""
    assert FORGOTTEN_AFTER_MS == RETENTION_MS + 15 * DAY
    now_ms = START + FORGOTTEN_AFTER_MS

    assert forgettable_until_ms([START - 1, START + DAY], now_ms) == START - 1
    assert forgettable_until_ms([START, START + DAY], now_ms) == NOTHING_MS


def test_nothing_is_forgotten_behind_what_is_still_to_be_recorded() -> None:
    """A settlement in portions drops what its portions have recorded."""
    assert forgettable_until_ms([1, None, 3, 4], START) == 1
    assert forgettable_until_ms([None, 3], START) == NOTHING_MS


def test_last_window_is_kept_however_old_it_is() -> None:
    """A timeline always has marks; the table forgets it whole."""
    assert forgettable_until_ms([1], START) == NOTHING_MS
    assert forgettable_until_ms([], START) == NOTHING_MS


def test_old_windows_lose_marks_and_standing_records_but_are_not_reversed() -> None:
    """They were billed, and stay so: what is appended is the new window alone."""
    first = settle(Timeline(conversation(), on_days(0, 1), START), TERMS, START + 2 * DAY)
    now_ms = START + 110 * DAY
    later = written(first)
    done = settle(replace(later, marks=later.marks | on_days(110)), TERMS, now_ms + DAY)

    assert [mark_instant_ms(mark) for mark in sorted(done.forgotten)] == [START, START + DAY]
    assert [(r.metered.start_ms, r.reverses) for r in done.appended] == [(now_ms, None)]
    assert done.standing == done.appended
    again = settle(replace(written(done), marks=written(done).marks | on_days(111)), TERMS, now_ms + 3 * DAY)
    assert [(r.metered.start_ms, r.reverses) for r in again.appended] == [(now_ms + DAY, None)]


def test_windows_that_were_never_settled_are_recorded_before_they_are_forgotten() -> None:
    """A meter that was away for half a year bills everything."""
    done = settle(Timeline(conversation(), on_days(0, 50, 180), START), TERMS, START + 181 * DAY)

    assert [r.metered.start_ms for r in done.appended] == [START, START + 50 * DAY, START + 180 * DAY]
    assert done.forgotten == on_days(0, 50)


def test_timeline_in_many_parts_is_settled_in_smaller_portions() -> None:
    """Its parts are written too, and all has to fit a transaction; one change at a time always may."""
    timeline, now_ms = Timeline(conversation(), on_days(*range(30)), START), START + 40 * DAY
    for parts, appended in ((2, 24), (50, 13), (90, 1)):
        crowded = replace(timeline, parts=dict.fromkeys(range(parts), timeline.marks))
        done = settle(crowded, TERMS, now_ms)
        assert (len(done.appended), done.next_due_ms) == (appended, now_ms)


def test_delivery_of_an_alert_keeps_its_mark() -> None:
    """It has one window, which is its last one."""
    marks = frozenset({encode_mark(START, Kind.ALERT_DELIVERED)})
    done = settle(Timeline(delivery(), marks, START), TERMS, START + 200 * DAY)

    assert (len(done.appended), done.forgotten) == (1, frozenset())
