"""The settlement service: transactions, conflicts, and what must wait."""

from dataclasses import replace
from datetime import timedelta

from botmeter.domain.credits import EntryReason
from botmeter.domain.errors import Conflict, StoreUnavailable
from botmeter.domain.events import Subject
from botmeter.domain.periods import to_ms
from botmeter.domain.settlement import Timeline
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import BotSettlement, MarkAddition, SettlementTooLarge
from botmeter.services.settle_conversations import MAX_ACTIONS, SettleConversations
from tests.fakes.billing import FakeBilling
from tests.fakes.demo import WELCOMING, bot, conversation
from tests.fakes.stores import FakeUsageTable
from tests.fakes.world import NOW, World

MINUTE = 60_000
START = 1_790_000_000_000
LATER = START + 10_000 * MINUTE


def put(table: FakeUsageTable, subject: Subject, *minutes: int) -> None:
    marks = frozenset(encode_mark(START + m * MINUTE, Kind.USER_MESSAGE) for m in minutes)
    table.timelines[subject] = Timeline(subject, marks, due_at_ms=START)


def demo() -> FakeBilling:
    """Billing that knows the bots of the demo."""
    return World().billing


def service(table: FakeUsageTable) -> SettleConversations:
    billing = table.billing
    return SettleConversations(table, billing.accounts, billing, table, grace_ms=2 * MINUTE)


def test_due_conversations_of_a_bot_share_transactions() -> None:
    """Many conversations are settled in transactions that leave room for what billing adds to them."""
    table = FakeUsageTable(demo())
    for n in range(250):
        put(table, conversation(f"c-{n}"), n)

    run = service(table)("all", LATER)

    assert (run.settled, run.records, run.due) == (250, 250, 0)
    assert [len(t.settlements) for t in table.transactions] == [81, 81, 81, 7]
    assert all(len(t.settlements) + len(t.totals) + 2 <= MAX_ACTIONS for t in table.transactions)
    balance = table.billing.balances("acct_acme")["bot_standard"]
    assert (balance.usage_sessions, balance.wallet.balance_micros) == (250, -250 * 200_000)


def test_second_run_changes_nothing() -> None:
    """What is settled is not due."""
    table = FakeUsageTable(demo())
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

    table = Racing(demo())
    for name in ("c-1", "c-2"):
        put(table, conversation(name), 0)

    first = service(table)("all", LATER)
    second = service(table)("all", LATER)

    assert (first.settled, first.conflicts, first.due) == (1, 1, 1)
    assert (second.settled, second.conflicts, second.due) == (1, 0, 0)


def test_unknown_bot_is_put_off() -> None:
    """A conversation of a bot that billing does not know waits and holds up nobody."""
    table = FakeUsageTable(demo())
    put(table, conversation("c-1", bot_id="bot_gone"), 0)
    put(table, conversation("c-2"), 0)

    run = service(table)("all", LATER)

    assert (run.settled, run.stuck) == (1, 1)
    assert table.timelines[conversation("c-1", bot_id="bot_gone")].due_at_ms == LATER + 60 * MINUTE


def test_window_that_fits_no_transaction_is_put_off() -> None:
    """One of months that a late event lets begin days earlier is reported, not tried for ever."""
    table = FakeUsageTable(demo())
    bots = table.billing.accounts.known_bots
    patient = replace(bots["acct_acme", "bot_standard"], idle_timeout_minutes=20_160)
    bots["acct_acme", "bot_standard"] = patient
    put(table, conversation(), *range(0, 110 * 24 * 60, 20_000), 110 * 24 * 60)
    settle, much_later = service(table), START + 200 * 24 * 60 * MINUTE
    runs = [settle("all", much_later) for _ in range(8)]
    earlier = encode_mark(START - 20_000 * MINUTE, Kind.USER_MESSAGE)
    table.add_marks([MarkAddition(conversation(), [earlier], START)])
    late = settle("all", much_later)

    assert [run.settled for run in runs] == [1] * 8
    assert (runs[-1].due, late.settled, late.stuck) == (0, 0, 1)


def test_run_stops_when_time_is_up() -> None:
    """What is not reached is counted as due."""
    table = FakeUsageTable(demo())
    put(table, conversation(), 0)

    run = service(table)("all", LATER, out_of_time=lambda: True)

    assert (run.settled, run.due) == (0, 1)


def test_active_conversation_is_moved() -> None:
    """A conversation still active is looked at again later, at the cost of one write."""
    table = FakeUsageTable(demo())
    put(table, conversation(), 0)

    run = service(table)("all", START + 10 * MINUTE)

    assert (run.settled, run.moved) == (0, 1)
    assert table.timelines[conversation()].due_at_ms == START + 17 * MINUTE + 1


def test_many_windows_of_one_conversation_stay_due() -> None:
    """A conversation that is settled in portions is counted as due until it is done."""
    table = FakeUsageTable(demo())
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

    table = Failing(demo())
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

    table = Small(demo())
    for n in range(8):
        put(table, conversation(f"c-{n}"), n)

    run = service(table)("all", LATER)

    assert (run.settled, run.stuck, run.due) == (7, 1, 0)


def test_conflict_with_billing_is_tried_again_on_top() -> None:
    """Somebody changes the bot between read and write: the settlement is written after it, once."""
    world = World()
    world.billing.meanwhile = [lambda: world.credit(5), lambda: world.credit(5)]
    world.use(3)

    assert world.funds().paid_micros == 10_000_000 - 600_000
    assert world.funds().balance.usage_sessions == 3


def test_conflicts_without_an_end_are_left_to_the_next_run() -> None:
    """Nothing is written, and everything stays due."""

    class Busy(FakeUsageTable):
        def write(self, settlement: BotSettlement) -> None:
            raise Conflict("somebody else")

    table = Busy(demo())
    put(table, conversation(), 0)

    run = service(table)("all", LATER)

    assert (run.settled, run.conflicts, run.due) == (0, 1, 1)
    assert table.timelines[conversation()].due_at_ms == START


def test_settlement_takes_from_shared_credits_first_what_expires() -> None:
    """The bot's own funds, which last for ever, are used when the account's free credits are gone."""
    world = World([bot(WELCOMING)])
    world.credit(10, "bot_welcoming")
    world.use(2, "bot_welcoming")

    funds = world.funds("bot_welcoming")
    assert (funds.free_micros, funds.paid_micros) == (499_600_000, 10_000_000)


def test_sessions_beyond_the_balance_are_owed() -> None:
    """They took place: the next funds pay them first."""
    world = World()
    world.credit(1)
    world.use(10)
    assert world.funds().spendable_micros == -1_000_000
    world.buy(100)

    assert world.funds().spendable_micros == 99_000_000


def test_crossing_is_announced_with_the_settlement_that_made_it() -> None:
    """At 20, 10 and 0 percent of the last top-up and at the plan's fixed amount: once each."""
    world = World()
    world.credit(100)
    for _ in range(10):
        world.use(50)

    told = [(event.type, event.data.get("threshold")) for event in world.events()]
    assert told[-4:] == [
        ("billing.balance.low", "fixed"),
        ("billing.balance.low", "20"),
        ("billing.balance.low", "10"),
        ("billing.balance.exhausted", "0"),
    ]
    assert len([kind for kind, _ in told if kind == "billing.balance.exhausted"]) == 1


def test_late_event_gives_back_and_is_told_as_a_correction() -> None:
    """An agent had the conversation: sessions that were debited are credited, and the balance recovers."""
    world = World()
    world.credit(100)
    subject, start = conversation(), to_ms(NOW - timedelta(hours=2))
    user = [encode_mark(start + n * MINUTE, Kind.USER_MESSAGE) for n in (0, 14, 28, 40)]
    world.usage.add_marks([MarkAddition(subject, user, to_ms(NOW))])
    world.settle("all", to_ms(NOW))
    assert world.funds().balance.usage_sessions == 3
    agent = [
        encode_mark(start + MINUTE, Kind.AGENT_JOINED),
        encode_mark(start + 39 * MINUTE, Kind.AGENT_LEFT),
    ]
    world.usage.add_marks([MarkAddition(subject, agent, to_ms(NOW))])
    world.settle("all", to_ms(NOW))

    assert world.funds().balance.usage_sessions == 1
    entries = world.billing.ledgers["acct_acme", "bot_standard"]
    assert [(e.reason, e.amount_micros) for e in entries[1:]] == [
        (EntryReason.USAGE, -600_000),
        (EntryReason.CORRECTION, 400_000),
    ]
