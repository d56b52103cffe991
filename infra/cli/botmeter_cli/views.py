"""What the operator sees: domain objects as JSON, and the columns in which people read them.

Names and money are the API's.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.balances import Entitlement
from botmeter.domain.errors import NotFound
from botmeter.domain.money import format_price, round_to_minor
from botmeter.domain.notices import Notice
from botmeter.domain.orders import Order
from botmeter.domain.parties import Seller
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.services.show_bots import BotView
from botmeter_cli.output import Columns
from botmeter_cli.report import balance_text, money_text

Item = dict[str, Any]


def money(amount_minor: int, currency: str) -> Item:
    """An amount."""
    return {"amount": amount_minor, "currency": currency}


def time(instant: datetime | None) -> str | None:
    """A time, if there is one."""
    return to_rfc3339(to_ms(instant)) if instant else None


def time_text(shown: str | None) -> str:
    """A time of `time` for people: UTC, to the minute."""
    return f"{shown[:16].replace('T', ' ')}Z" if shown else ""


# ------------------------------------------------------------------------------------------ plans


def plan(version: PlanVersion) -> Item:
    """A plan version, as a catalogue file has it."""
    return asdict(version)


def _price(name: str) -> Callable[[Item], str]:
    """What shows a price of a plan; nothing where there is none."""
    return lambda plan: format_price(plan[name], plan["currency"]) if plan[name] else ""


PLAN_COLUMNS: Final[Columns] = {
    "Plan": lambda plan: f"{plan['plan_id']}@{plan['version']}",
    "Name": lambda plan: plan["name"],
    "Kind": lambda plan: plan["kind"],
    "In": lambda plan: plan["currency"],
    "Fee a\nmonth": _price("monthly_fee_micros"),
    "Usage\nsession": _price("usage_price_micros"),
    "Alert\nsession": _price("alert_price_micros"),
    "Included": lambda plan: _pair(plan["included_usage_sessions"], plan["included_alert_sessions"]),
    "For up to": lambda plan: f"{plan['usage_limit_sessions']:,}" if plan["usage_limit_sessions"] else "",
}


def _pair(usage: int, alerts: int) -> str:
    """Sessions of both units; nothing if there are none."""
    return f"{usage:,}, {alerts:,}" if usage or alerts else ""


# ------------------------------------------------------------------------------- accounts and bots


def account(of: Account, now: datetime) -> Item:
    """An account, as it is `now`, in the members of an account file."""
    return {
        "account_id": of.account_id,
        **asdict(of.customer),
        "seller": of.seller,
        "roles": {name: sorted(allowed) for name, allowed in of.roles.items()},
        "currency": of.currency,
        "time_zone": of.calendar.zone_at(now).key,
        "moves": [{"first_day": day.isoformat(), "time_zone": time_zone} for day, time_zone in of.moves],
        "billing_day": of.anchor_day,
        "invoice_grace_hours": of.invoice_grace_hours,
        "first_period": of.first_period.label,
    }


ACCOUNT_COLUMNS: Final[Columns] = {
    "Account": lambda account: account["account_id"],
    "Name": lambda account: account["name"],
    "Country": lambda account: account["address"]["country"],
    "VAT number": lambda account: account["vat_id"],
    "Billed by": lambda account: account["seller"],
    "In": lambda account: account["currency"],
    "Time zone": lambda account: "\n".join((account["time_zone"], *_move_texts(account))),
    "Billed from": lambda account: account["first_period"],
    "On day": lambda account: str(account["billing_day"]),
}


def _move_texts(account: Item) -> list[str]:
    """Where the account is to move, and from which day on; nothing if it is there."""
    return [
        f"{move['time_zone']} from {move['first_day']}"
        for move in account["moves"][-1:]
        if move["time_zone"] != account["time_zone"]
    ]


def bot(view: BotView) -> Item:
    """A bot as it stands. Only a prepaid bot has money left."""
    funds, its_plan = view.funds, view.funds.phase.plan
    entitlement = Entitlement(funds.instant, funds.reason)
    left = None
    if its_plan.kind is PlanKind.PREPAID:
        left = money(round_to_minor(funds.spendable_micros, its_plan.currency), its_plan.currency)
    return {
        "bot_id": view.bot.bot_id,
        "name": view.bot.name,
        "owner_id": view.bot.owner_id,
        "plan": {
            "plan_id": its_plan.plan_id,
            "version": its_plan.version,
            "name": its_plan.name,
            "kind": its_plan.kind,
        },
        "balance": {"status": funds.status, "remaining": left, "covered_sessions": funds.covered_sessions},
        "entitlement": {"allowed": entitlement.allowed, "reason": entitlement.reason},
        "notices": [_notice(notice) for notice in view.notices],
    }


def _notice(notice: Notice) -> Item:
    return {"kind": notice.kind, "at": time(notice.at), "details": dict(notice.details)}


def _notice_text(notice: Item) -> str:
    """`plan expires 2026-11-01`; of a payment, its order."""
    words = (
        notice["kind"].replace("_", " "),
        (notice["at"] or "")[:10],
        notice["details"].get("order_id", ""),
    )
    return " ".join(word for word in words if word)


BOT_COLUMNS: Final[Columns] = {
    "Bot": lambda bot: bot["bot_id"],
    "Plan": lambda bot: f"{bot['plan']['plan_id']}@{bot['plan']['version']}",
    "Owner": lambda bot: bot["owner_id"],
    "Balance": lambda bot: balance_text(bot["balance"]).replace("_", " "),
    "Answers": lambda bot: "yes" if bot["entitlement"]["allowed"] else "no",
    "Notices": lambda bot: "\n".join(map(_notice_text, bot["notices"])),
}


# ---------------------------------------------------------------------------------------- sellers


def seller(of: Seller) -> Item:
    """A seller, as a sellers file has it."""
    return asdict(of)


SELLER_COLUMNS: Final[Columns] = {
    "Seller": lambda seller: seller["code"],
    "Name": lambda seller: seller["name"],
    "Country": lambda seller: seller["address"]["country"],
    "VAT number": lambda seller: seller["vat_id"],
    "Numbers": lambda seller: f"{seller['invoice_prefix']}, {seller['credit_note_prefix']}",
}


# ----------------------------------------------------------------------------- orders, extensions


def order(of: Order) -> Item:
    """An order, and how its payment stands."""
    return {
        "order_id": of.order_id,
        "account_id": of.account_id,
        "bot_id": of.bot_id,
        "kind": of.kind,
        "total": money(of.amount_minor, of.currency),
        "payment_method": of.payment_method,
        "reference": of.reference,
        "status": of.status,
        "failure": of.failure,
        "ordered_at": time(of.ordered_at),
        "ordered_by": of.ordered_by,
        "settled_at": time(of.settled_at),
    }


ORDER_COLUMNS: Final[Columns] = {
    "Order": lambda order: order["order_id"],
    "Bot": lambda order: order["bot_id"],
    "For": lambda order: order["kind"].replace("_", " "),
    "Total": lambda order: money_text(order["total"]),
    "Paid by": lambda order: order["payment_method"].replace("_", " "),
    "Ordered": lambda order: time_text(order["ordered_at"]),
    "Status": lambda order: ": ".join(word for word in (order["status"], order["failure"]) if word),
}


def extension(of: Bot, now: datetime) -> Item:
    """The latest extension request of a bot, and when its plan ends."""
    request, phase = of.extension, of.subscription.at(now)
    if request is None:
        raise NotFound(f"{of.bot_id} has no extension request")
    return {
        "request_id": request.request_id,
        "account_id": request.account_id,
        "bot_id": request.bot_id,
        "plan": phase.plan.ref,
        "plan_ends_at": time(phase.ends_at),
        "requested_days": request.requested_days,
        "reason": request.reason,
        "requested_by": request.requested_by,
        "requested_at": time(request.requested_at),
        "status": request.status,
        "days": request.days,
        "answer": request.answer,
    }


def _decision_text(request: Item) -> str:
    """`approved, 14 days: welcome`."""
    decision = f"{request['status']}, {request['days']} days" if request["days"] else request["status"]
    return ": ".join(words for words in (decision, request["answer"]) if words)


EXTENSION_COLUMNS: Final[Columns] = {
    "Account": lambda request: request["account_id"],
    "Bot": lambda request: request["bot_id"],
    "Request": lambda request: request["request_id"],
    "Plan": lambda request: request["plan"],
    "Ends": lambda request: (request["plan_ends_at"] or "")[:10],
    "Asks for": lambda request: f"{request['requested_days']} days: {request['reason']}",
    "Status": _decision_text,
}


# ---------------------------------------------------------------------------------------- audit


def audit_entry(entry: AuditEntry) -> Item:
    """Who did what, and what it changed."""
    return {
        "at": time(entry.at),
        "actor": {"id": entry.actor.actor_id, "role": entry.actor.role},
        "operation": entry.operation,
        "bot_id": entry.bot_id,
        "before": dict(entry.before),
        "after": dict(entry.after),
    }


AUDIT_COLUMNS: Final[Columns] = {
    "When": lambda entry: time_text(entry["at"]),
    "Who": lambda entry: f"{entry['actor']['id']} ({entry['actor']['role']})",
    "What": lambda entry: entry["operation"],
    "Bot": lambda entry: entry["bot_id"],
    "Before": lambda entry: _facts_text(entry["before"]),
    "After": lambda entry: _facts_text(entry["after"]),
}


def _facts_text(facts: Mapping[str, str]) -> str:
    """A line for each fact."""
    return "\n".join(f"{name} {value}" for name, value in facts.items())
