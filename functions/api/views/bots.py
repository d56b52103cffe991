"""Plan & Usage."""

from api.schemas.bots import Bot, BotBalance, BotPlan, BotUsage, Entitlement, Notice, PendingPlan
from api.schemas.funds import AutoReload
from api.views.common import instant, maybe_instant, money
from api.views.extensions import extension_request
from botmeter.domain import accounts, balances, notices
from botmeter.domain.balances import Funds
from botmeter.domain.money import round_to_minor
from botmeter.domain.plan_options import MonthlyUse
from botmeter.domain.plans import PlanKind
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
    }


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
    """A prepaid bot has money, and one that was prepaid may have some left; a contract shows none at all."""
    balance: BotBalance = {
        "status": funds.status,
        "remaining": None,
        "paid": None,
        "free": None,
        "covered_sessions": funds.covered_sessions,
    }
    plan = funds.phase.plan
    has_left = plan.kind is not PlanKind.ENTERPRISE and funds.balance.wallet.balance_micros != 0
    if plan.kind is PlanKind.PREPAID or has_left:
        currency = plan.currency
        balance["remaining"] = money(round_to_minor(funds.spendable_micros, currency), currency)
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
