"""Plan & Usage on the deployed stack: the list of bots, what they used, what it cost, and who did what."""

import csv
import io
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from botmeter_local import Stack
from tests.e2e.accounts import CALENDAR, ZONE, Account, chf, month_begin
from tests.e2e.client import User, fulfilled, refused
from tests.e2e.conversations import MINUTE, NOON, USED, YESTERDAY, busy_day, hold, sessions

DAYS, PERIOD = f"from={YESTERDAY}&to={YESTERDAY}", f"period={YESTERDAY:%Y-%m}"


@pytest.fixture(scope="module")
def accounts(stack: Stack, operator: User) -> tuple[Account, Account]:
    """One with bots of all kinds that were used yesterday or just now, and one with free credits."""
    begin = (month_begin() - timedelta(days=1)).replace(day=1)
    account, gifted = Account(stack, "acct_usage", begin), Account(stack, "acct_gifted", begin)
    account.bot("bot_busy", opening_funds_minor=10_000, idle_timeout_minutes=15)
    account.bot("bot_contract", "enterprise-chf")
    account.bot("bot_heavy", "plus-chf")
    account.bot("bot_other", "advanced-chf", owner_id=account.name("other"))
    account.bot("bot_spent", opening_funds_minor=200)
    account.bot("bot_trial", "trial-chf", YESTERDAY)
    gifted.bot("bot_welcome", "welcoming-chf", YESTERDAY)
    gifted.bot("bot_guest", opening_funds_minor=1_000)
    just_now = max(datetime.now(ZONE) - MINUTE, CALENDAR.start_of_day(month_begin()))
    lines = [*busy_day(account.account_id), *sessions(account.account_id, "bot_heavy", just_now, 6)]
    hold(stack, [*lines, *sessions(gifted.account_id, "bot_welcome", NOON, 2)])
    return account, gifted


@pytest.fixture(scope="module")
def account(accounts: tuple[Account, Account]) -> Account:
    return accounts[0]


def bots(user: User, query: str = "") -> dict[str, dict[str, Any]]:
    """The bots that a user sees, by id."""
    return {bot["bot_id"]: bot for bot in user.pages(f"/bots?{query}" if query else "/bots")}


# ------------------------------------------------------------------------------------------ bots


def test_list_shows_plan_balance_and_what_it_covers(account: Account) -> None:
    """Prepaid bots have money, contracts show none; what ran out is suspended, and says so."""
    shown = bots(account.admin)
    balances = {bot_id: bot["balance"] for bot_id, bot in shown.items()}

    assert list(shown) == sorted(shown)
    assert {bot_id: (bot["plan"]["kind"], bot["status"]) for bot_id, bot in shown.items()} == {
        "bot_busy": ("prepaid", "active"),
        "bot_contract": ("enterprise", "active"),
        "bot_heavy": ("prepaid", "suspended"),
        "bot_other": ("subscription", "active"),
        "bot_spent": ("prepaid", "suspended"),
        "bot_trial": ("trial", "suspended"),
    }
    nothing: dict[str, Any] = {"free": chf(0), "covered_sessions": 0}
    no_money = dict.fromkeys(("remaining", "own", "shared", "paid", "free"))
    statuses = "sufficient sufficient exhausted sufficient exhausted exhausted"
    assert [balance.pop("status") for balance in balances.values()] == statuses.split()
    for bot_id in ("bot_busy", "bot_heavy", "bot_spent"):
        assert balances[bot_id].pop("own") == balances[bot_id]["remaining"]
        assert balances[bot_id].pop("shared") == chf(0)
    assert balances == {
        "bot_busy": {"remaining": chf(9_350), "paid": chf(9_350), "free": chf(0), "covered_sessions": 93},
        "bot_contract": {**no_money, "covered_sessions": None},
        "bot_heavy": {"remaining": chf(-600), "paid": chf(0), **nothing},
        "bot_other": {**no_money, "covered_sessions": None},
        "bot_spent": {"remaining": chf(-100), "paid": chf(0), **nothing},
        "bot_trial": {**no_money, "covered_sessions": 0},
    }


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_list_in_parts_is_the_whole_list(account: Account, limit: int) -> None:
    """However long the pages are, every bot is on one of them."""
    assert [bot["bot_id"] for bot in account.admin.pages("/bots", limit)] == list(bots(account.admin))


def test_plan_options_cost_what_the_listed_months_would_have(account: Account) -> None:
    """Each plan's mean cost follows from the sessions shown beside it; the cheapest possible is suggested."""
    found = account.admin.get("/bots/bot_busy/plan-options")
    months = found["months"] or [found["running"]]
    costs = {}
    for option in found["options"]:
        plan, shown = option["plan"], option["monthly_cost"]
        if plan["kind"] in {"trial", "enterprise"}:
            assert (shown, option["is_eligible"]) == (None, False)
            continue
        costs[plan["plan_id"]] = shown["amount"]
        usage = [max(0, m["usage_sessions"] - plan["included_usage_sessions"]) for m in months]
        alerts = [max(0, m["alert_sessions"] - plan["included_alert_sessions"]) for m in months]
        micros = sum(usage) * plan["usage_price_micros"] + sum(alerts) * plan["alert_price_micros"]
        mean = plan["monthly_fee_micros"] + Fraction(micros, len(months))
        assert shown == chf(int(mean / 10_000 + Fraction(1, 2)))
    eligible = {o["plan"]["plan_id"] for o in found["options"] if o["is_eligible"]}
    (suggested,) = [o["plan"]["plan_id"] for o in found["options"] if o["is_suggested"]]
    assert costs[suggested] == min(costs[plan_id] for plan_id in eligible)
    assert [o["plan"]["plan_id"] for o in found["options"] if o["is_current"]] == ["standard-chf"]


def test_plan_that_present_usage_exceeds_is_refused(account: Account) -> None:
    """Six sessions this month are too many for a plan that is meant for five."""
    before = account.facts()
    reply = account.admin.put("/bots/bot_heavy/plan", {"plan_id": "essential-chf"})
    options = account.admin.get("/bots/bot_heavy/plan-options")["options"]
    (option,) = [o for o in options if o["plan"]["plan_id"] == "essential-chf"]

    rule = refused(reply, 422, "#/plan_id")
    assert "6 usage sessions" in rule
    assert (option["is_eligible"], option["reason"]) == (False, rule)
    assert account.facts() == before


@pytest.mark.parametrize(
    ("bot_id", "allowed", "reason"),
    [
        ("bot_busy", True, "credits"),
        ("bot_contract", True, "plan"),
        ("bot_other", True, "plan"),
        ("bot_spent", False, "credits_exhausted"),
        ("bot_trial", False, "trial_used_up"),
    ],
)
def test_entitlement_says_why(account: Account, bot_id: str, allowed: bool, reason: str) -> None:
    """Yes or no, with the reason."""
    entitlement = account.admin.get(f"/bots/{bot_id}/entitlement")

    assert (entitlement["bot_id"], entitlement["allowed"], entitlement["reason"]) == (bot_id, allowed, reason)


# ----------------------------------------------------------------------------------------- usage


def test_sessions_totals_and_bots_agree(account: Account) -> None:
    """Records, totals of any length, and the bot itself count the same, as the rule does."""
    admin = account.admin
    for bot_id, used in USED.items():
        records = list(admin.pages(f"/bots/{bot_id}/sessions?{PERIOD}"))
        counted = [sum(r["sessions"] for r in records if r["unit"] == unit) for unit in ("usage", "alert")]
        bot = admin.get(f"/bots/{bot_id}?{PERIOD}")["usage"]
        assert tuple(counted) == used
        assert (bot["usage_sessions"], bot["alert_sessions"]) == used
        assert all(r["sessions"] == len(r["session_starts"]) for r in records)
    for by in ("hour", "day", "month", "range", "hour&time_zone=Asia/Kolkata"):
        rows = [r for r in admin.pages(f"/usage?{DAYS}&by={by}") if r["bot_id"] in USED]
        sums = dict.fromkeys(USED, (0, 0))
        for row in rows:
            usage, alerts = sums[row["bot_id"]]
            sums[row["bot_id"]] = (usage + row["usage_sessions"], alerts + row["alert_sessions"])
        assert sums == USED


def test_hours_are_counted_from_the_accounts_midnight(account: Account) -> None:
    """Sessions belong to the hour in which they start: four at noon, two at one."""
    hour = (NOON - CALENDAR.start_of_day(YESTERDAY)) // timedelta(hours=1)
    rows = list(account.admin.pages(f"/usage?{DAYS}&by=hour&bot_id=bot_busy"))
    between = f"from={rows[0]['starts_at']}&to={rows[0]['ends_at']}&unit=alert"

    assert [(row["start"], row["usage_sessions"], row["alert_sessions"]) for row in rows] == [
        (f"{YESTERDAY}/{hour:02d}", 4, 2),
        (f"{YESTERDAY}/{hour + 1:02d}", 2, 0),
    ]
    assert len(list(account.admin.pages(f"/bots/bot_busy/sessions?{between}"))) == 2


def test_windows_are_billed_as_the_rule_says(account: Account) -> None:
    """Each record has the times of its window, and its sessions start every 15 minutes of bot time."""
    records = list(account.admin.pages(f"/bots/bot_busy/sessions?{PERIOD}"))
    starts = {
        (record["subject"], record["started_at"]): [
            (datetime.fromisoformat(at) - NOON) // MINUTE for at in record["session_starts"]
        ]
        for record in records
        if record["unit"] == "usage"
    }

    assert sorted((subject, minutes) for (subject, _), minutes in starts.items()) == [
        ("agents", []),
        ("long", [0, 15, 30]),
        ("resumed", [60]),
        ("resumed", [76]),
        ("short", [5]),
    ]


def test_csv_has_the_same_rows(account: Account) -> None:
    """For a spreadsheet: what the pages of JSON have."""
    reply = account.admin.send("GET", f"/usage?{DAYS}&by=hour&format=csv")
    rows = list(csv.DictReader(io.StringIO(reply.text)))

    assert (reply.status, reply.headers["Content-Type"].partition(";")[0]) == (200, "text/csv")
    pages = account.admin.pages(f"/usage?{DAYS}&by=hour", limit=2)
    assert rows == [{name: str(value) for name, value in row.items()} for row in pages]


def test_owners_see_the_use_of_their_own_bots(account: Account) -> None:
    """A bot owner's totals leave out what is others'."""
    other = account.user("other", "bot_owner")

    assert {row["bot_id"] for row in other.pages(f"/usage?{DAYS}")} == {"bot_other"}


# --------------------------------------------------------------------------------------- records


def test_ledger_adds_up_to_the_balance(accounts: tuple[Account, Account], operator: User) -> None:
    """Each entry's balance is that before and its amount; the last ones are what the bot shows."""
    for account in accounts:
        shared = chain(list(account.admin.pages("/ledger"))[::-1])
        for bot_id, bot in bots(account.admin).items():
            own = chain(list(account.admin.pages(f"/bots/{bot_id}/ledger", limit=2))[::-1])
            if bot["plan"]["kind"] == "prepaid":
                assert bot["balance"]["remaining"] == chf((own + shared) // 10_000)
            else:
                assert own == 0


def chain(entries: list[dict[str, Any]]) -> int:
    """The balance after entries, the oldest first, each of which continues the one before."""
    balance = 0
    for entry in entries:
        balance += entry["amount_micros"]
        assert entry["balance_micros"] == balance
        assert entry["amount_micros"]
    return balance


def test_free_credits_are_the_accounts(accounts: tuple[Account, Account]) -> None:
    """One bot's plan brings them, each prepaid bot may use them, and whoever did is named."""
    _, gifted = accounts
    shown = {bot_id: bot["balance"] for bot_id, bot in bots(gifted.admin).items()}
    entries = [(e["reason"], e["amount_micros"], e["bot_id"]) for e in gifted.admin.pages("/ledger")]

    assert entries == [("usage", -2_000_000, "bot_welcome"), ("free_credits", 5_000_000, None)]
    assert (shown["bot_welcome"]["status"], shown["bot_welcome"]["free"]) == ("free_credits", chf(300))
    assert (shown["bot_guest"]["free"], shown["bot_guest"]["paid"]) == (chf(300), chf(1_000))
    assert (shown["bot_guest"]["shared"], shown["bot_guest"]["own"]) == (chf(300), chf(1_000))
    assert shown["bot_guest"]["covered_sessions"] == 13


def test_debt_is_paid_first(account: Account, operator: User) -> None:
    """Funds for a bot that owes bring it back, less what it owed."""
    body = {"amount": chf(1_000), "payment_method": "bank_transfer"}
    order = fulfilled(account.admin.post("/bots/bot_spent/funds", body), 201)["order"]
    fulfilled(operator.post(f"/operator/accounts/acct_usage/orders/{order['order_id']}/confirm"))
    bot = account.admin.get("/bots/bot_spent")

    assert (bot["status"], bot["balance"]["remaining"]) == ("active", chf(900))
    assert account.admin.get("/bots/bot_spent/entitlement")["allowed"]
    chain(list(account.admin.pages("/bots/bot_spent/ledger"))[::-1])


def test_audit_trail_is_whole_and_in_order(account: Account, operator: User) -> None:
    """Newest first, page by page, no entry twice; the operator reads the same."""
    entries = list(account.admin.pages("/audit", limit=3))

    assert all(later["at"] >= earlier["at"] for later, earlier in pairwise(entries))
    assert len({entry["entry_id"] for entry in entries}) == len(entries)
    assert list(operator.pages("/operator/accounts/acct_usage/audit")) == entries
    added = {e["bot_id"]: e["after"]["plan"] for e in entries if e["operation"] == "bot.added"}
    assert added == {bot_id: f"{bot['plan']['plan_id']}@1" for bot_id, bot in bots(account.admin).items()}


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/bots?limit=0", "limit"),
        ("/bots?cursor=made-up", "cursor"),
        ("/bots?period=2026-13", "period"),
        ("/bots?nonsense=1", "nonsense"),
        ("/bots?limit=1&limit=2", "limit"),
        ("/audit?cursor=made-up", "cursor"),
        ("/bots/bot_busy/ledger?cursor=made-up", "cursor"),
        ("/bots/bot_busy/sessions?period=May", "period"),
        ("/usage", "from"),
        (f"/usage?from={YESTERDAY}", "to"),
        ("/usage?from=2026-01-01&to=2026-12-31", "to"),
        ("/usage?from=2026-02-30&to=2026-03-01", "from"),
        (f"/usage?{DAYS}&by=week", "by"),
        (f"/usage?{DAYS}&format=xml", "format"),
        (f"/usage?{DAYS}&bot_id=no such", "bot_id"),
        (f"/usage?{DAYS}&time_zone=Mars", "time_zone"),
        (f"/usage?{DAYS}&empty=include", "empty"),
        (f"/bots/bot_busy/sessions?from={YESTERDAY}T00:00:00Z", "to"),
    ],
)
def test_bad_question_is_told_which_parameter_is_wrong(account: Account, path: str, where: str) -> None:
    """400, with the name of the parameter and its rule."""
    assert refused(account.admin.send("GET", path.replace(" ", "%20")), 400, where)
