"""Changes: everything that one operation writes, and nothing when nothing happens."""

from dataclasses import replace
from datetime import timedelta

from botmeter.domain.audit import AuditEntry
from botmeter.domain.balances import SharedCredits
from botmeter.domain.changes import BotState, Change
from botmeter.domain.credits import EntryReason, Grant, GrantKind, LedgerEntry, Wallet
from botmeter.domain.debits import BalanceChange
from botmeter.domain.outgoing import OutgoingEvent, OutgoingType
from botmeter.domain.plan_changes import change_owner, change_plan, plan_change
from tests.fakes.demo import ACCOUNT, ADVANCED, ENTERPRISE, ESSENTIAL, STANDARD, TRIAL, WELCOMING
from tests.fakes.states import (
    ADMIN,
    EURO,
    NOW,
    draft,
    free,
    looked_at,
    october,
    paid,
    settled,
    state,
    used,
)

SOON, LATER = october(9), october(31)


def entries(ledger: tuple[LedgerEntry, ...]) -> list[tuple[EntryReason, int, int]]:
    return [(e.reason, e.amount_micros // EURO, e.balance_micros // EURO) for e in ledger]


def revisions(of: BotState) -> tuple[int, int, int]:
    return of.bot.revision, of.balance.revision, of.shared.revision


def sharing(euros: int, left: int) -> BotState:
    """A standard bot that lives on shared credits, after a look at all bots."""
    wallet = Wallet((free(euros, left, until=LATER),))
    seen = settled(state(STANDARD, shared=wallet))
    return replace(seen, shared=replace(seen.shared, due_at=LATER))


def test_nothing_done_is_nothing_to_write() -> None:
    """A bot that stands as it stood gives an empty change, however much later."""
    before = settled(state(STANDARD, paid(100)))
    change = looked_at(before, NOW + timedelta(days=300))

    assert change == Change(before, before)
    assert change.is_empty


def test_first_look_writes_bot_and_standing() -> None:
    """What was never written has revision 0, and is written with the first look, be it as it was."""
    change = looked_at(state(STANDARD, paid(100)))
    stood = state(STANDARD, balance=replace(change.after.balance, revision=0))

    assert not change.is_empty
    assert revisions(change.after) == (1, 1, 0)
    assert revisions(looked_at(stood).after) == (1, 1, 0)


def test_standing_is_dated_back_as_long_as_its_reason_holds() -> None:
    """A bot that may answer since the first may so since then, whatever was used in between."""
    before = settled(state(STANDARD, paid(100)))
    change = used(before, 10, NOW + timedelta(days=1))

    assert change.after.balance.standing == before.balance.standing
    exhausted = used(before, 100, NOW + timedelta(days=1)).after.balance.standing
    assert [e.since for e in exhausted.entitlements] == [NOW + timedelta(days=1)]


def test_use_takes_from_the_balance_and_counts() -> None:
    """Sessions are debited, counted, and entered in the ledger with the balance after them."""
    drafted = draft(settled(state(STANDARD, paid(100))))
    drafted.use(BalanceChange(EURO, 4, 4), "s-1")
    change = drafted.done()

    assert change.ledger == (
        LedgerEntry(NOW, EntryReason.USAGE, -EURO, 99 * EURO, "s-1", "bot_standard", 4, 4),
    )
    balance = change.after.balance
    assert (balance.usage_sessions, balance.alert_sessions, balance.wallet.balance_micros) == (
        4,
        4,
        99 * EURO,
    )


def test_use_on_a_plan_without_prices_is_counted_alone() -> None:
    """Where sessions take nothing from a balance there is no entry, but they count."""
    drafted = draft(settled(state(TRIAL)))
    drafted.use(BalanceChange(0, 3, 1), "s-1")
    change = drafted.done()

    assert (change.ledger, change.shared_ledger) == ((), ())
    assert (change.after.balance.usage_sessions, change.after.balance.alert_sessions) == (3, 1)


def test_use_beyond_both_wallets_is_owed() -> None:
    """Entries of both ledgers; the sessions are told once, where the bot's own balance has changed."""
    change = used(settled(state(STANDARD, shared=Wallet((free(5, until=SOON),)))), 7)

    assert entries(change.shared_ledger) == [(EntryReason.USAGE, -5, 0)]
    assert entries(change.ledger) == [(EntryReason.USAGE, -2, -2)]
    assert [e.usage_sessions for e in (*change.shared_ledger, *change.ledger)] == [0, 35]


def test_use_of_shared_credits_names_the_bot() -> None:
    """The account's ledger says whose sessions took its credits."""
    change = used(sharing(100, 100), 7)

    (entry,) = change.shared_ledger
    assert (entry.bot_id, entry.usage_sessions, change.ledger) == ("bot_standard", 35, ())


def test_correction_gives_back() -> None:
    """Sessions that were not, or cost less, are an entry of their own."""
    before = used(settled(state(STANDARD, paid(100))), 10).after
    change = used(before, -3, reference="s-2")

    assert entries(change.ledger) == [(EntryReason.CORRECTION, 3, 93)]
    assert change.after.balance.usage_sessions == 35


def test_credit_is_a_top_up() -> None:
    """A paid grant is the last top-up from then on, and pays what is owed."""
    owing = used(settled(state(STANDARD)), 30).after
    drafted = draft(owing)
    drafted.credit(paid(100, grant_id="ord-2"))
    change = drafted.done()

    assert entries(change.ledger) == [(EntryReason.TOP_UP, 100, 70)]
    assert change.after.balance.last_top_up_micros == 100 * EURO
    assert change.after.balance.wallet == Wallet((paid(100, 70, grant_id="ord-2"),))


def test_what_has_expired_is_taken_off_first() -> None:
    """An entry for each grant that something was left of, in both ledgers, before anything else is done."""
    own = (free(5, 3, until=SOON, grant_id="a"), free(4, until=SOON, grant_id="b"), paid(100))
    shared = Wallet((free(9, 2, until=SOON, grant_id="c"), free(9, 0, until=SOON, grant_id="d")))
    change = used(settled(state(STANDARD, *own, shared=shared)), 1, now=SOON)

    assert entries(change.ledger) == [
        (EntryReason.EXPIRY, -3, 104),
        (EntryReason.EXPIRY, -4, 100),
        (EntryReason.USAGE, -1, 99),
    ]
    assert [(e.amount_micros, e.balance_micros, e.reference) for e in change.shared_ledger] == [
        (-2 * EURO, 0, "c")
    ]
    assert change.after.shared.wallet == Wallet()


def test_free_credits_come_once() -> None:
    """The first bot on a plan with free credits brings them to the account; the second does not."""
    first = looked_at(state(WELCOMING))
    second = looked_at(replace(state(WELCOMING), shared=first.after.shared))

    assert entries(first.shared_ledger) == [(EntryReason.FREE_CREDITS, 500, 500)]
    assert first.after.shared.wallet.grants == (
        Grant("free:welcoming@1", GrantKind.FREE, 500 * EURO, 500 * EURO, NOW, NOW + timedelta(days=90)),
    )
    assert first.after.shared.free_credits_granted
    assert second.shared_ledger == ()
    assert second.after.shared == first.after.shared


def test_free_credits_do_not_come_back() -> None:
    """Neither a later version of the plan nor their expiry brings them again."""
    had = replace(state(replace(WELCOMING, version=2)), shared=SharedCredits(free_credits_granted=True))

    assert looked_at(had).after.shared == had.shared


def test_free_credits_come_with_the_plan_that_brings_them() -> None:
    """A trial brings none; changing to the plan does, in the same change."""
    before = settled(state(TRIAL))
    drafted = draft(before)
    change_plan(drafted, plan_change(drafted, WELCOMING))

    assert before.shared == SharedCredits()
    assert drafted.done().after.funds(NOW).covered_sessions == 2_500


def test_plans_with_conditions_of_their_own_bring_none() -> None:
    """Only prepaid plans have use for credits."""
    generous = replace(ENTERPRISE, free_credits_micros=EURO, free_credits_days=1)

    assert looked_at(state(generous)).after.shared == SharedCredits()


def test_revisions_count_what_has_changed() -> None:
    """Each of bot, balance and shared credits has one revision more exactly when it is another."""
    before = sharing(100, 100)
    owner = draft(before)
    change_owner(owner, "u-new")

    assert revisions(looked_at(before).after) == (1, 1, 0)
    assert revisions(owner.done().after) == (2, 1, 0)
    assert revisions(used(before, 1).after) == (1, 2, 1)
    assert revisions(used(settled(state(STANDARD, paid(100))), 1).after) == (1, 2, 0)


def test_change_of_plan_touches_the_balance() -> None:
    """A settlement that was computed on other plans conflicts, though the bot stands as it stood."""
    scheduling = draft(settled(state(ADVANCED)))
    change_plan(scheduling, plan_change(scheduling, ESSENTIAL))
    drafted = draft(scheduling.done().after)
    change_plan(drafted, plan_change(drafted, replace(ESSENTIAL, version=2)))
    change = drafted.done()

    assert change.after.balance.standing == change.before.balance.standing
    assert revisions(change.after) == (3, 3, 0)


def test_audit_entries_say_who_did_what() -> None:
    """An entry names actor, time, operation, and what was before; no two have the same id."""
    drafted = draft(settled(state(STANDARD)))
    drafted.note("a.done", {"x": "1"}, {"x": "2"})
    drafted.note("b.done", {}, {})
    change = drafted.done()

    assert change.audit[0] == AuditEntry(
        "bot_standard:1:1:0",
        NOW,
        ADMIN,
        "a.done",
        ACCOUNT.account_id,
        "bot_standard",
        {"x": "1"},
        {"x": "2"},
    )
    assert change.audit[1].entry_id == "bot_standard:1:1:1"
    assert not change.is_empty


def test_announcements_are_of_the_bot() -> None:
    """An event has account, bot and time, and is reason enough to write."""
    drafted = draft(settled(state(STANDARD)))
    drafted.announce(OutgoingType.OWNER_CHANGED, "e-1", {"x": "1"})
    change = drafted.done()

    assert change.events == (
        OutgoingEvent("e-1", OutgoingType.OWNER_CHANGED, ACCOUNT.account_id, "bot_standard", NOW, {"x": "1"}),
    )
    assert not change.is_empty


def test_shared_credits_are_due_a_quarter_of_an_hour_after_a_use() -> None:
    """Other bots have other prices and top-ups: what concerns them alone is seen a little later."""
    assert used(sharing(500, 500), 10).after.shared.due_at == NOW + timedelta(minutes=15)
    soon = replace(
        sharing(500, 100), shared=replace(sharing(500, 100).shared, due_at=NOW + timedelta(minutes=1))
    )
    assert used(soon, 1).after.shared.due_at == NOW + timedelta(minutes=1)


def test_shared_credits_are_due_at_once_when_a_level_is_crossed() -> None:
    """20, 10 and 0 percent, and the plan's own limits, concern every bot of the account."""
    assert used(sharing(500, 101), 1).after.shared.due_at == NOW
    assert used(sharing(500, 51), 1).after.shared.due_at == NOW
    assert used(sharing(10_000, 51), 1).after.shared.due_at == NOW
    assert used(sharing(500, 1), 1).after.shared.due_at == NOW


def test_shared_credits_that_pay_no_session_are_due_at_once() -> None:
    """0.10 is left of a price of 0.20: every bot that lives on it is exhausted, and none may wait for it."""
    drafted = draft(sharing(500, 1))
    drafted.use(BalanceChange(900_000, 4, 2), "s-1")

    assert drafted.done().after.shared.due_at == NOW


def test_shared_credits_are_due_at_once_when_their_expiry_moves() -> None:
    """Every bot's schedule depends on when the credits expire."""
    drafted = draft(sharing(500, 500))
    drafted.extend_free_credits(LATER + timedelta(days=30))

    assert drafted.done().after.shared.due_at == NOW


def test_look_that_is_due_is_not_put_off() -> None:
    """A second use, before anybody has looked at the bots, does not make the first one forgotten."""
    crossed = used(sharing(500, 101), 1).after
    minute = NOW + timedelta(minutes=1)

    assert used(crossed, 1, now=minute).after.shared.due_at == minute
