"""Plan & Usage."""

from functools import partial
from typing import Any

from chalice.app import Blueprint

from api.call import Answer, Call
from api.operation import BILLING_ADMINS, declare
from api.paging import page_of_views
from api.parameters import NAME_PART, PAGING, PERIOD
from api.schemas.bots import Bot, ChangeOwner, Entitlement, ManagedBot
from api.schemas.common import BotId, Page
from api.views import bots as views
from botmeter.domain.periods import BillingPeriod

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Plan & Usage")


@operation("GET", "/bots", query=(NAME_PART, PERIOD, *PAGING))
def list_bots(call: Call[None]) -> Page[Bot]:
    """List the bots of the account by name.

    Each has its plan, its balance and its use in the running month or in `period`. A bot owner sees
    its own only.
    """
    service = call.wiring.show_bots
    period = call.query(PERIOD)
    return page_of_views(
        call,
        service.named(call.member, call.query(NAME_PART) or ""),
        lambda bot: bot.bot_id,
        lambda found: [views.bot(view) for view in service.views(found, call.now, period)],
    )


@operation("GET", "/bots/{bot_id}", query=(PERIOD,), etag=True)
def get_bot(call: Call[None], bot_id: BotId) -> Answer[ManagedBot]:
    """Show a bot.

    With its use in the running month or in `period`, what its balance still covers, and what the caller
    can do to it. The entity tag names its plan and its owner, and changes with them alone.
    """
    return shown(call, bot_id, call.query(PERIOD))


@operation("GET", "/bots/{bot_id}/entitlement")
def get_entitlement(call: Call[None], bot_id: BotId) -> Entitlement:
    """Say whether a bot may answer now, and why.

    For bot runtimes: it reads one item. Any member of the account may ask. The answer is as new as the
    last conversation that was settled.
    """
    found = call.wiring.check_entitlement(call.member, bot_id, call.now)
    return views.entitlement(bot_id, found)


@operation("PUT", "/bots/{bot_id}/owner", roles=BILLING_ADMINS, etag=True)
def change_owner(call: Call[ChangeOwner], bot_id: BotId) -> Answer[ManagedBot]:
    """Give a bot to another member of the account. The former owner still sees it."""
    owner_id = call.body["owner_id"]
    call.wiring.change_owner(call.member, bot_id, owner_id, call.now, if_match=call.if_match)
    return shown(call, bot_id)


def shown(call: Call[Any], bot_id: str, period: BillingPeriod | None = None) -> Answer[ManagedBot]:
    """A bot as it is now, with its use in `period` or in the running one: what changes it answers this."""
    service = call.wiring.show_bots
    bot = service.one(call.member, bot_id)
    view = service.view(bot, call.now, period)
    return Answer(views.managed_bot(view, service.possibilities(call.member, view)), etag=bot.etag)
