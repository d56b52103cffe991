"""Changing the plan, the owner, and the end of a plan. Operations over drafts."""

from dataclasses import dataclass, replace
from datetime import datetime

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import Funds
from botmeter.domain.changes import Draft
from botmeter.domain.errors import Refused
from botmeter.domain.extensions import ExtensionRequest, ExtensionStatus, extended_until
from botmeter.domain.fees import proration
from botmeter.domain.money import format_price
from botmeter.domain.orders import OrderedFee
from botmeter.domain.outgoing import OutgoingType
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.subscriptions import Phase, Subscription


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What a change of plan would do: from when it applies, and what it charges at once.

    `is_scheduled` if it does not apply at once.
    """

    plan: PlanVersion
    subscription: Subscription
    effective_at: datetime
    fee: OrderedFee | None
    is_scheduled: bool = False


def why_not(bot: Bot, plan: PlanVersion, currency: str, usage_sessions: int, now: datetime) -> str | None:
    """Why a bot with `usage_sessions` in a month may not change to `plan`; None if it may."""
    contract = contract_refusal(bot.plan_at(now))
    if plan.kind is PlanKind.TRIAL:
        return "must be another plan: a trial is only at the beginning"
    if not plan.is_self_service:
        return f"must be another plan: {plan.name} is by contract, ask the operator"
    if contract is not None:
        return f"cannot be chosen: {contract}"
    if plan.currency != currency:
        return f"must be a plan in {currency}, the currency of the account"
    if plan.usage_limit_sessions and usage_sessions > plan.usage_limit_sessions:
        return (
            f"must be a plan for {usage_sessions:,} usage sessions a month, as the bot has had them:"
            f" {plan.name} is for {plan.usage_limit_sessions:,} at most"
        )
    return None


def contract_refusal(present: PlanVersion) -> str | None:
    """Why a bot on the plan `present` can change to no other; None if it can."""
    if present.is_self_service or present.kind is PlanKind.TRIAL:
        return None
    return f"the present plan, {present.name}, is by contract, ask the operator"


def why_stay(funds: Funds, plan: PlanVersion) -> str | None:
    """Why a bot may not leave its prepaid plan for `plan`: only funds of a prepaid plan pay what it owes."""
    present, owed_micros = funds.phase.plan, funds.balance.wallet.overdraft_micros
    if not owed_micros or present.kind is not PlanKind.PREPAID or plan.kind is PlanKind.PREPAID:
        return None
    owed = format_price(owed_micros, present.currency)
    return f"must wait: {owed} {present.currency} are owed for sessions; add funds first"


def is_upgrade(present: Phase, plan: PlanVersion, now: datetime) -> bool:
    """Whether a change applies at once: to a plan of higher rank, or from a trial, or from what is over."""
    return plan.rank > present.plan.rank or present.plan.kind is PlanKind.TRIAL or present.has_ended(now)


def plan_change(draft: Draft, plan: PlanVersion) -> PlanChange:
    """What changing to `plan` would do. To the present plan: nothing but to drop what is scheduled."""
    account, now = draft.state.account, draft.now
    before, present = draft.bot.subscription, draft.bot.subscription.at(now)
    if plan.ref == present.plan.ref and not present.has_ended(now):
        return PlanChange(plan, before.without_pending(now), now, None)
    month = account.calendar.period_containing(now)
    if not is_upgrade(present, plan, now):
        period_end = month.end(account.calendar)
        at = min(period_end, present.ends_at or period_end)
        return PlanChange(plan, before.changed(plan, at, now), at, None, is_scheduled=True)
    after = before.changed(plan, now, now)
    fee = proration(before.without_pending(now), after, plan, month, account.calendar)
    return PlanChange(plan, after, now, fee)


def change_plan(draft: Draft, change: PlanChange) -> None:
    """Put a change of plan on the bot."""
    before, now = draft.bot.subscription, draft.now
    if change.subscription == before:
        return
    draft.bot = replace(draft.bot, subscription=change.subscription)
    draft.note("plan.changed", _plans(before, now), _plans(change.subscription, now))


def set_plan(draft: Draft, plan: PlanVersion, ends_at: datetime | None) -> None:
    """Put a bot on any plan at once, as an operator may: into a contract, out of it, to another end.

    It makes no order: what it changes of the fees comes with the next invoice.
    """
    before, now = draft.bot.subscription, draft.now
    if plan.currency != draft.state.account.currency:
        raise Refused("plan_id", f"must be a plan in {draft.state.account.currency}")
    if ends_at is not None and ends_at <= now:
        raise Refused("ends_at", "must be in the future")
    begun = Subscription.begin(plan, now, ends_at).phases[0]
    present = before.at(now)
    if (present.plan.ref, present.ends_at) == (plan.ref, ends_at):
        return
    kept = before.changed(plan, now, now).phases[:-1]
    draft.bot = replace(draft.bot, subscription=Subscription((*kept, begun)))
    draft.note("plan.set", _plans(before, now), {**_plans(draft.bot.subscription, now), **_ends(draft)})


def change_owner(draft: Draft, owner_id: str) -> None:
    """Give the bot another owner; the former one keeps seeing it."""
    former = draft.bot.owner_id
    if owner_id == former:
        return
    viewers = (draft.bot.viewer_ids | {former}) - {owner_id}
    draft.bot = replace(draft.bot, owner_id=owner_id, viewer_ids=viewers)
    draft.note("owner.changed", {"owner_id": former}, {"owner_id": owner_id})
    data = {"owner_id": owner_id, "former_owner_id": former}
    draft.announce(OutgoingType.OWNER_CHANGED, f"{draft.bot.bot_id}:owner:{draft.state.bot.revision}", data)


def extension_refusal(bot: Bot, funds: Funds) -> Refused | None:
    """Why no more time can be asked for `bot`, which has `funds`; None if it can."""
    asked = bot.extension
    if asked is not None and asked.status is ExtensionStatus.PENDING:
        return Refused("extension", f"the request {asked.request_id} is not decided yet")
    if extendable_until(funds) is not None:
        return None
    plan = funds.phase.plan
    of_credits = ", and no free credits expire" if plan.kind is PlanKind.PREPAID else ""
    return Refused("plan", f"the plan {plan.name} does not end{of_credits}")


def request_extension(draft: Draft, request: ExtensionRequest) -> None:
    """Ask for more days of what ends; one request at a time."""
    if (refusal := extension_refusal(draft.bot, draft.funds)) is not None:
        raise refusal
    draft.bot = replace(draft.bot, extension=replace(request, target=_extendable(draft)))
    facts = {"days": str(request.requested_days), "reason": request.reason}
    draft.note("extension.requested", {}, facts)
    event_id = f"{request.request_id}:{draft.state.bot.revision}"
    draft.announce(OutgoingType.EXTENSION_REQUESTED, event_id, facts)


def decide_extension(draft: Draft, decided: ExtensionRequest) -> None:
    """Write a decision down; what was approved changes the plan's end or the free credits' expiry."""
    approved = decided.status is ExtensionStatus.APPROVED
    before = _ends(draft)
    end = extendable_until(draft.funds)
    draft.bot = replace(draft.bot, extension=decided)
    if approved:
        if end is None or decided.target != _extendable(draft):
            raise Refused("plan", f"has been changed: the request was for {decided.target}")
        _extend(draft, extended_until(end, decided.days, draft.now))
    kind = OutgoingType.EXTENSION_APPROVED if approved else OutgoingType.EXTENSION_DECLINED
    draft.note(f"extension.{decided.status}", before, {**_ends(draft), "reason": decided.answer})
    event_id = f"{decided.request_id}:{draft.state.bot.revision}"
    draft.announce(kind, event_id, {"days": str(decided.days), "reason": decided.answer})


def extendable_until(funds: Funds) -> datetime | None:
    """When the plan ends, or else when free credits expire; None if neither ever does."""
    phase = funds.phase
    if phase.ends_at is not None or phase.plan.kind is not PlanKind.PREPAID:
        return phase.ends_at
    wallets = (funds.balance.wallet, funds.shared.wallet)
    return min((at for w in wallets if (at := w.next_expiry(funds.instant))), default=None)


def _extendable(draft: Draft) -> str:
    """What an extension would extend: the plan version that ends, or free credits."""
    phase = draft.bot.subscription.at(draft.now)
    return phase.plan.ref if phase.ends_at is not None else "free_credits"


def _extend(draft: Draft, until: datetime) -> None:
    """Let the plan end, or free credits expire, at `until`."""
    if draft.bot.subscription.at(draft.now).ends_at is not None:
        extended = draft.bot.subscription.extended(until, draft.now)
        draft.bot = replace(draft.bot, subscription=extended)
    if draft.bot.plan_at(draft.now).kind is PlanKind.PREPAID:
        draft.extend_free_credits(until)


def _ends(draft: Draft) -> dict[str, str]:
    """The end that an extension moves."""
    end = extendable_until(draft.funds)
    return {"ends_at": end.isoformat()} if end else {}


def _plans(subscription: Subscription, now: datetime) -> dict[str, str]:
    """The present plan and the scheduled one, for the audit trail."""
    pending = subscription.pending(now)
    facts = {"plan": subscription.at(now).plan.ref}
    return {**facts, "pending": pending.plan.ref, "from": pending.starts_at.isoformat()} if pending else facts
