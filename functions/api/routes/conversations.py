"""Conversations: why they count what they do."""

from functools import partial

from chalice.app import Blueprint

from api.call import Call
from api.operation import declare
from api.schemas.common import BotId
from api.schemas.conversations import Conversation, ConversationId
from api.views import conversations as views
from botmeter.domain.permissions import Permission

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Records")


@operation(
    "GET",
    "/bots/{bot_id}/conversations/{conversation_id}",
    permission=Permission.ORDERS_AND_INVOICES,
)
def explain_conversation(call: Call[None], bot_id: BotId, conversation_id: ConversationId) -> Conversation:
    """Explain what a conversation counts.

    Each window with who held it when, and where its sessions begin: the rule applied to all of its events as
    they are known now. They are kept for 180 days after the last one. Who sees the account's invoices sees
    what is behind them, of any bot.
    """
    found = call.wiring.explain_conversation(call.member, bot_id, conversation_id, call.now)
    return views.conversation(bot_id, conversation_id, found)
