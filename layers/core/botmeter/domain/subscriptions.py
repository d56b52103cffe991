"""Subscriptions: which plan version a bot is on, at any time, past and to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from botmeter.domain.periods import BillingPeriod, Calendar, days_between
from botmeter.domain.plans import PlanKind, PlanVersion

_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Phase:
    """A plan version that applies from `starts_at` until the next phase; the plan itself may end before."""

    plan: PlanVersion
    starts_at: datetime
    ends_at: datetime | None = None

    def has_ended(self, instant: datetime) -> bool:
        """Whether the plan is over at `instant`, as a trial after its days."""
        return self.ends_at is not None and instant >= self.ends_at


@dataclass(frozen=True, slots=True)
class Subscription:
    """The phases of a bot, by start; those to come are scheduled changes. Never empty."""

    phases: tuple[Phase, ...]

    @classmethod
    def begin(cls, plan: PlanVersion, at: datetime, ends_at: datetime | None = None) -> "Subscription":
        """A subscription to `plan` from `at`; a trial ends after its days unless told otherwise."""
        if plan.kind is PlanKind.TRIAL and ends_at is None:
            ends_at = at + plan.trial_days * _DAY
        return cls((Phase(plan, at, ends_at),))

    def at(self, instant: datetime) -> Phase:
        """The phase that applies at `instant`; before the first one, the first."""
        started = [phase for phase in self.phases if phase.starts_at <= instant]
        return started[-1] if started else self.phases[0]

    def pending(self, now: datetime) -> Phase | None:
        """The next phase, if a change is scheduled."""
        return next((phase for phase in self.phases[1:] if phase.starts_at > now), None)

    def without_pending(self, now: datetime) -> "Subscription":
        """The same without scheduled changes."""
        kept = (phase for phase in self.phases[1:] if phase.starts_at <= now)
        return Subscription((self.phases[0], *kept))

    def changed(self, plan: PlanVersion, at: datetime, now: datetime) -> "Subscription":
        """The same with a change to `plan` at `at`, which is `now` or later, instead of any scheduled."""
        kept = self.without_pending(now).phases
        return Subscription((*(p for p in kept if p.starts_at < at or p is kept[0]), Phase(plan, at)))

    def extended(self, until: datetime, now: datetime) -> "Subscription":
        """The same with the present plan ending at `until`; one that is over begins again at `now`."""
        present = self.at(now)
        renewed: tuple[Phase, ...] = (replace(present, ends_at=until),)
        if present.has_ended(now):
            renewed = (present, replace(present, starts_at=now, ends_at=until))
        index = self.phases.index(present)
        return Subscription((*self.phases[:index], *renewed, *self.phases[index + 1 :]))

    def days(self, month: BillingPeriod, calendar: Calendar) -> Iterator[tuple[date, Phase]]:
        """The days of `month` on which a plan is in effect, each with the phase at its end.

        A day belongs to the plan that applies when it ends, and to none that was over when it began.
        """
        for day, begins, ends in _days(month, calendar):
            phase = self.at(ends - _MOMENT)
            if phase.starts_at < ends and not phase.has_ended(begins):
                yield day, phase

    def days_touched(self, ref: str, month: BillingPeriod, calendar: Calendar) -> int:
        """On how many days of `month` the plan version `ref` applied, be it for a moment."""
        days = _days(month, calendar)
        return sum(any(p.plan.ref == ref for p in self._between(begins, ends)) for _, begins, ends in days)

    def _between(self, begins: datetime, ends: datetime) -> Iterator[Phase]:
        """The phases that apply at some time from `begins` until before `ends`."""
        for phase, following in zip(self.phases, (*self.phases[1:], None), strict=True):
            over = following is not None and following.starts_at <= begins
            if phase.starts_at < ends and not over and not phase.has_ended(begins):
                yield phase


@lru_cache(maxsize=256)
def _days(month: BillingPeriod, calendar: Calendar) -> Sequence[tuple[date, datetime, datetime]]:
    """The days of `month`, each with its start and its end.

    One that is skipped whole lasts a moment, so that it belongs to a plan. All bots of an account ask for
    the same months.
    """
    days = days_between(month.first_day, month.last_day)
    starts = [calendar.start_of_day(day) for day in days]
    ends = [*starts[1:], month.end(calendar)]
    return [(day, at, max(end, at + _MOMENT)) for day, at, end in zip(days, starts, ends, strict=True)]
