"""Accounts in the billing table, and their use by periods that are no calendar months."""

from dataclasses import replace
from datetime import UTC, date, datetime

import boto3
import pytest

from botmeter.adapters.dynamo.keys import key
from botmeter.domain.accounts import Account
from botmeter.domain.audit import Actor, AuditEntry
from botmeter.domain.errors import Conflict
from botmeter.domain.periods import BillingPeriod, Calendar, LocalHour, Move, to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Terms, usage_totals
from botmeter.domain.settling import settle
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import BotSettlement, MarkAddition
from tests.fakes.demo import ACCOUNT, CUSTOMER, PLANS, conversation
from tests.integration.conftest import BILLING
from tests.integration.stores import BOT_ID, Stores, change, everything, stored, stores

NOVEMBER = date(2026, 11, 1)
FULL = replace(
    ACCOUNT,
    account_id="acct_full",
    first_period=BillingPeriod(2026, 10, 31),
    time_zone="Europe/Berlin",
    moves=(Move(date(2026, 11, 30), "Asia/Kolkata"), Move(date(2026, 12, 31), "Europe/Berlin")),
    invoice_grace_hours=0,
)


@pytest.fixture
def on(aws: None) -> Stores:
    return stores()


def moved_entry(account: Account) -> AuditEntry:
    at, actor = datetime(2026, 11, 4, tzinfo=UTC), Actor("u-operator", "operator")
    return AuditEntry("account:1", at, actor, "account.moved", account.account_id)


def test_account_is_read_as_it_was_written(on: Stores) -> None:
    """With its billing day, its moves and its grace."""
    on.accounts.put_account(FULL)
    found = on.accounts.account("acct_full")

    assert found == FULL
    assert (found.revision, found.calendar) == (1, FULL.calendar)
    assert on.accounts.accounts() == [ACCOUNT, FULL]


def test_account_of_an_earlier_version_is_read_and_replaced(on: Stores) -> None:
    """It has calendar months, no moves, and the stack's grace."""
    names = {"#m": "moves", "#g": "invoice_grace_hours", "#r": "revision"}
    boto3.client("dynamodb").update_item(
        TableName=BILLING,
        Key=key("ACCOUNTS", ACCOUNT.account_id),
        UpdateExpression="REMOVE #m, #g, #r",
        ExpressionAttributeNames=names,
    )
    old = on.accounts.account(ACCOUNT.account_id)
    assert (old, old.revision) == (ACCOUNT, 0)

    on.accounts.put_account(replace(old, customer=replace(CUSTOMER, name="Newer")))
    assert on.accounts.account(ACCOUNT.account_id).name == "Newer"


def test_account_and_its_audit_entry_are_written_together(on: Stores) -> None:
    """The entry names no bot; the same account again writes neither."""
    account = on.accounts.account(ACCOUNT.account_id)
    moved = replace(account, moves=(Move(NOVEMBER, "Asia/Kolkata"),))
    on.accounts.put_account(moved, moved_entry(account))
    before = everything()
    on.accounts.put_account(moved, moved_entry(account))

    assert on.accounts.account(ACCOUNT.account_id).moves == moved.moves
    assert list(on.audit.of_account(ACCOUNT.account_id, 9, None).items) == [moved_entry(account)]
    assert everything() == before


def test_account_that_somebody_else_changed_is_a_conflict(on: Stores) -> None:
    """Nothing is overwritten, and no entry is left."""
    read = on.accounts.account(ACCOUNT.account_id)
    on.accounts.put_account(replace(read, moves=(Move(NOVEMBER, "Asia/Kolkata"),)))
    before = everything()
    with pytest.raises(Conflict, match="try again"):
        on.accounts.put_account(replace(read, moves=(Move(NOVEMBER, "Asia/Tokyo"),)), moved_entry(read))

    assert everything() == before


def test_period_over_two_months_has_its_days_alone(on: Stores) -> None:
    """Records and totals from the fifteenth to the fourteenth, from both months."""
    use(on, ACCOUNT, [f"2026-{day}T12:00+00:00" for day in ("10-14", "10-15", "11-14", "11-15")])
    period = BillingPeriod(2026, 10, 15)
    records = on.usage.records(ACCOUNT.account_id, BOT_ID, period)

    assert [r.day(ACCOUNT.calendar) for r in records] == [date(2026, 10, 15), date(2026, 11, 14)]
    assert on.usage.sessions(ACCOUNT.account_id, BOT_ID, period) == {("standard@1", Unit.USAGE): 2}
    assert {day for day, _ in on.usage.totals(ACCOUNT.account_id, BOT_ID, period)} == {
        "2026-10-15",
        "2026-11-14",
    }


def test_fiftieth_hour_of_a_day_is_counted(on: Stores) -> None:
    """On the day on which an account moves as far west as one can."""
    calendar = Calendar("Pacific/Kiritimati", (Move(NOVEMBER, "Etc/GMT+12"),))
    account = replace(ACCOUNT, time_zone=calendar.time_zone, moves=calendar.moves)
    at = "2026-11-02T11:30+00:00"
    use(on, account, [at])

    assert calendar.local_hour(to_ms(datetime.fromisoformat(at))) == LocalHour(NOVEMBER, 49)
    totals = on.usage.totals(ACCOUNT.account_id, BOT_ID, BillingPeriod(2026, 11))
    assert totals == {("2026-11-01", "standard@1"): {(Unit.USAGE, 49): 1}}


def use(on: Stores, account: Account, times: list[str]) -> None:
    """Settle a conversation at each of `times`."""
    state = stored(on)
    starts = {conversation(f"c-{n}"): to_ms(datetime.fromisoformat(at)) for n, at in enumerate(times)}
    on.timelines.add_marks(
        [MarkAddition(s, [encode_mark(at, Kind.USER_MESSAGE)], at) for s, at in starts.items()]
    )
    terms, late = Terms(state.bot.rule, state.bot.subscription, 0), max(starts.values()) + 86_400_000
    settlements = [settle(timeline, terms, late) for timeline in on.timelines.load(list(starts))]
    appended = [record for one in settlements for record in one.appended]
    on.settlements.write(
        BotSettlement(
            account=account,
            bot=state.bot,
            settlement_id="s-1",
            settlements=settlements,
            totals=usage_totals(appended, account.calendar),
            free_micros={},
            plans=PLANS,
            change=change(state),
        )
    )
