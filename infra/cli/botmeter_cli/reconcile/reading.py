"""How much of the archive a period takes: so much that no window of it is cut off."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from botmeter.domain.errors import BotmeterError
from botmeter.domain.explanations import Settled
from botmeter.domain.periods import days_between, to_utc
from botmeter_cli.archive import Archive
from botmeter_cli.reconcile.books import Books
from botmeter_cli.reconcile.plans import plans_of
from botmeter_cli.reconcile.recount import Recount, Span
from botmeter_cli.reconcile.windows import Matched, match

_EPOCH = date(1970, 1, 1)
_DAY = timedelta(days=1)
_DAY_MS = 86_400_000
# As long as the archive is kept.
MOST_DAYS = 400
# A delivery that is reported again counts once if that was within so many days on either side of the period.
REPEATED_WITHIN_DAYS = 32
_WIDER = 4


class BadArchive(BotmeterError):
    """Whole objects of the archive hold what cannot be counted."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Windows of archive and records side by side, from so many `days` on either side of the period.

    `settled` are the records of windows that began in that time, `events` the different marks of it.
    """

    matched: Matched
    settled: list[Settled]
    days: int
    events: int


def read(books: Books, archive: Archive, folder: Path, tell: Callable[[str], None]) -> Reading:
    """Read the period, a little more, and again as much as its windows reach beyond that.

    Without them the first windows of what is read could be the ends of longer ones. They are whole if they
    begin later than an idle timeout after the first of it: no mark before that could join them.
    """
    days = -(-max(books.idle_timeouts_ms.values(), default=0) // _DAY_MS) + 1
    files = _Files(books, archive, folder)
    while True:
        tell(f"{days} days around the period")
        counted = files.read(days)
        settled = books.settled(days * _DAY)
        plans = plans_of(settled, books.plan_at)
        matched = match(counted.windows(), settled, plans, books.span)
        cut_off, events = counted.reaches_beyond(files.span), counted.marks
        counted.close()
        if days == MOST_DAYS or not (cut_off or (days < REPEATED_WITHIN_DAYS and _repeated(books, matched))):
            return Reading(matched, settled, days, events)
        days = min(days * _WIDER, MOST_DAYS)


def _repeated(books: Books, matched: Matched) -> bool:
    """Whether alerts may have been delivered first, and billed, before what was read."""
    unbilled = matched.unbilled_alerts
    return len(books.still_due(unbilled)) < len(unbilled)


class _Files:
    """The events of an account, downloaded so far: those of a run of days (UTC)."""

    def __init__(self, books: Books, archive: Archive, folder: Path) -> None:
        self._books = books
        self._archive = archive
        self._folder = folder
        self._days: set[date] = set()
        self._paths: list[Path] = []

    @property
    def span(self) -> Span:
        """The time of which there are events."""
        first = (min(self._days) - _EPOCH) // _DAY
        after = (max(self._days) - _EPOCH) // _DAY + 1
        return Span(first * _DAY_MS, after * _DAY_MS)

    def read(self, days: int) -> Recount:
        """Count the period, and so many days on either side; raises `BadArchive`."""
        span, margin = self._books.span, days * _DAY
        first, last = to_utc(span.from_ms).date() - margin, to_utc(span.to_ms - 1).date() + margin
        missing = [day for day in days_between(first, last) if day not in self._days]
        self._paths += self._archive.download(self._books.account.account_id, missing, self._folder)
        self._days.update(missing)
        files, timeouts_ms = self._paths or [self._nothing()], self._books.idle_timeouts_ms
        try:
            return Recount(files, timeouts_ms, span, self._folder)
        except duckdb.Error as error:
            raise BadArchive(f"the archive has lines that are no events: {error}") from error

    def _nothing(self) -> Path:
        """A file without events."""
        file = self._folder / "nothing.jsonl.gz"
        file.write_bytes(gzip.compress(b""))
        return file
