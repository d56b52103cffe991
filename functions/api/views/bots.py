"""Plan & Usage."""

from collections.abc import Mapping

from api.schemas.bots import (
    Bot,
    BotBalance,
    BotOperations,
    BotPlan,
    BotUsage,
    Entitlement,
    ManagedBot,
    Notice,
    PendingPlan,
)
from api.schemas.common import Money
from api.schemas.funds import AutoReload
from api.views.common import instant, maybe_instant, money, possibility
from api.views.extensions import extension_request
from botmeter.domain import accounts, balances, notices
from botmeter.domain.balances import Funds
from botmeter.domain.money import round_to_minor
from botmeter.domain.operations import Operation, Possibility
from botmeter.domain.plan_options import MonthlyUse
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.subscriptions import Phase
from botmeter.services.show_bots import BotView


def bot(view: BotView) -> Bot:
    """A bot on Plan & Usage."""
    shown, funds = view.bot, view.funds
    return {
        "bot_id": shown.bot_id,
        "name": shown.name,
        "owner_id": shown.owner_id,
        "plan": _plan(funds.phase),
        "pending_plan": _pending(shown.subscription.pending(funds.instant)),
        "status": view.status,
        "balance": _balance(funds),
        "usage": usage(view.used),
        "auto_reload": _auto_reload(shown.auto_reload, funds.phase.plan.currency),
        "extension": extension_request(shown.extension) if shown.extension else None,
        "notices": [_notice(notice) for notice in view.notices],
    }


def managed_bot(view: BotView, possible: Mapping[Operation, Possibility]) -> ManagedBot:
    """A bot, and what the caller can do to it."""
    operations: BotOperations = {
        "change_plan": possibility(possible[Operation.CHANGE_PLAN]),
        "cancel_plan_change": possibility(possible[Operation.CANCEL_PLAN_CHANGE]),
        "add_funds": possibility(possible[Operation.ADD_FUNDS]),
        "set_auto_reload": possibility(possible[Operation.SET_AUTO_RELOAD]),
        "end_auto_reload": possibility(possible[Operation.END_AUTO_RELOAD]),
        "request_extension": possibility(possible[Operation.REQUEST_EXTENSION]),
        "change_owner": possibility(possible[Operation.CHANGE_OWNER]),
    }
    return {**bot(view), "operations": operations}


def usage(used: MonthlyUse) -> BotUsage:
    """Use of a month."""
    return {
        "period": used.period.label,
        "usage_sessions": used.usage_sessions,
        "alert_sessions": used.alert_sessions,
    }


def entitlement(bot_id: str, found: balances.Entitlement) -> Entitlement:
    """Whether a bot may answer."""
    return {
        "bot_id": bot_id,
        "allowed": found.allowed,
        "reason": found.reason,
        "since": instant(found.since),
    }


def _plan(phase: Phase) -> BotPlan:
    plan = phase.plan
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "name": plan.name,
        "kind": plan.kind,
        "ends_at": maybe_instant(phase.ends_at),
        "monthly_fee": _monthly_fee(plan),
    }


def _monthly_fee(plan: PlanVersion) -> Money | None:
    """What a plan costs a month; what a contract costs is not shown."""
    if plan.kind is PlanKind.ENTERPRISE:
        return None
    return money(round_to_minor(plan.monthly_fee_micros, plan.currency), plan.currency)


def _pending(phase: Phase | None) -> PendingPlan | None:
    if phase is None:
        return None
    return {
        "plan_id": phase.plan.plan_id,
        "version": phase.plan.version,
        "name": phase.plan.name,
        "effective_at": instant(phase.starts_at),
    }


def _balance(funds: Funds) -> BotBalance:
    """A prepaid bot has money. What another one has left of it waits until it is prepaid again."""
    balance: BotBalance = {
        "status": funds.status,
        "remaining": None,
        "own": None,
        "shared": None,
        "paid": None,
        "free": None,
        "covered_sessions": funds.covered_sessions,
    }
    plan = funds.phase.plan
    if plan.kind is PlanKind.PREPAID:
        currency = plan.currency
        remaining = round_to_minor(funds.spendable_micros, currency)
        shared = round_to_minor(funds.shared_micros, currency)
        balance["remaining"], balance["shared"] = money(remaining, currency), money(shared, currency)
        # Not rounded by itself: whoever adds the two up gets what remains.
        balance["own"] = money(remaining - shared, currency)
        balance["paid"] = money(round_to_minor(funds.paid_micros, currency), currency)
        balance["free"] = money(round_to_minor(funds.free_micros, currency), currency)
    return balance


def _auto_reload(reload: accounts.AutoReload | None, currency: str) -> AutoReload | None:
    if reload is None:
        return None
    return {
        "threshold": {"amount": reload.threshold_minor, "currency": currency},
        "amount": {"amount": reload.amount_minor, "currency": currency},
    }


def _notice(notice: notices.Notice) -> Notice:
    return {"kind": notice.kind, "at": maybe_instant(notice.at), "details": {**notice.details}}
