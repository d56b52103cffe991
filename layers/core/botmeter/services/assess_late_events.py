"""Assess late events: what those in quarantine would have changed, for whoever decides about them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from botmeter.domain.accounts import Bot
from botmeter.domain.errors import InvalidEvent, NotFound, RejectReason
from botmeter.domain.events import Report, Subject
from botmeter.domain.late_events import LateEffect, Missed, UnknownEffect, missed_sessions
from botmeter.domain.periods import to_utc
from botmeter.domain.quarantine import QuarantinedEvent
from botmeter.domain.settlement import Terms
from botmeter.domain.timeline import mark_instant_ms
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.metering import ArchivedMarks, ArchiveUnreadable, EventParser, TimelineReader

_DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class AssessLateEvents:
    """Counts the conversation again, from its timeline and the archive, with the text's events and without.

    The archive is read for the days around that the bot's idle timeout reaches: what lies further away
    shares a window only by way of marks in between, which the timeline may have. It keeps events for
    `retention`, from the day on which they came.
    """

    parse: EventParser
    accounts: AccountRepository
    timelines: TimelineReader
    archive: ArchivedMarks
    retention: timedelta

    def __call__(
        self, event: QuarantinedEvent, now: datetime, most_objects: int | None = None
    ) -> LateEffect | UnknownEffect | None:
        """What an event would have changed; None unless it came too late, for a bot that exists.

        It cannot be told where the archive no longer has all of these days, has damaged objects of them, or
        more than `most_objects`. Raises `StoreUnavailable`.
        """
        if event.reason is not RejectReason.TOO_LATE:
            return None
        try:
            late = _marks_of(self.parse(event.text))
            effects = [self._effect(subject, late[subject], now, most_objects) for subject in late]
        except (InvalidEvent, NotFound, OverflowError):
            # The last for a time at the edge of the calendar: there are no days around it.
            return None
        except ArchiveUnreadable as error:
            return UnknownEffect(str(error))
        if not effects:
            return None
        sessions, amounts = sum(e.sessions for e in effects), sum(e.amount_micros for e in effects)
        return LateEffect(sessions, amounts, effects[0].currency)

    def _effect(
        self, subject: Subject, late: frozenset[int], now: datetime, most_objects: int | None
    ) -> LateEffect:
        """What the late marks of a subject would have changed; raises `NotFound` and `ArchiveUnreadable`."""
        account = self.accounts.account(subject.account_id)
        bot = self.accounts.bot(subject.account_id, subject.bot_id)
        days = _days_around(late, bot)
        self._require_kept(days[0], now)
        stored = [timeline.marks for timeline in self.timelines.load([subject])]
        known = self.archive.marks(subject, days, most_objects).union(*stored)
        missed = missed_sessions(subject, late, known, Terms(bot.rule, bot.subscription, grace_ms=0))
        return LateEffect(missed.total(), self._price_micros(missed), account.currency)

    def _require_kept(self, first_day: date, now: datetime) -> None:
        """Raise `ArchiveUnreadable` if the archive may have removed events of `first_day` or after.

        They may have been billed: without them a duplicate looks as if it had been missed.
        """
        if now.date() - first_day >= self.retention:
            raise ArchiveUnreadable(f"events are kept for {self.retention.days} days, and these are older")

    def _price_micros(self, missed: Missed) -> int:
        """The price of sessions, each at its plan's."""
        return sum(self.accounts.plan(plan).price_micros(unit) * n for (plan, unit), n in missed.items())


def _marks_of(reports: Sequence[Report]) -> dict[Subject, frozenset[int]]:
    """The marks that a text reports of each subject, but for test traffic."""
    marks: dict[Subject, set[int]] = defaultdict(set)
    for subject, mark, test in (report.sighting for report in reports):
        if not test:
            marks[subject].add(mark)
    return {subject: frozenset(found) for subject, found in marks.items()}


def _days_around(marks: frozenset[int], bot: Bot) -> list[date]:
    """The days (UTC) of marks, and those around each that the bot's idle timeout reaches, in order.

    Raises `OverflowError` where the calendar has none.
    """
    reach = -(-bot.rule.idle_timeout_ms // _DAY_MS)
    days = {to_utc(mark_instant_ms(mark)).date() for mark in marks}
    return sorted({day + timedelta(days=n) for day in days for n in range(-reach, reach + 1)})
