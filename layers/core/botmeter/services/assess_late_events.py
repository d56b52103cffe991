"""Assess late events: what those in quarantine would have changed, for whoever decides about them."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from botmeter.domain.errors import InvalidEvent, NotFound, RejectReason
from botmeter.domain.events import Report
from botmeter.domain.late_events import LateEffect, missed_sessions
from botmeter.domain.quarantine import QuarantinedEvent
from botmeter.domain.settlement import Terms
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.metering import ArchivedMarks, ArchiveUnreadable, EventParser, TimelineReader

_DAY_MS = 24 * 3_600_000

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AssessLateEvents:
    """Counts the conversation again, from its timeline and from the archive, with the event and without.

    The archive is read for the days around that the bot's idle timeout reaches: what lies further away
    shares a window only by way of marks in between, which the timeline may have.
    """

    parse: EventParser
    accounts: AccountRepository
    timelines: TimelineReader
    archive: ArchivedMarks

    def __call__(self, event: QuarantinedEvent, most_objects: int | None = None) -> LateEffect | None:
        """What an event would have changed; None unless it came too late, for a bot that exists.

        None also where the archive has damaged objects of these days, or more than `most_objects`. Raises
        `StoreUnavailable`.
        """
        if event.reason is not RejectReason.TOO_LATE:
            return None
        try:
            reports = [report for report in self.parse(event.text) if not report.sighting.test]
            effects = [self._effect(report, most_objects) for report in reports]
        except (InvalidEvent, NotFound, OverflowError):
            # The last for a time at the edge of the calendar: there are no days around it.
            return None
        except ArchiveUnreadable as error:
            _logger.warning("what %s would have changed is not known: %s", event.event_id, error)
            return None
        if not effects:
            return None
        sessions, amounts = sum(e.sessions for e in effects), sum(e.amount_micros for e in effects)
        return LateEffect(sessions, amounts, effects[0].currency)

    def _effect(self, report: Report, most_objects: int | None) -> LateEffect:
        """What one event would have changed; raises `NotFound` and `ArchiveUnreadable`."""
        subject = report.sighting.subject
        account = self.accounts.account(subject.account_id)
        bot = self.accounts.bot(subject.account_id, subject.bot_id)
        reach = -(-bot.rule.idle_timeout_ms // _DAY_MS)
        days = [report.day + timedelta(days=n) for n in range(-reach, reach + 1)]
        stored = [timeline.marks for timeline in self.timelines.load([subject])]
        known = self.archive.marks(subject, days, most_objects).union(*stored)
        missed = missed_sessions(report.sighting, known, Terms(bot.rule, bot.subscription, grace_ms=0))
        price = sum(self.accounts.plan(plan).price_micros(unit) * n for (plan, unit), n in missed.items())
        return LateEffect(missed.total(), price, account.currency)
