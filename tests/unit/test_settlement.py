"""Settlement: which windows become records, and how late marks correct them."""

from dataclasses import replace
from datetime import date

from botmeter.domain.debits import balance_change
from botmeter.domain.periods import Calendar, to_utc
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import (
    Bucket,
    Settlement,
    Terms,
    Timeline,
    TotalKey,
    usage_totals,
)
from botmeter.domain.settling import MAX_CHANGES, settle
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.timeline import Kind, MeteringRule, encode_mark
from botmeter.domain.use_over_time import days_of_windows
from tests.fakes.demo import PLANS, SINCE, STANDARD, TRIAL, conversation, delivery

MINUTE = 60_000
# In minutes.
DAY = 24 * 60
START = 1_790_000_000_000  # 2026-09-21T14:13:20Z
TERMS = Terms(MeteringRule(), Subscription.begin(STANDARD, SINCE), grace_ms=2 * MINUTE)


def marks(*minutes: float, kind: Kind = Kind.USER_MESSAGE) -> frozenset[int]:
    return frozenset(encode_mark(START + round(m * MINUTE), kind) for m in minutes)


def at(minutes: float) -> int:
    return START + round(minutes * MINUTE)


def after(settlement: Settlement, *more: frozenset[int]) -> Timeline:
    """The timeline once `settlement` is written and more marks have come."""
    old = settlement.timeline
    return Timeline(
        old.subject,
        old.marks.union(*more),
        settlement.next_due_ms,
        settlement.standing,
        old.revision + 1,
    )


def test_idle_window_is_settled() -> None:
    """A window silent for longer than timeout and grace becomes a record, and nothing is due any more."""
    done = settle(Timeline(conversation(), marks(0, 10), at(27)), TERMS, at(27.1))

    (record,) = done.appended
    assert (record.metered.start_ms, record.metered.end_ms, record.sessions) == (at(0), at(10), 1)
    assert (record.record_id, record.plan, record.reverses) == (f"c-1/1/{at(0)}", "standard@1", None)
    assert (done.standing, done.next_due_ms) == (done.appended, None)


def test_active_window_is_postponed() -> None:
    """A window that may still go on is looked at again when it can be idle."""
    waiting = settle(Timeline(conversation(), marks(0, 10), at(17)), TERMS, at(17))

    assert waiting.is_postponed
    assert waiting.next_due_ms == at(27) + 1


def test_closed_window_is_settled_beside_an_active_one() -> None:
    """What is idle is settled even while the conversation goes on."""
    done = settle(Timeline(conversation(), marks(0, 30), at(17)), TERMS, at(31))

    assert [r.metered.start_ms for r in done.appended] == [at(0)]
    assert done.next_due_ms == at(47) + 1
    assert not done.is_postponed


def test_late_mark_reverses_the_record_and_records_anew() -> None:
    """A late event is an adjustment: a reversal that names the record, and the window as it is now."""
    first = settle(Timeline(conversation(), marks(0, 10), at(27)), TERMS, at(28))
    second = settle(after(first, marks(20)), TERMS, at(60))

    reversal, record = second.appended
    assert reversal.reverses == first.appended[0].record_id
    assert reversal.record_id == f"c-1/2/{at(0)}-"
    assert (reversal.sessions, record.sessions) == (-1, 2)
    assert second.standing == (record,)


def test_late_mark_that_changes_nothing_writes_no_record() -> None:
    """A mark inside a settled window leaves its record standing."""
    first = settle(Timeline(conversation(), marks(0, 10), at(27)), TERMS, at(28))
    second = settle(after(first, marks(5)), TERMS, at(60))

    assert second.appended == ()
    assert second.standing == first.standing
    assert not second.is_postponed


def test_record_that_an_open_window_reaches_is_left_alone_until_it_closes() -> None:
    """A correction is made once, when the window it belongs to is known."""
    first = settle(Timeline(conversation(), marks(0, 10), at(27)), TERMS, at(28))
    waiting = settle(after(first, marks(20, 30)), TERMS, at(31))

    assert waiting.is_postponed
    assert waiting.standing == first.standing


def test_part_of_a_held_record_is_not_settled_twice() -> None:
    """When a late end splits a settled window, no part is recorded while the rest is still open."""
    first = settle(Timeline(conversation(), marks(0, 5, 10), at(27)), TERMS, at(28))
    ended = marks(5, kind=Kind.CONVERSATION_ENDED)
    waiting = settle(after(first, ended, marks(20)), TERMS, at(31))
    final = settle(Timeline(conversation(), waiting.timeline.marks, 0, waiting.standing, 1), TERMS, at(60))

    assert waiting.is_postponed
    assert [r.sessions for r in final.appended] == [-1, 1, 1]


def test_correction_keeps_the_price_of_the_record_it_corrects() -> None:
    """A plan change between a session and a late event does not change the session's price."""
    first = settle(Timeline(conversation(), marks(0, 10), at(27)), TERMS, at(28))
    trial = Terms(TERMS.rule, Subscription.begin(TRIAL, SINCE), TERMS.grace_ms)
    second = settle(after(first, marks(20, 100)), trial, at(200))

    assert [(r.plan, r.sessions) for r in second.appended] == [
        ("standard@1", -1),
        ("standard@1", 2),
        ("trial@1", 1),
    ]


def test_window_has_the_plan_of_its_start() -> None:
    """Sessions before a change of plan have the old prices, those from then on the new ones."""
    change = to_utc(at(60))
    subscription = Subscription.begin(TRIAL, to_utc(at(-60))).changed(STANDARD, change, change)
    terms = Terms(TERMS.rule, subscription, TERMS.grace_ms)
    settled = settle(Timeline(conversation(), marks(55, 65, 90), at(0)), terms, at(200))
    alert = settle(Timeline(delivery(), marks(60, kind=Kind.ALERT_DELIVERED), at(0)), terms, at(200))

    assert [r.plan for r in (*settled.appended, *alert.appended)] == ["trial@1", "standard@1", "standard@1"]


def test_many_windows_are_settled_in_portions() -> None:
    """A conversation with more windows than fit a transaction stays due until all are settled."""
    timeline = Timeline(conversation(), marks(*range(0, 60 * 20, 20)), at(0))
    first = settle(timeline, TERMS, at(5_000))
    second = settle(after(first), TERMS, at(5_000))
    third = settle(after(second), TERMS, at(5_000))

    assert [len(s.appended) for s in (first, second, third)] == [
        MAX_CHANGES,
        MAX_CHANGES,
        60 - 2 * MAX_CHANGES,
    ]
    assert (first.next_due_ms, third.next_due_ms) == (at(5_000), None)
    assert len(third.standing) == 60


def test_alert_delivery_is_one_session_at_its_first_report() -> None:
    """Retries of a delivery count once, in whatever order their reports come."""
    first = settle(Timeline(delivery(), marks(5, kind=Kind.ALERT_DELIVERED), at(0)), TERMS, at(100))
    later = settle(after(first, marks(9, kind=Kind.ALERT_DELIVERED)), TERMS, at(100))
    earlier = settle(after(later, marks(1, kind=Kind.ALERT_DELIVERED)), TERMS, at(100))

    assert [(r.unit, r.sessions) for r in first.appended] == [(Unit.ALERT, 1)]
    assert later.appended == ()
    assert [(r.metered.start_ms, r.sessions) for r in earlier.appended] == [(at(5), -1), (at(1), 1)]


def test_totals_are_by_local_day_plan_unit_and_hour() -> None:
    """Each session counts in the hour in which it starts; a correction moves only what has changed."""
    first = settle(Timeline(conversation(), marks(0, 10), at(27)), TERMS, at(28))
    second = settle(after(first, marks(20)), TERMS, at(60))
    day = TotalKey(date(2026, 9, 21), "standard@1")

    assert usage_totals(first.appended, Calendar("UTC")) == {day: {Bucket(Unit.USAGE, 14): 1}}
    assert usage_totals(second.appended, Calendar("UTC")) == {day: {Bucket(Unit.USAGE, 14): 1}}


def test_totals_that_come_to_zero_are_left_out() -> None:
    """A window that becomes longer and has as many sessions as before changes no total."""
    first = settle(Timeline(conversation(), marks(0, 10), at(27)), TERMS, at(28))
    second = settle(after(first, marks(12)), TERMS, at(60))

    assert [r.sessions for r in second.appended] == [-1, 1]
    assert usage_totals(second.appended, Calendar("UTC")) == {}


def test_prepaid_sessions_are_debited() -> None:
    """The balance changes by the price of the sessions, and of their reversal."""
    first = settle(Timeline(conversation(), marks(0, 10, 20), at(27)), TERMS, at(60))
    alert = settle(Timeline(delivery(), marks(5, kind=Kind.ALERT_DELIVERED), at(0)), TERMS, at(100))

    change = balance_change([*first.appended, *alert.appended], PLANS)

    assert (change.debit_micros, change.usage_sessions, change.alert_sessions) == (450_000, 2, 1)
    assert balance_change([], PLANS).debit_micros == 0


def test_bot_time_of_what_was_metered() -> None:
    """Bot time is what is not an agent's."""
    (record,) = settle(Timeline(conversation(), marks(0, 10), at(27)), TERMS, at(60)).appended

    assert record.metered.bot_ms == 10 * MINUTE
    assert record.day(Calendar("UTC")) == date(2026, 9, 21)


def test_many_corrections_of_one_record_are_made_together() -> None:
    """A settled window that late ends cut to pieces is taken back and recorded anew in one go."""
    talk = marks(*range(0, 600, 10))
    first = settle(Timeline(conversation(), talk, at(0)), TERMS, at(5_000))
    cut = marks(*range(5, 600, 10), kind=Kind.CONVERSATION_ENDED)
    second = settle(after(first, cut), TERMS, at(5_000))

    assert len(first.appended) == 1
    assert second.next_due_ms is None
    assert [r.sessions for r in second.appended] == [-40, *[1] * 60]


def test_record_and_its_replacement_are_written_together() -> None:
    """While part of what a late mark has joined is open, the record that it changes stands."""
    first = settle(Timeline(conversation(), marks(0, 20), at(0)), TERMS, at(40))
    waiting = settle(after(first, marks(10, 34)), TERMS, at(50))

    assert len(first.appended) == 2
    assert waiting.is_postponed
    assert waiting.standing == first.standing


def test_window_that_does_not_close_is_recorded_a_week_at_a_time() -> None:
    """What is older is billed while it goes on; the rest waits until it closes, or is a week long."""
    hourly = marks(*range(0, 16 * DAY, 60))
    patient = replace(TERMS, rule=MeteringRule(idle_timeout_ms=60 * MINUTE))
    first = settle(Timeline(conversation(), hourly, at(0)), patient, at(16 * DAY))
    second = settle(after(first), patient, at(16 * DAY))
    waiting = settle(after(second), patient, at(16 * DAY))

    assert [(r.sessions, r.metered.end_ms) for r in first.appended] == [(7 * 96, at(7 * DAY))]
    assert [r.sessions for r in second.appended] == [-7 * 96, 14 * 96]
    assert (first.next_due_ms, second.next_due_ms) == (at(16 * DAY), at(16 * DAY))
    assert waiting.is_postponed
    assert waiting.next_due_ms == at(16 * DAY) + 2 * MINUTE + 1


def test_message_after_more_than_a_week_is_recorded_with_what_went_before() -> None:
    """A bot may wait two weeks for it: a part of a window ends with a mark."""
    patient = replace(TERMS, rule=MeteringRule(idle_timeout_ms=14 * DAY * MINUTE))
    first = settle(Timeline(conversation(), marks(0, 10 * DAY, 20 * DAY), at(0)), patient, at(20 * DAY))
    last = settle(after(first), patient, at(35 * DAY))

    assert [r.metered.end_ms for r in first.appended] == [at(10 * DAY)]
    assert [r.sessions for r in last.appended] == [-10 * 96, 20 * 96]
    assert last.next_due_ms is None


def test_totals_of_a_window_that_goes_on_are_those_of_its_new_days() -> None:
    """However long it was before: a transaction holds them, and the earlier days are known."""
    patient = replace(TERMS, rule=MeteringRule(idle_timeout_ms=60 * MINUTE))
    first = settle(Timeline(conversation(), marks(*range(0, 8 * DAY, 60)), at(0)), patient, at(7 * DAY))
    longer = settle(after(first, marks(*range(8 * DAY, 16 * DAY, 60))), patient, at(16 * DAY))
    days = {to_utc(at(day * DAY)).date() for day in range(7, 15)}

    assert {key.day for key in usage_totals(longer.appended, Calendar("UTC"))} == days
    assert {key.day for key in days_of_windows(longer.appended, Calendar("UTC"))} == days - {min(days)}
