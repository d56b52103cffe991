"""What an admin or an owner does to a bot: change its plan, add funds, ask for more time."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, Reply, path
from api.console.fields import Field, Option, choice_field, money_field, number_field, text_field
from api.console.offers import require
from api.console.page import page
from api.console.pages.manage import current_plan
from api.console.plan_words import UNPAID_FEE, left_behind, monthly, monthly_of_option, upgrade_cost
from api.console.visit import Visit
from api.console.words import PAYMENT_METHOD, prices

routes = Blueprint(__name__)

_MAX_DAYS = 90
# What is typed travels in addresses: those of API Gateway end at 10 KB.
_MAX_REASON = 400


@page(routes, "GET", "bots/{bot_id}/plan")
def show_plan(visit: Visit, bot_id: str) -> Response:
    """The form for another plan."""
    return change_plan(visit, bot_id)


@page(routes, "POST", "bots/{bot_id}/plan")
def change_plan(visit: Visit, bot_id: str) -> Response:
    """Change the plan."""
    seen = visit.api.seen(path("bots", bot_id))
    require(visit, seen.body["operations"]["change_plan"], f"bots/{bot_id}")
    found = visit.api.get(path("bots", bot_id, "plan-options"))["options"]
    open_now = {o["plan"]["plan_id"]: o for o in found if o["change"] and not o["is_current"]}

    def review(values: dict[str, Any]) -> Review:
        option = open_now.get(values["plan_id"])
        if option is None:
            raise ApiRefused(HTTPStatus.CONFLICT, {"detail": "This plan is not open to the bot any more."})
        return _plan_review(visit, seen, option, values["payment_method"])

    def do(deed: Deed) -> Response:
        changed = visit.api.send(
            "PUT", path("bots", bot_id, "plan"), deed.values, key=deed.key, if_match=deed.seen
        )
        if changed["order"]:
            return visit.go("orders/{}", changed["order"]["order_id"], done="plan-ordered")
        done = "plan-scheduled" if changed["bot"]["pending_plan"] else "plan"
        return visit.go("bots/{}", bot_id, done=done)

    # What is sent twice may be done by now: of that the API knows more than the options.
    offered = found if visit.request.method == "POST" else list(open_now.values())
    fields = [_plan_field(visit, offered), _method_field(visit)]
    title = f"Change the plan of {seen.body['name']}"
    return perform(visit, Action(title, "Change the plan", f"bots/{bot_id}", review, do, fields))


@page(routes, "GET", "bots/{bot_id}/plan/keep")
def show_keep_plan(visit: Visit, bot_id: str) -> Response:
    """Ask whether to cancel the change that is scheduled."""
    return keep_plan(visit, bot_id)


@page(routes, "POST", "bots/{bot_id}/plan/keep")
def keep_plan(visit: Visit, bot_id: str) -> Response:
    """Cancel the change that is scheduled."""
    seen = visit.api.seen(path("bots", bot_id))
    require(visit, seen.body["operations"]["cancel_plan_change"], f"bots/{bot_id}")

    def review(_: dict[str, Any]) -> Review:
        pending = seen.body["pending_plan"]
        if pending is None:
            raise ApiRefused(HTTPStatus.CONFLICT, {"detail": "No change of plan is scheduled."})
        facts = [
            ("Bot", seen.body["name"]),
            ("It stays on", seen.body["plan"]["name"]),
            ("Instead of", pending["name"]),
        ]
        cost = f"It costs nothing. {monthly(seen.body['plan'], visit.formats)}, as before."
        return Review(facts, cost, seen.etag)

    def do(deed: Deed) -> Response:
        visit.api.send("DELETE", path("bots", bot_id, "plan", "pending"), key=deed.key, if_match=deed.seen)
        return visit.go("bots/{}", bot_id, done="plan-kept")

    title = f"Keep {seen.body['plan']['name']} for {seen.body['name']}"
    return perform(visit, Action(title, "Keep the plan", f"bots/{bot_id}", review, do))


@page(routes, "GET", "bots/{bot_id}/funds")
def show_funds(visit: Visit, bot_id: str) -> Response:
    """The form for an amount."""
    return add_funds(visit, bot_id)


@page(routes, "POST", "bots/{bot_id}/funds")
def add_funds(visit: Visit, bot_id: str) -> Response:
    """Order funds."""
    bot = visit.api.get(path("bots", bot_id))
    require(visit, bot["operations"]["add_funds"], f"bots/{bot_id}")
    plan = current_plan(visit.api.get(path("bots", bot_id, "plan-options")))

    def review(values: dict[str, Any]) -> Review:
        return _funds_review(visit, bot, values)

    def do(deed: Deed) -> Response:
        placed = visit.api.send("POST", path("bots", bot_id, "funds"), deed.values, key=deed.key)
        return visit.go("orders/{}", placed["order"]["order_id"], done="funds-ordered")

    limits = (plan["funds_min_minor"], plan["funds_max_minor"]) if plan else None
    fields = [money_field("amount", "Amount", visit.currency, visit.formats, limits), _method_field(visit)]
    title = f"Add funds to {bot['name']}"
    return perform(visit, Action(title, "Order the funds", f"bots/{bot_id}", review, do, fields))


@page(routes, "GET", "bots/{bot_id}/extension")
def show_extension(visit: Visit, bot_id: str) -> Response:
    """The form for more time."""
    return request_extension(visit, bot_id)


@page(routes, "POST", "bots/{bot_id}/extension")
def request_extension(visit: Visit, bot_id: str) -> Response:
    """Ask for more time."""
    bot = visit.api.get(path("bots", bot_id))
    require(visit, bot["operations"]["request_extension"], f"bots/{bot_id}")
    ends_at = bot["plan"]["ends_at"]

    def review(values: dict[str, Any]) -> Review:
        facts = [
            ("Bot", bot["name"]),
            ("Plan", bot["plan"]["name"]),
            ("Ends", visit.formats.date_of(ends_at) if ends_at else "when free credits expire"),
            ("More days", str(values["days"])),
            ("Reason", values["reason"]),
        ]
        return Review(facts, "It costs nothing. The operator decides, and may grant other days.")

    def do(deed: Deed) -> Response:
        visit.api.send("POST", path("bots", bot_id, "extension-requests"), deed.values, key=deed.key)
        return visit.go("bots/{}", bot_id, done="extension")

    fields = [
        number_field("days", "More days", 1, _MAX_DAYS),
        text_field("reason", "Reason", _MAX_REASON, kind="area", hint="The operator reads it."),
    ]
    title = f"Request an extension for {bot['name']}"
    return perform(visit, Action(title, "Send the request", f"bots/{bot_id}", review, do, fields))


def _plan_review(visit: Visit, seen: Reply, option: Mapping[str, Any], payment_method: str) -> Review:
    """What a change to a plan would do."""
    bot, change, plan, f = seen.body, option["change"], option["plan"], visit.formats
    facts = [
        ("Bot", bot["name"]),
        ("Plan until now", bot["plan"]["name"]),
        ("New plan", plan["name"]),
        ("From", f.instant(change["effective_at"]) if change["is_scheduled"] else "At once"),
        ("Its price, without tax", prices(plan, f)),
        *left_behind(bot, plan, f),
    ]
    cost = "It costs nothing now."
    if change["due_now"]["amount"]:
        facts += [("Paid by", PAYMENT_METHOD[payment_method]), ("If it is not paid", UNPAID_FEE)]
        cost = upgrade_cost(change, f)
    return Review(facts, f"{cost} Then {monthly_of_option(plan, f)}.", seen.etag)


def _funds_review(visit: Visit, bot: Mapping[str, Any], values: Mapping[str, Any]) -> Review:
    """What an order of funds would do."""
    f, left, method = visit.formats, bot["balance"]["remaining"], values["payment_method"]
    amount = f.money(values["amount"])
    facts = [
        ("Bot", bot["name"]),
        ("Funds", amount),
        ("Balance now", f.money(left) if left else "none"),
        ("Paid by", PAYMENT_METHOD[method]),
        ("They count", "as soon as the card is charged" if method == "card" else "when the transfer arrives"),
    ]
    cost = f"It costs {amount}. That is without tax: sessions are taxed when they are billed."
    return Review(facts, cost)


def _option(visit: Visit, option: Mapping[str, Any]) -> Option:
    """A plan in the list of those that can be chosen."""
    plan, cost = option["plan"], option["monthly_cost"]
    name = f"{plan['name']} (suggested)" if option["is_suggested"] else plan["name"]
    more = prices(plan, visit.formats)
    if cost:
        more += f". At your use of the last months: {visit.formats.money(cost)} a month"
    return plan["plan_id"], name, f"{more}."


def _plan_field(visit: Visit, offered: Sequence[Mapping[str, Any]]) -> Field:
    """The plans to choose from; raises `ApiRefused` if there are none."""
    if not offered:
        raise ApiRefused(HTTPStatus.CONFLICT, {"detail": "No other plan is open to this bot now."})
    return choice_field("plan_id", "New plan", [_option(visit, option) for option in offered])


def _method_field(visit: Visit) -> Field:
    """How to pay."""
    methods = visit.account["payment_methods"] if visit.account else ()
    options: Sequence[Option] = [(method, PAYMENT_METHOD[method], "") for method in methods]
    return choice_field("payment_method", "Payment", options, value=next(iter(methods), ""))
