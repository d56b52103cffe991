"""Plans."""

from typing import Any

from api.schemas.plans import OptionChange, PlanOption, PlanOptions, PlanVersion
from api.views.bots import usage
from api.views.common import instant, money
from botmeter.domain import plan_options, plans
from botmeter.domain.plan_changes import PlanChange
from botmeter.domain.tax import Tax, tax_on
from botmeter.services import show_plan_options


def plan_version(plan: plans.PlanVersion) -> PlanVersion:
    """One version of a plan."""
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "name": plan.name,
        "kind": plan.kind,
        "currency": plan.currency,
        "usage_price_micros": plan.usage_price_micros,
        "alert_price_micros": plan.alert_price_micros,
        "monthly_fee_micros": plan.monthly_fee_micros,
        "included_usage_sessions": plan.included_usage_sessions,
        "included_alert_sessions": plan.included_alert_sessions,
        "trial_days": plan.trial_days,
        "rank": plan.rank,
        "usage_limit_sessions": plan.usage_limit_sessions,
        "funds_min_minor": plan.funds_min_minor,
        "funds_max_minor": plan.funds_max_minor,
        "low_balance_micros": plan.low_balance_micros,
        "free_credits_micros": plan.free_credits_micros,
        "free_credits_days": plan.free_credits_days,
    }


def plan_from(body: PlanVersion) -> plans.PlanVersion:
    """The plan version that a body describes; raises `ValueError`."""
    fields: dict[str, Any] = {**body}
    return plans.PlanVersion(**fields)


def options(found: show_plan_options.PlanOptions) -> PlanOptions:
    """What a bot can be on."""
    return {
        "bot_id": found.state.bot.bot_id,
        "months": [usage(month) for month in found.months],
        "running": usage(found.running),
        "options": [_option(option, found.tax) for option in found.options],
    }


def _option(option: plan_options.PlanOption, tax: Tax | None) -> PlanOption:
    plan = option.plan
    has_price = plan.is_self_service
    return {
        "plan": plan_version(plan),
        "monthly_cost": money(option.monthly_cost_minor, plan.currency) if has_price else None,
        "is_current": option.is_current,
        "is_suggested": option.is_suggested,
        "is_eligible": option.refusal is None,
        "reason": option.refusal,
        "change": None if option.change is None else _change(option.change, tax),
    }


def _change(change: PlanChange, tax: Tax | None) -> OptionChange:
    due_minor, currency = change.fee.amount_minor if change.fee else 0, change.plan.currency
    return {
        "effective_at": instant(change.effective_at),
        "is_scheduled": change.is_scheduled,
        "due_now": money(due_minor, currency),
        "tax": None if tax is None else money(tax_on(due_minor, tax), currency),
    }
