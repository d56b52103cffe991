"""Manage the quarantine: what ingest refused is looked at, corrected, and sent to ingest again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import ForeignEvent, InvalidEvent, NotFound, Refused
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.events import Report, require_timely, unknown_bot
from botmeter.domain.members import Member
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter.domain.quarantine import QuarantinedEvent, Selection, day_of
from botmeter.domain.timeline import mark_instant_ms, mark_kind
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import AuditTrail, Page
from botmeter.ports.metering import EventParser, EventQueue, QuarantinedEvents, Sources
from botmeter.services.actors import actor_of, require_operator
from botmeter.services.own_events import read_own

MOST_AT_ONCE = 500
# Fields are not in the names of events: so many are read at most to find those of one.
LOOKED_AT = 1_000
# More than so many are not counted.
COUNTED = 10_000
# What stands for an account in the audit trail; no account is called so.
TRAIL = "operations/quarantine"

_READ_AT_ONCE = 100
_TAKEN = "must be what the event queue takes: 256 KiB at most, and no control characters"


@dataclass(frozen=True, slots=True)
class RedrivenEvent:
    """An event that was sent again. `refusal` is what ingest will say against it, if it can be foreseen."""

    event_id: str
    corrected: bool
    refusal: InvalidEvent | None


@dataclass(frozen=True, slots=True)
class RedrivenEvents:
    """How many events were sent again, and how many failed: these stay.

    The queue does not take them, or they are not of their source's account. `left` are still to be looked
    at, of any field: `next_cursor` goes on with them.
    """

    sent: int
    failed: int
    left: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ManageQuarantine:
    """Every call raises `NotAllowed` for anybody but an operator, and `StoreUnavailable`.

    An event is sent, then the audit trail tells of it, then it is removed. A process that dies in between
    leaves it where it is: sending it again is harmless, since ingest records an event once.

    What a source sent is of the source's account, or stays: it is looked at before it is sent, and is sent
    as the source's, so that ingest looks again.
    """

    events: QuarantinedEvents
    queue: EventQueue
    parse: EventParser
    accounts: AccountRepository
    audit: AuditTrail

    def page(
        self, operator: Member, which: Selection, limit: int, cursor: str | None
    ) -> Page[QuarantinedEvent]:
        """Events from `cursor` on, newest day first; raises `ValueError` for a bad cursor.

        With a field, a page may have fewer than `limit`, or none, and yet go on.
        """
        require_operator(operator)
        return self._search(which, limit, cursor)

    def event(self, operator: Member, event_id: str) -> QuarantinedEvent:
        """One event; raises `NotFound`."""
        require_operator(operator)
        return self.events.event(event_id)

    def refusal(self, event: QuarantinedEvent, now: datetime) -> InvalidEvent | None:
        """What ingest would say against an event now; None if it would take it."""
        try:
            self._reports(event.text, event.source, now)
        except InvalidEvent as error:
            return error
        return None

    def redrive(self, operator: Member, event_id: str, corrected: str | None, now: datetime) -> RedrivenEvent:
        """Send an event again: as it is, or as `corrected`, which has to be one that ingest takes.

        Raises `NotFound`; `Refused` for a correction that ingest would refuse, for a text that the queue does
        not take, and for one that is not of its source's account.
        """
        require_operator(operator)
        event = self.events.event(event_id)
        refusal = None
        if corrected is None:
            refusal = self.refusal(event, now)
            if isinstance(refusal, ForeignEvent):
                raise Refused("text", str(refusal))
            entry = _redrive_entry([event], Selection(), operator, now)
        else:
            entry = _correction_entry(event, self._correction(event, corrected, now), operator, now)
        text = event.text if corrected is None else corrected
        if self.queue.send([text], _sources_of([event])):
            raise Refused("text", _TAKEN)
        self.audit.append(entry)
        self.events.remove([event])
        return RedrivenEvent(event_id, corrected is not None, refusal)

    def redrive_matching(
        self, operator: Member, which: Selection, cursor: str | None, now: datetime
    ) -> RedrivenEvents:
        """Send events again as they are, from `cursor` on, at most `MOST_AT_ONCE`.

        What is still bad comes back, as an event of today; what is not of its source's account stays. Raises
        `ValueError` for a bad cursor.
        """
        require_operator(operator)
        found = self._search(which, MOST_AT_ONCE, cursor)
        own = [event for event in found.items if self._is_own(event)]
        refused = self.queue.send([event.text for event in own], _sources_of(own))
        sent = [event for position, event in enumerate(own) if position not in refused]
        if sent:
            self.audit.append(_redrive_entry(sent, which, operator, now))
            self.events.remove(sent)
        stay = len(found.items) - len(sent)
        return RedrivenEvents(len(sent), stay, self._left(which, found), found.next_cursor)

    def audit_of(self, operator: Member, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """Who sent what again as it was, newest first; raises `ValueError` for a bad cursor.

        A correction is in the trail of the account that it bills.
        """
        require_operator(operator)
        return self.audit.of_account(TRAIL, limit, cursor)

    def _search(self, which: Selection, most: int, cursor: str | None) -> Page[QuarantinedEvent]:
        """At most `most` of the events from `cursor` on, as far as they are found among `LOOKED_AT`."""
        if cursor is not None and which.day not in {None, day_of(cursor)}:
            raise ValueError(f"{cursor} is not of {which.day}")
        looked_at = most if which.field is None else LOOKED_AT
        ids = list(islice(self.events.ids(which.day, cursor), looked_at + 1))
        if not ids:
            return Page([])
        found: list[QuarantinedEvent] = []
        position = 0
        while len(found) < most and position < min(looked_at, len(ids)):
            batch = ids[position : min(position + _READ_AT_ONCE, looked_at)]
            found += filter(which.takes, self.events.read(batch))
            position += len(batch)
        last = found[most - 1].event_id if len(found) >= most else ids[position - 1]
        return Page(found[:most], None if last == ids[-1] else last)

    def _left(self, which: Selection, found: Page[QuarantinedEvent]) -> int:
        """How many events come after a page, up to `COUNTED`."""
        if found.next_cursor is None:
            return 0
        return sum(1 for _ in islice(self.events.ids(which.day, found.next_cursor), COUNTED))

    def _is_own(self, event: QuarantinedEvent) -> bool:
        """Whether an event may be sent again: anything but what is not of its source's account."""
        try:
            read_own(self.parse, event.text, event.source)
        except InvalidEvent as error:
            return not isinstance(error, ForeignEvent)
        return True

    def _correction(self, event: QuarantinedEvent, text: str, now: datetime) -> Sequence[Report]:
        """What a corrected text reports; raises `Refused` if ingest would refuse it, or it says nothing."""
        try:
            reports = self._reports(text, event.source, now)
        except InvalidEvent as error:
            raise Refused("text", str(error)) from error
        if not reports:
            raise Refused("text", "must report something that is metered")
        return reports

    def _reports(self, text: str, source: SourceIdentity | None, now: datetime) -> Sequence[Report]:
        """What a text reports, judged as ingest does; raises `InvalidEvent`."""
        reports = read_own(self.parse, text, source)
        for report in reports:
            subject = report.sighting.subject
            require_timely(report.sighting, to_ms(now))
            try:
                self.accounts.bot(subject.account_id, subject.bot_id)
            except NotFound as error:
                raise unknown_bot() from error
        return reports


def _sources_of(events: Sequence[QuarantinedEvent]) -> Sources:
    """Who sent which of them."""
    return {position: event.source for position, event in enumerate(events) if event.source is not None}


def _redrive_entry(
    sent: Sequence[QuarantinedEvent], which: Selection, operator: Member, now: datetime
) -> AuditEntry:
    """The audit entry of events that were sent as they were, in the trail of the quarantine."""
    chosen = {"day": which.day, "field": which.field}
    first = sent[0].event_id
    return AuditEntry(
        entry_id=f"{first}:{to_ms(now)}",
        at=now,
        actor=actor_of(operator),
        operation="quarantine.redriven",
        account_id=TRAIL,
        before={name: str(value) for name, value in chosen.items() if value is not None},
        after={"events": str(len(sent)), "first": first},
    )


def _correction_entry(
    event: QuarantinedEvent, reports: Sequence[Report], operator: Member, now: datetime
) -> AuditEntry:
    """The audit entry of an event that was corrected, in the trail of the account that it bills.

    It tells what is metered, and nothing else that the text may hold.
    """
    sighting = reports[0].sighting
    subject = sighting.subject
    return AuditEntry(
        entry_id=f"{event.event_id}:{to_ms(now)}",
        at=now,
        actor=actor_of(operator),
        operation="event.corrected",
        account_id=subject.account_id,
        bot_id=subject.bot_id,
        before={"event_id": event.event_id, event.field: event.rule},
        after={
            subject.kind.name.lower(): subject.name,
            "kind": mark_kind(sighting.mark).name.lower(),
            "time": to_rfc3339(mark_instant_ms(sighting.mark)),
            "test": str(sighting.test).lower(),
        },
    )
