"""Plan versions: which one each recorded window belongs on, found a second time from the bots' phases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from botmeter.domain.accounts import Bot
from botmeter.domain.explanations import Settled
from botmeter.domain.periods import to_utc
from botmeter_cli.reconcile.differences import Measure
from botmeter_cli.reconcile.recount import Window
from botmeter_cli.reconcile.windows import recorded_window

_MOMENT = timedelta(microseconds=1)


def plan_at(bot: Bot, instant_ms: int) -> str:
    """The plan version of the bot's last phase that had begun, or else of its first."""
    phases, instant = bot.subscription.phases, to_utc(instant_ms)
    begun = [phase for phase in phases if phase.starts_at <= instant]
    return (begun[-1] if begun else phases[0]).plan.ref


def days_on(bot: Bot, plan: str, bounds: Sequence[datetime]) -> int:
    """On how many days a bot was on a plan version, be it for a moment.

    `bounds` are where the days begin, in order, and where the last ends.
    """
    phases = bot.subscription.phases
    spans = []
    for number, phase in enumerate(phases):
        ends = [phase.ends_at, *(after.starts_at for after in phases[number + 1 : number + 2])]
        if phase.plan.ref == plan:
            spans.append((phase.starts_at, min((end for end in ends if end), default=None)))
    return sum(
        # A day that clocks skip whole lasts a moment.
        any(starts < max(over, day + _MOMENT) and (ends is None or ends > day) for starts, ends in spans)
        for day, over in pairwise(bounds)
    )


def plans_of(settled: Iterable[Settled], plan_of: Callable[[Window], str]) -> dict[Window, str]:
    """The plan version that each recorded window belongs on: `plan_of` it, which is the one at its start.

    But a correction never changes a price. Where a settlement takes windows back, those that it records
    instead belong where the first of them did.
    """
    plans: dict[Window, str] = {}
    for _, revision in groupby(sorted(settled, key=_revision), key=_revision):
        for together in _sharing_time(list(revision)):
            taken = [recorded_window(one) for one in together if one.record.reverses]
            for window in taken:
                plans.setdefault(window, plan_of(window))
            for one in together:
                window = recorded_window(one)
                if not one.record.reverses:
                    plans[window] = plans[taken[0]] if taken else plan_of(window)
    return plans


def _revision(settled: Settled) -> tuple[str, str, str, int]:
    """Which settlement of which subject a record is of; in the order in which they were made."""
    record = settled.record
    return record.subject.bot_id, record.unit.value, record.subject.name, record.revision


def _sharing_time(revision: Iterable[Settled]) -> Iterator[list[Settled]]:
    """The records of a settlement of one subject, in order of time: together where they share some.

    All of an alert are one, wherever its first delivery was.
    """
    together: list[Settled] = []
    reach_ms = 0
    for one in sorted(revision, key=lambda one: one.record.metered.start_ms):
        window = recorded_window(one)
        if together and window.unit != Measure.ALERT and window.start_ms > reach_ms:
            yield together
            together = []
        together.append(one)
        reach_ms = max(reach_ms, window.end_ms)
    yield together
