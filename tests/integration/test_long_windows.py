"""Windows that do not close: bots may wait two weeks for the next message, and somebody writes each day."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from botmeter.adapters.dynamo.keys import due_shard
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM
from botmeter.domain.periods import to_ms, to_utc
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import meter
from botmeter.domain.timeline import Kind, MeteringRule, encode_mark
from botmeter.ports.metering import MarkAddition
from botmeter.services.settle_conversations import SettlementRun
from tests.fakes.demo import ACCOUNT, SINCE, STANDARD, bot, conversation

DAY = 24 * 3_600_000
BEGIN_MS = to_ms(datetime(2026, 10, 3, 12, tzinfo=UTC))
DAYS = 100
SUBJECT = conversation("daily", "bot_patient")
SHARD = due_shard(SUBJECT.account_id, SUBJECT.bot_id)


@pytest.fixture(params=[2 * 24 * 60, 14 * 24 * 60], ids=["two days", "two weeks"])
def rule(provisioned: Wiring, request: pytest.FixtureRequest) -> MeteringRule:
    """The rule of a bot that waits so long."""
    patient = replace(bot(STANDARD, SUBJECT.bot_id), idle_timeout_minutes=request.param)
    provisioned.provision_account(ACCOUNT, [patient], {}, SYSTEM, SINCE)
    return patient.rule


def write(on: Wiring, *days: int) -> set[int]:
    """A message at noon of each day; returns their marks."""
    marks = {noon(day) for day in days}
    assert not on.timelines.add_marks([MarkAddition(SUBJECT, marks, BEGIN_MS + max(days) * DAY)])
    return marks


def noon(day: int) -> int:
    """The mark of a day."""
    return encode_mark(BEGIN_MS + day * DAY, Kind.USER_MESSAGE)


def settle(on: Wiring, day: int) -> SettlementRun:
    """What is due on a day, until nothing is that can be settled."""
    run = SettlementRun(due=1)
    while run.due:
        run = on.settle_conversations(SHARD, BEGIN_MS + day * DAY + 1)
        assert not run.stuck
    return run


def billed(on: Wiring) -> Counter[str]:
    """Sessions by day, as invoices bill them."""
    first, last = to_utc(BEGIN_MS).date(), to_utc(BEGIN_MS + 2 * DAYS * DAY).date()
    used = on.usage.day_use(ACCOUNT.account_id, first, last).get(SUBJECT.bot_id, [])
    return +Counter({of.day.isoformat(): of.sessions.get(Unit.USAGE, 0) for of in used})


def expected(marks: set[int], rule: MeteringRule) -> Counter[str]:
    """The same by the rule."""
    starts = (ms for metered in meter(SUBJECT, marks, rule) for ms in metered.session_starts_ms)
    return Counter(ACCOUNT.calendar.day(to_utc(ms)).isoformat() for ms in starts)


def test_window_that_does_not_close_is_billed_as_it_goes_on(provisioned: Wiring, rule: MeteringRule) -> None:
    """Never more than it will come to, never weeks behind; in the end all of it."""
    marks = set[int]()
    for day in range(DAYS):
        marks |= write(provisioned, day)
        if day % 5 == 4:
            settle(provisioned, day)
        if day % 20 == 19:
            old = expected({mark for mark in marks if mark <= noon(day - 22)}, rule)
            assert old <= billed(provisioned) <= expected(marks, rule)
    settle(provisioned, 2 * DAYS)

    assert billed(provisioned) == expected(marks, rule)
    (timeline,) = provisioned.timelines.load([SUBJECT])
    assert [record.metered for record in timeline.standing] == meter(SUBJECT, marks, rule)
    balance = provisioned.billing.balance(ACCOUNT.account_id, SUBJECT.bot_id)
    assert balance.usage_sessions == expected(marks, rule).total()


def test_months_that_arrive_at_once_are_settled_in_portions(provisioned: Wiring, rule: MeteringRule) -> None:
    """More days than a transaction holds; each event came late, and one comes when all is recorded."""
    marks = write(provisioned, *(day for day in range(DAYS) if day != DAYS // 2))
    settle(provisioned, 2 * DAYS)
    assert billed(provisioned) == expected(marks, rule)

    marks |= write(provisioned, DAYS // 2)
    settle(provisioned, 2 * DAYS)
    assert billed(provisioned) == expected(marks, rule)
