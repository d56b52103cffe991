"""Explain a conversation: the answer to "why was I billed three sessions?"."""

from dataclasses import dataclass

from botmeter.domain.errors import NotFound
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.explained_windows import ExplainedWindow, explain_windows
from botmeter.domain.members import Member
from botmeter.domain.timeline import MeteringRule
from botmeter.ports.metering import TimelineReader
from botmeter.services.show_bots import ShowBots


@dataclass(frozen=True, slots=True)
class ExplainedConversation:
    """A conversation's windows, and the rule by which they are reckoned: the bot's, as it is now."""

    rule: MeteringRule
    windows: list[ExplainedWindow]


@dataclass(frozen=True, slots=True)
class ExplainConversation:
    """Reads the marks of one conversation and applies the rule to them."""

    bots: ShowBots
    timelines: TimelineReader

    def __call__(self, member: Member, bot_id: str, conversation_id: str) -> ExplainedConversation:
        """Why a conversation with a bot counts what it does.

        Raises `NotAllowed` for another owner's bot, `NotFound` for a bot that the account does not have,
        and for a conversation that it never had or whose marks are forgotten.
        """
        bot = self.bots.one(member, bot_id)
        subject = Subject(bot.account_id, bot.bot_id, SubjectKind.CONVERSATION, conversation_id)
        found = self.timelines.load([subject])
        if not found:
            raise NotFound(f"there is no conversation {conversation_id}, or its events are forgotten by now")
        return ExplainedConversation(bot.rule, explain_windows(found[0], bot.rule))
