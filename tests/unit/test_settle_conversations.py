"""The settlement service: transactions, conflicts, and what must wait."""

from dataclasses import replace

from botmeter.domain.accounts import Bot
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.events import Subject
from botmeter.domain.settlement import Timeline
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports import BotSettlement, SettlementTooLarge
from botmeter.services.settle_conversations import MAX_ACTIONS, SettleConversations
from tests.fakes.demo import conversation
from tests.fakes.stores import FakeAccounts, FakeUsageTable

MINUTE = 60_000
START = 1_790_000_000_000
LATER = START + 10_000 * MINUTE


def put(table: FakeUsageTable, subject: Subject, *minutes: int) -> None:
    marks = frozenset(encode_mark(START + m * MINUTE, Kind.USER_MESSAGE) for m in minutes)
    table.timelines[subject] = Timeline(subject, marks, due_at_ms=START)


def service(table: FakeUsageTable, accounts: FakeAccounts | None = None) -> SettleConversations:
    return SettleConversations(table, accounts or FakeAccounts(), table, grace_ms=2 * MINUTE)


def test_due_conversations_of_a_bot_share_transactions() -> None:
    """Many conversations are settled in transactions of at most a hundred actions."""
    table = FakeUsageTable()
    for n in range(250):
        put(table, conversation(f"c-{n}"), n)

    run = service(table)("all", LATER)

    assert (run.settled, run.records, run.due) == (250, 250, 0)
    assert [len(t.settlements) for t in table.transactions] == [96, 96, 58]
    assert all(len(t.settlements) + len(t.totals) + 1 <= MAX_ACTIONS for t in table.transactions)
    assert table.debits["bot_standard"] == 250 * 200_000


def test_second_run_changes_nothing() -> None:
    """What is settled is not due."""
    table = FakeUsageTable()
    put(table, conversation(), 0)
    service(table)("all", LATER)

    assert service(table)("all", LATER).settled == 0
    assert len(table.appended) == 1


def test_timeline_that_changes_meanwhile_is_left_to_the_next_run() -> None:
    """A conflict leaves out the one conversation and settles the others."""

    class Racing(FakeUsageTable):
        def write(self, settlement: BotSettlement) -> None:
            raced = conversation("c-1")
            if not self.transactions and len(self.timelines[raced].marks) == 1:
                more = self.timelines[raced].marks | {encode_mark(START + MINUTE, Kind.BOT_MESSAGE)}
                self.timelines[raced] = replace(self.timelines[raced], marks=more)
            super().write(settlement)

    table = Racing()
    for name in ("c-1", "c-2"):
        put(table, conversation(name), 0)

    first = service(table)("all", LATER)
    second = service(table)("all", LATER)

    assert (first.settled, first.conflicts, first.due) == (1, 1, 1)
    assert (second.settled, second.conflicts, second.due) == (1, 0, 0)


def test_unknown_bot_is_put_off() -> None:
    """A conversation of a bot that billing does not know waits and holds up nobody."""
    table = FakeUsageTable()
    put(table, conversation("c-1", bot_id="bot_gone"), 0)
    put(table, conversation("c-2"), 0)

    run = service(table)("all", LATER)

    assert (run.settled, run.stuck) == (1, 1)
    assert table.timelines[conversation("c-1", bot_id="bot_gone")].due_at_ms == LATER + 60 * MINUTE


def test_window_that_fits_no_transaction_is_put_off() -> None:
    """A window over more days than a transaction takes is reported, not tried for ever."""
    table, accounts = FakeUsageTable(), FakeAccounts()
    patient: Bot = replace(accounts.known_bots["bot_standard"], idle_timeout_minutes=20_160)
    accounts.known_bots["bot_standard"] = patient
    put(table, conversation(), *range(0, 110 * 24 * 60, 20_000), 110 * 24 * 60)

    run = service(table, accounts)("all", START + 200 * 24 * 60 * MINUTE)

    assert (run.settled, run.stuck) == (0, 1)


def test_run_stops_when_time_is_up() -> None:
    """What is not reached is counted as due."""
    table = FakeUsageTable()
    put(table, conversation(), 0)

    run = service(table)("all", LATER, out_of_time=lambda: True)

    assert (run.settled, run.due) == (0, 1)


def test_active_conversation_is_moved() -> None:
    """A conversation still active is looked at again later, at the cost of one write."""
    table = FakeUsageTable()
    put(table, conversation(), 0)

    run = service(table)("all", START + 10 * MINUTE)

    assert (run.settled, run.moved) == (0, 1)
    assert table.timelines[conversation()].due_at_ms == START + 17 * MINUTE + 1


def test_many_windows_of_one_conversation_stay_due() -> None:
    """A conversation that is settled in portions is counted as due until it is done."""
    table = FakeUsageTable()
    put(table, conversation(), *range(0, 600, 20))
    settle = service(table)

    assert settle("all", LATER).due == 1
    assert settle("all", LATER).due == 0
    assert len(table.appended) == 30


def test_bot_that_fails_does_not_hold_up_others() -> None:
    """When a store does not answer for one bot, the bots after it are settled all the same."""

    class Failing(FakeUsageTable):
        def write(self, settlement: BotSettlement) -> None:
            if settlement.bot.bot_id == "bot_essential":
                raise StoreUnavailable("no answer")
            super().write(settlement)

    table = Failing()
    put(table, conversation("c-1", bot_id="bot_essential"), 0)
    put(table, conversation("c-2", bot_id="bot_standard"), 0)

    run = service(table)("all", LATER)

    assert (run.settled, run.failed, run.due) == (1, 1, 1)


def test_transaction_that_is_too_large_is_divided() -> None:
    """Of many conversations only the one that no transaction takes is put off."""

    class Small(FakeUsageTable):
        def write(self, settlement: BotSettlement) -> None:
            if conversation("c-3") in {s.timeline.subject for s in settlement.settlements}:
                raise SettlementTooLarge
            super().write(settlement)

    table = Small()
    for n in range(8):
        put(table, conversation(f"c-{n}"), n)

    run = service(table)("all", LATER)

    assert (run.settled, run.stuck, run.due) == (7, 1, 0)
