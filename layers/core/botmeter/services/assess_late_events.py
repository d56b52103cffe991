"""Assess late events: what those in quarantine would have changed, for whoever decides about them."""

from dataclasses import dataclass
from datetime import date, timedelta

from botmeter.domain.errors import InvalidEvent, NotFound, RejectReason
from botmeter.domain.events import Report, Subject
from botmeter.domain.late_events import LateEffect, missed_sessions
from botmeter.domain.quarantine import QuarantinedEvent
from botmeter.domain.settlement import Terms
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.metering import ArchivedMarks, EventParser, TimelineReader

# Conversations that reach further are judged by what lies within.
_DAYS_AROUND = 1


@dataclass(frozen=True, slots=True)
class AssessLateEvents:
    """Counts the conversation again, from its timeline and from the archive, with the event and without."""

    parse: EventParser
    accounts: AccountRepository
    timelines: TimelineReader
    archive: ArchivedMarks

    def __call__(self, event: QuarantinedEvent) -> LateEffect | None:
        """What an event would have changed; None unless it came too late, for a bot that exists.

        Raises `StoreUnavailable`.
        """
        if event.reason is not RejectReason.TOO_LATE:
            return None
        try:
            reports = [report for report in self.parse(event.text) if not report.sighting.test]
            effects = [self._effect(report) for report in reports]
        except (InvalidEvent, NotFound):
            return None
        if not effects:
            return None
        sessions, amounts = sum(e.sessions for e in effects), sum(e.amount_micros for e in effects)
        return LateEffect(sessions, amounts, effects[0].currency)

    def _effect(self, report: Report) -> LateEffect:
        """What one event would have changed; raises `NotFound`."""
        subject = report.sighting.subject
        account = self.accounts.account(subject.account_id)
        bot = self.accounts.bot(subject.account_id, subject.bot_id)
        known = self._known(subject, report.day)
        missed = missed_sessions(report.sighting, known, Terms(bot.rule, bot.subscription, grace_ms=0))
        price = sum(self.accounts.plan(plan).price_micros(unit) * n for (plan, unit), n in missed.items())
        return LateEffect(missed.total(), price, account.currency)

    def _known(self, subject: Subject, day: date) -> frozenset[int]:
        """The marks of a subject that are still there."""
        days = [day + timedelta(days=n) for n in range(-_DAYS_AROUND, _DAYS_AROUND + 1)]
        stored = [timeline.marks for timeline in self.timelines.load([subject])]
        return self.archive.marks(subject, days).union(*stored)
