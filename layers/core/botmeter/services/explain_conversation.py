"""Explain a conversation: the answer to "why was I billed three sessions?"."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.accounts import Bot
from botmeter.domain.errors import NotFound
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.explained_windows import ExplainedWindow, explain_windows
from botmeter.domain.members import Member
from botmeter.domain.timeline import MeteringRule
from botmeter.ports.metering import TimelineReader
from botmeter.services.orders_access import OrdersAccess
from botmeter.services.show_bots import ShowBots


@dataclass(frozen=True, slots=True)
class ExplainedConversation:
    """A conversation's windows, and the rule by which they are reckoned: the bot's, as it is now."""

    rule: MeteringRule
    windows: list[ExplainedWindow]


@dataclass(frozen=True, slots=True)
class ExplainConversation:
    """Reads the marks of one conversation and applies the rule to them.

    It is for those who see the bot, and for those who see the invoices on which its sessions are.
    """

    bots: ShowBots
    access: OrdersAccess
    timelines: TimelineReader

    def __call__(
        self, member: Member, bot_id: str, conversation_id: str, now: datetime
    ) -> ExplainedConversation:
        """Why a conversation with a bot counts what it does.

        Raises `NotAllowed` for another owner's bot, `NotFound` for a bot that the account does not have,
        and for a conversation that it never had or whose marks are forgotten; `NotAvailable` where invoices
        are not, for a member who sees nothing else.
        """
        bot = self._bot(member, bot_id, now)
        subject = Subject(bot.account_id, bot.bot_id, SubjectKind.CONVERSATION, conversation_id)
        found = self.timelines.load([subject])
        if not found:
            raise NotFound(f"there is no conversation {conversation_id}, or its events are forgotten by now")
        return ExplainedConversation(bot.rule, explain_windows(found[0], bot.rule))

    def _bot(self, member: Member, bot_id: str, now: datetime) -> Bot:
        """The bot; raises unless the member sees it, or all of the account's invoices."""
        if member.custom_roles and not member.sees_all_bots:
            refusal = self.access.refusal(member, now)
            if refusal is None:
                return self.access.accounts.bot(member.account_id, bot_id)
            if not member.roles:
                raise refusal
        return self.bots.one(member, bot_id)
