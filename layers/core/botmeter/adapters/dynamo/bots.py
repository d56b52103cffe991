"""Bots to stored items and back; nothing else knows their stored form."""

from collections.abc import Callable
from typing import Any

from botmeter.adapters.dynamo.instants import due_ms, from_us, to_us
from botmeter.adapters.dynamo.keys import EXTENSION_DUE, account_key, name_in
from botmeter.adapters.dynamo.models import BotItem, ExtensionMap
from botmeter.domain.accounts import AutoReload, Bot
from botmeter.domain.extensions import ExtensionRequest, ExtensionStatus
from botmeter.domain.plans import PlanVersion
from botmeter.domain.subscriptions import Phase, Subscription


def to_bot_item(bot: Bot) -> BotItem:
    """A bot as it is stored."""
    reload, extension = bot.auto_reload, bot.extension
    waits = extension is not None and extension.status is ExtensionStatus.PENDING
    return BotItem(
        account_key(bot.account_id),
        f"BOT#{bot.bot_id}",
        name=bot.name,
        owner_id=bot.owner_id,
        viewer_ids=set(bot.viewer_ids),
        phases=[_to_row(phase) for phase in bot.subscription.phases],
        idle_timeout_minutes=bot.idle_timeout_minutes,
        reload_threshold_minor=reload.threshold_minor if reload else None,
        reload_amount_minor=reload.amount_minor if reload else None,
        card_reference=bot.card_reference,
        open_orders=list(bot.open_orders),
        failed_order=bot.failed_order,
        extension=_to_map(extension) if extension else None,
        revision=bot.revision,
        due_shard=EXTENSION_DUE if waits else None,
        due_at=due_ms(extension.requested_at) if extension and waits else None,
    )


def to_bot(item: BotItem, plan: Callable[[str], PlanVersion]) -> Bot:
    """A stored bot; `plan` knows the plan versions by their reference."""
    account_id, bot_id = name_in(item.pk), name_in(item.sk)
    has_reload = item.reload_amount_minor is not None
    return Bot(
        account_id=account_id,
        bot_id=bot_id,
        name=item.name,
        owner_id=item.owner_id,
        subscription=Subscription(tuple(_from_row(row, plan) for row in item.phases)),
        idle_timeout_minutes=item.idle_timeout_minutes,
        viewer_ids=frozenset(item.viewer_ids or ()),
        auto_reload=AutoReload(item.reload_threshold_minor, item.reload_amount_minor) if has_reload else None,
        card_reference=item.card_reference,
        open_orders=tuple(item.open_orders),
        failed_order=item.failed_order,
        extension=_from_map(item.extension, account_id, bot_id),
        revision=item.revision,
    )


def _to_row(phase: Phase) -> list[Any]:
    """A phase as columns."""
    ends_us = to_us(phase.ends_at) if phase.ends_at else None
    return [phase.plan.ref, to_us(phase.starts_at), ends_us]


def _from_row(row: list[Any], plan: Callable[[str], PlanVersion]) -> Phase:
    """A phase of columns."""
    ref, starts_us, ends_us = row
    return Phase(plan(ref), from_us(starts_us), from_us(ends_us) if ends_us is not None else None)


def _to_map(request: ExtensionRequest) -> ExtensionMap:
    """A request as it is stored inside its bot."""
    return ExtensionMap(  # type: ignore[no-untyped-call] # PynamoDB's own
        request_id=request.request_id,
        requested_days=request.requested_days,
        reason=request.reason,
        requested_at=request.requested_at,
        requested_by=request.requested_by,
        status=request.status.value,
        days=request.days,
        answer=request.answer,
        decided_at=request.decided_at,
        decided_by=request.decided_by,
        target=request.target,
    )


def _from_map(stored: ExtensionMap | None, account_id: str, bot_id: str) -> ExtensionRequest | None:
    """The request of a bot, if there is one."""
    if stored is None:
        return None
    return ExtensionRequest(
        request_id=stored.request_id,
        account_id=account_id,
        bot_id=bot_id,
        requested_days=stored.requested_days,
        reason=stored.reason,
        requested_at=stored.requested_at,
        requested_by=stored.requested_by,
        status=ExtensionStatus(stored.status),
        days=stored.days,
        answer=stored.answer,
        decided_at=stored.decided_at,
        decided_by=stored.decided_by,
        target=stored.target,
    )
