"""Changes of plan on the deployed stack: up at once, down at the month's end, and two admins at once."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter_local import Stack
from tests.e2e.accounts import CURRENCY, ZONE, Account, at_once, chf, month_begin
from tests.e2e.client import Reply, User, fulfilled, refused

# Monthly fees in minor units, as the plans have them.
FEES = {"standard-chf": 0, "plus-chf": 0, "essential-chf": 2_900, "advanced-chf": 24_900}
ADVANCED, ESSENTIAL = {"plan_id": "advanced-chf"}, {"plan_id": "essential-chf"}


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User) -> Account:
    """An account since the beginning of the month."""
    return Account(stack, "acct_plans", month_begin())


def share(plan_id: str, days: int, of: date) -> Decimal:
    """The fee of a plan for some days of a month, in minor units, rounded half up."""
    whole = Decimal(FEES[plan_id]) * days / monthrange(of.year, of.month)[1]
    return whole.quantize(Decimal(1), ROUND_HALF_UP)


def surcharge(before: str, after: str, at: str) -> int:
    """What a change at a time costs at once: the day of the change belongs to the new plan."""
    day = datetime.fromisoformat(at).astimezone(ZONE).date()
    days_left = monthrange(day.year, day.month)[1] - day.day + 1
    total = share(before, day.day - 1, day) + share(after, days_left, day)
    return int(total - share(before, monthrange(day.year, day.month)[1], day))


def notices(bot: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The notices of a bot by kind."""
    return {notice["kind"]: notice for notice in bot["notices"]}


def trail(account: Account, bot_id: str, operation: str) -> list[dict[str, Any]]:
    """What the audit trail has of a bot, the oldest first."""
    entries = [e for e in account.admin.pages("/audit") if e["bot_id"] == bot_id]
    return [e for e in entries[::-1] if e["operation"] == operation]


@pytest.mark.parametrize("before", ["essential-chf", "standard-chf"])
def test_upgrade_applies_at_once_and_is_charged_to_the_day(
    account: Account, operator: User, before: str
) -> None:
    """An order over exactly the rest of the month's difference, as announced; paid, it has a receipt."""
    bot_id = account.bot(f"bot_up_{before}", before)
    seen = account.admin.send("GET", f"/bots/{bot_id}")
    options = account.admin.get(f"/bots/{bot_id}/plan-options")["options"]
    announced = {option["plan"]["plan_id"]: option["change"] for option in options}
    done = account.admin.put(f"/bots/{bot_id}/plan", ADVANCED, seen.etag)
    bot, order, payment = (fulfilled(done)[name] for name in ("bot", "order", "payment"))

    assert (bot["plan"]["plan_id"], bot["pending_plan"]) == ("advanced-chf", None)
    assert done.etag == account.admin.send("GET", f"/bots/{bot_id}").etag != seen.etag
    assert order["amount"] == chf(surcharge(before, "advanced-chf", order["ordered_at"]))
    assert announced["advanced-chf"]["due_now"] == order["amount"]
    assert (order["kind"], order["status"], order["receipt"]) == ("plan_change", "pending", None)
    assert payment["instructions"]["reference"] == order["order_id"]
    assert notices(bot)["payment_pending"]["details"] == {"order_id": order["order_id"]}

    path = f"/operator/accounts/{account.account_id}/orders/{order['order_id']}/confirm"
    paid = fulfilled(operator.post(path))
    assert (paid["status"], paid["receipt"]["amount"]) == ("paid", order["amount"])
    assert notices(account.admin.get(f"/bots/{bot_id}")) == {}
    (entry,) = [e for e in account.admin.pages("/orders") if e["number"] == order["order_id"]]
    assert (entry["status"], entry["total"], entry["due"]) == ("paid", order["amount"], chf(0))
    (noted,) = trail(account, bot_id, "plan.changed")
    assert (noted["before"], noted["after"]) == ({"plan": f"{before}@1"}, {"plan": "advanced-chf@1"})
    assert (noted["actor_id"], noted["role"]) == (account.admin.user_id, "billing_admin")


def test_downgrade_waits_for_the_end_of_the_month_and_can_be_cancelled(account: Account) -> None:
    """Until then it is a notice; cancelled it is gone, and cancelling again does nothing."""
    bot_id = account.bot("bot_down", "advanced-chf")
    began = account.admin.send("GET", f"/bots/{bot_id}")
    done = account.admin.put(f"/bots/{bot_id}/plan", ESSENTIAL, began.etag)
    changed = fulfilled(done)
    next_month = (month_begin() + timedelta(days=31)).replace(day=1)

    assert (changed["order"], changed["payment"]) == (None, None)
    assert changed["bot"]["plan"]["plan_id"] == "advanced-chf"
    pending = changed["bot"]["pending_plan"]
    at = datetime.fromisoformat(pending["effective_at"]).astimezone(ZONE)
    assert (pending["plan_id"], at.date(), at.hour) == ("essential-chf", next_month, 0)
    scheduled = notices(changed["bot"])["downgrade_scheduled"]
    assert (scheduled["at"], scheduled["details"]["plan_id"]) == (pending["effective_at"], "essential-chf")

    for _ in range(2):
        cancelled = account.admin.delete(f"/bots/{bot_id}/plan/pending")
        assert fulfilled(cancelled)["pending_plan"] is None
        assert notices(cancelled.json) == {}
        assert cancelled.etag == began.etag != done.etag
    assert [e["after"].get("pending") for e in trail(account, bot_id, "plan.changed")] == [
        "essential-chf@1",
        None,
    ]


def test_upgrade_takes_the_place_of_a_scheduled_downgrade(account: Account) -> None:
    """Whoever goes up does not go down any more."""
    bot_id = account.bot("bot_up_after_all", "essential-chf")
    path = f"/bots/{bot_id}/plan"
    assert fulfilled(account.admin.put(path, {"plan_id": "plus-chf"}))["bot"]["pending_plan"] is not None
    bot = fulfilled(account.admin.put(path, ADVANCED))["bot"]

    assert (bot["plan"]["plan_id"], bot["pending_plan"]) == ("advanced-chf", None)


def test_present_plan_changes_nothing(account: Account) -> None:
    """To choose what one has makes no order and no entry."""
    bot_id = account.bot("bot_same", "essential-chf")
    before = account.facts()
    done = account.admin.put(f"/bots/{bot_id}/plan", ESSENTIAL)

    assert fulfilled(done)["order"] is None
    assert account.facts() == before


@pytest.mark.parametrize(
    ("plan_id", "rule"),
    [
        ("trial-chf", "a trial is only at the beginning"),
        ("enterprise-chf", "by contract"),
        ("elsewhere-usd", f"must be a plan in {CURRENCY}"),
        ("nothing-chf", "there is no plan nothing-chf"),
    ],
)
def test_plan_that_cannot_be_is_refused(account: Account, plan_id: str, rule: str) -> None:
    """The field and the rule are named, and nothing has changed."""
    if "bot_refused" not in {bot["bot_id"] for bot in account.admin.pages("/bots")}:
        account.bot("bot_refused", "essential-chf")
    before = account.facts()
    reply = account.admin.put("/bots/bot_refused/plan", {"plan_id": plan_id})

    assert rule in refused(reply, 422, "#/plan_id")
    assert account.facts() == before


def test_operator_puts_a_bot_into_a_contract(account: Account, operator: User) -> None:
    """At once, until a day and without an order; only the operator takes it out again."""
    bot_id = account.bot("bot_contracted", "essential-chf")
    path = f"/operator/accounts/{account.account_id}/bots/{bot_id}/plan"
    ends_at = to_rfc3339(to_ms(datetime.now(UTC) + timedelta(days=365)))
    contract = {"plan_id": "enterprise-chf", "version": 1, "ends_at": ends_at}
    bot = fulfilled(operator.put(path, contract))

    seen = account.admin.get(f"/bots/{bot_id}")
    assert {**bot, "operations": seen["operations"]} == seen
    assert (bot["plan"]["plan_id"], bot["plan"]["ends_at"]) == ("enterprise-chf", ends_at)
    assert set(notices(bot)) <= {"plan_expires"}
    (noted,) = trail(account, bot_id, "plan.set")
    assert (noted["actor_id"], noted["role"]) == (operator.user_id, "operator")
    assert (noted["before"]["plan"], noted["after"]["plan"]) == ("essential-chf@1", "enterprise-chf@1")
    before = account.facts()
    refused(account.admin.put(f"/bots/{bot_id}/plan", ADVANCED), 422, "#/plan_id")
    refused(operator.put(path, {**contract, "ends_at": "2026-01-01T00:00:00.000Z"}), 422, "#/ends_at")
    refused(operator.put(path, {"plan_id": "elsewhere-usd", "version": 1}), 422, "#/plan_id")
    refused(operator.put(path, {"plan_id": "advanced-chf", "version": 9}), 422, "#/plan_id")
    assert account.facts() == before
    assert fulfilled(operator.put(path, {**ADVANCED, "version": 1}))["plan"]["ends_at"] is None


def test_only_the_present_copy_can_be_changed(account: Account) -> None:
    """An entity tag of before is 412, one that proves nothing too, one that is none 400; a star is any."""
    bot_id = account.bot("bot_tagged", "essential-chf")
    path, old = f"/bots/{bot_id}/plan", account.admin.send("GET", "/bots/bot_tagged").etag
    new = account.admin.put(path, {"plan_id": "plus-chf"}).etag
    before = account.facts()

    refused(account.admin.put(path, ADVANCED, old), 412)
    refused(account.admin.put(f"/bots/{bot_id}/owner", {"owner_id": account.admin.user_id}, old), 412)
    refused(account.admin.put(path, ADVANCED, f"W/{new}"), 412)
    refused(account.admin.put(path, ADVANCED, "new"), 400, "If-Match")
    assert account.facts() == before
    fulfilled(account.admin.put(path, ADVANCED, "*"))


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("other", ["plan", "owner"])
def test_one_of_two_admins_with_the_same_copy_wins(account: Account, other: str, turn: int) -> None:
    """Both have read the bot and change it at once: one does, the other is told that it is outdated."""
    bot_id = account.bot(f"bot_raced_{other}_{turn}", "standard-chf")
    first, second = account.admin, account.user("second", "billing_admin")
    tag = first.send("GET", f"/bots/{bot_id}").etag
    body = ESSENTIAL if other == "plan" else {"owner_id": second.user_id}
    replies = at_once(
        lambda: first.put(f"/bots/{bot_id}/plan", ADVANCED, tag),
        lambda: second.put(f"/bots/{bot_id}/{other}", body, tag),
    )

    assert sorted(reply.status for reply in replies) == [200, 412]
    refused(next(reply for reply in replies if reply.status == 412), 412)
    entries = [e for e in account.admin.pages("/audit") if e["bot_id"] == bot_id]
    winner = first if replies[0].status == 200 else second
    assert {e["actor_id"] for e in entries if e["operation"].endswith(".changed")} == {winner.user_id}
    (won,) = (reply for reply in replies if reply.status == 200)
    assert first.send("GET", f"/bots/{bot_id}").etag == won.etag


@pytest.mark.parametrize("turn", range(3))
def test_race_without_entity_tags_leaves_things_whole(account: Account, turn: int) -> None:
    """Whoever came through, in whatever order: plan, orders and audit trail tell the same story."""
    bot_id = account.bot(f"bot_free_race_{turn}", "standard-chf")
    path, bodies = f"/bots/{bot_id}/plan", (ESSENTIAL, ADVANCED)
    first, second = account.admin, account.user("second", "billing_admin")
    replies = at_once(lambda: first.put(path, ESSENTIAL), lambda: second.put(path, ADVANCED))

    done = {body["plan_id"] for body, reply in zip(bodies, replies, strict=True) if succeeded(reply)}
    assert done
    entries = trail(account, bot_id, "plan.changed")
    assert len(entries) == len(done)
    assert [e["before"] for e in entries[1:]] == [e["after"] for e in entries[:-1]]
    bot = account.admin.get(f"/bots/{bot_id}")
    dearest = max(done, key=lambda plan_id: FEES[plan_id])
    assert entries[-1]["after"]["plan"] == f"{bot['plan']['plan_id']}@1" == f"{dearest}@1"
    orders = [e for e in account.admin.pages("/orders") if e["type"] == "order" and e["bot_id"] == bot_id]
    due = surcharge("standard-chf", dearest, entries[0]["at"])
    assert sum(order["due"]["amount"] for order in orders) == due


def succeeded(reply: Reply) -> bool:
    """Whether a reply is a success; what is none says that somebody else was first."""
    if reply.status != 200:
        refused(reply, 409)
    return reply.status == 200
