"""Changes of plan and funds in the console: what they cost is said before they are done."""

from typing import Any

import pytest
from chalice.app import Response

from api.console.pages.changes import add_funds, change_plan, keep_plan
from tests.fakes import actions
from tests.fakes.actions import admin_visit
from tests.fakes.console import FakeApi

POSSIBLE = {"is_possible": True, "is_permitted": True, "reason": None}
OPERATIONS = dict.fromkeys(("change_plan", "cancel_plan_change", "add_funds"), POSSIBLE)
AT = "2026-10-31T23:00:00.000Z"
ACCOUNT = {**actions.ACCOUNT, "payment_methods": ["bank_transfer"]}


def euros(amount: float) -> dict[str, Any]:
    return {"amount": round(amount * 100), "currency": "EUR"}


def plan(name: str, kind: str, fee: int = 0) -> dict[str, Any]:
    """A version of a plan as it is offered."""
    prices = {"usage_price_micros": 200_000, "alert_price_micros": 0, "monthly_fee_micros": fee * 1_000_000}
    included = {"included_usage_sessions": 0, "included_alert_sessions": 0}
    limits = {"funds_min_minor": 10_000, "funds_max_minor": 20_000}
    return {
        "plan_id": name.lower(),
        "name": name,
        "kind": kind,
        "currency": "EUR",
        **prices,
        **included,
        **limits,
    }


def option(offered: dict[str, Any], *, is_current: bool = False, **change: Any) -> dict[str, Any]:
    """The same with what choosing it would do: at once and for nothing, unless told otherwise."""
    usual = {"effective_at": AT, "is_scheduled": False, "due_now": euros(0), "tax": euros(0)}
    shown = {"monthly_cost": None, "is_suggested": False, "is_current": is_current}
    return {"plan": offered, "change": {**usual, **change}, **shown}


STANDARD, ESSENTIAL = plan("Standard", "prepaid"), plan("Essential", "subscription", 29)


def bot(kind: str, fee: int = 0, own: int = 0, **changed: Any) -> dict[str, Any]:
    """A bot on a plan of that kind."""
    present = {"name": kind.title(), "kind": kind, "monthly_fee": euros(fee), "ends_at": None}
    money = euros(own) if kind == "prepaid" else None
    balance = {"remaining": money, "own": money}
    shown = {"name": "Desk", "plan": present, "pending_plan": None, "balance": balance}
    return {**shown, "operations": OPERATIONS, **changed}


def api_of(shown: dict[str, Any], *options: dict[str, Any]) -> FakeApi:
    """The API with one bot and its options."""
    return FakeApi(
        {
            "GET /account": lambda: (200, ACCOUNT),
            "GET /bots/bot_a": lambda: (200, shown),
            "GET /bots/bot_a/plan-options": lambda: (200, {"options": options}),
        }
    )


def reviewed(shown: dict[str, Any], chosen: dict[str, Any]) -> str:
    """The review of a change of plan."""
    query = {"plan_id": chosen["plan"]["plan_id"], "payment_method": "bank_transfer", "review": "1"}
    page = change_plan(admin_visit(api_of(shown, chosen), "bots/bot_a/plan", query=query), "bot_a")
    body: str = page.body
    return body


# ---------------------------------------------------------------------------------------- plans


def test_upgrade_costs_its_fee_and_the_tax_on_it() -> None:
    """Net, tax, both, and what each month costs then; the plan does not wait for the payment."""
    page = reviewed(bot("trial"), option(ESSENTIAL, due_now=euros(7.73), tax=euros(1.47)))

    assert (
        "It costs €7.73 now, for the rest of the month. The next invoice adds €1.47 tax: €9.20 in all."
        " Then Essential costs €29.00 a month, and tax."
    ) in page
    assert "<dt>From</dt><dd>At once</dd>" in page
    assert (
        "<dt>If it is not paid</dt><dd>the plan stays, and the fee comes with the next invoice</dd>" in page
    )


def test_tax_that_nobody_knows_is_not_left_out() -> None:
    """The invoice may have some."""
    page = reviewed(bot("trial"), option(ESSENTIAL, due_now=euros(7.73), tax=None))

    assert (
        "It costs €7.73 now, for the rest of the month. The next invoice adds tax, if there is any." in page
    )


def test_change_from_a_trial_is_at_once() -> None:
    """Though nothing is to be paid for it."""
    page = reviewed(bot("trial"), option(STANDARD))

    assert "It costs nothing now. Then Standard has no monthly fee." in page
    assert "<dt>From</dt><dd>At once</dd>" in page
    assert "If it is not paid" not in page


def test_change_that_is_scheduled_says_from_when() -> None:
    """In the account's time zone, and what it costs from then on."""
    page = reviewed(bot("subscription", 199), option(ESSENTIAL, is_scheduled=True))

    assert "<dt>From</dt><dd>1 Nov 2026, 00:00</dd>" in page
    assert "It costs nothing now. Then Essential costs €29.00 a month, and tax." in page


@pytest.mark.parametrize(
    ("shown", "chosen", "is_told"),
    [
        (bot("prepaid", own=140), ESSENTIAL, True),
        (bot("prepaid"), ESSENTIAL, False),
        (bot("prepaid", own=140), plan("Bulk", "prepaid"), False),
        (bot("trial"), ESSENTIAL, False),
    ],
)
def test_balance_that_is_left_behind_is_told(
    shown: dict[str, Any], chosen: dict[str, Any], is_told: bool
) -> None:
    """It stays credit, of use on a prepaid plan alone."""
    kept = "€140.00 stay its credit, but pay for no sessions until it is on a prepaid plan again"

    assert (f"<dt>Its balance</dt><dd>{kept}</dd>" in reviewed(shown, option(chosen))) == is_told


@pytest.mark.parametrize(
    ("kind", "fee", "says"),
    [
        ("subscription", 199, "It costs nothing. Subscription costs €199.00 a month, and tax, as before."),
        ("prepaid", 0, "It costs nothing. Prepaid has no monthly fee, as before."),
    ],
)
def test_plan_that_is_kept_says_what_it_costs(kind: str, fee: int, says: str) -> None:
    """The version that the bot is on, which may be offered no more."""
    pending = {"plan_id": "essential", "name": "Essential", "effective_at": AT}
    api = api_of(bot(kind, fee, pending_plan=pending))

    assert says in keep_plan(admin_visit(api, "bots/bot_a/plan/keep"), "bot_a").body


def ordered(api: FakeApi, at: str, form: dict[str, str]) -> Response:
    """What comes of the button."""
    page = change_plan if at.endswith("plan") else add_funds
    return page(admin_visit(api, at, {**form, "payment_method": "bank_transfer", "key": "k"}), "bot_a")


def test_upgrade_leads_to_its_order() -> None:
    """The plan has been changed, and does not count as late as the payment."""
    api = api_of(bot("trial"), option(ESSENTIAL, due_now=euros(7.73)))
    done = {"bot": bot("subscription"), "order": {"order_id": "ord-1"}}
    api.answers["PUT /bots/bot_a/plan"] = lambda: (200, done)
    page = ordered(api, "bots/bot_a/plan", {"plan_id": "essential"})

    assert page.headers["Location"] == "../../orders/ord-1?done=plan-ordered"


# ---------------------------------------------------------------------------------------- funds


def test_funds_are_a_deposit_without_tax() -> None:
    """Their sessions are taxed by the invoices."""
    api = api_of(bot("prepaid", own=5), option(STANDARD, is_current=True))
    query = {"amount": "150.00", "payment_method": "bank_transfer", "review": "1"}
    page = add_funds(admin_visit(api, "bots/bot_a/funds", query=query), "bot_a").body

    assert "It costs €150.00. That is without tax: sessions are taxed when they are billed." in page
    assert "<dt>Balance now</dt><dd>€5.00</dd>" in page


def test_funds_that_are_ordered_count_when_they_are_paid() -> None:
    """The next page says so, and how to pay."""
    api = api_of(bot("prepaid"), option(STANDARD, is_current=True))
    api.answers["POST /bots/bot_a/funds"] = lambda: (201, {"order": {"order_id": "ord-1"}})
    page = ordered(api, "bots/bot_a/funds", {"amount": "150.00"})

    assert page.headers["Location"] == "../../orders/ord-1?done=funds-ordered"
