"""Who is the bot in conversations of Microsoft Bot Framework, as far as their activities leave no doubt.

An activity need not say which of its two parties is the bot; a transcript often does in some of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from botmeter.adapters.sources.bot_framework import role_of
from botmeter.adapters.sources.canonical import member

FORMAT: Final = "bot-framework"
# Channels send these to bots alone.
_SENT_TO_BOTS: Final = {"conversationUpdate", "contactRelationUpdate", "installationUpdate"}
# A bot asks for an agent by an event of this name.
_HANDOFF_REQUEST: Final = "handoff.initiate"
_PAIR: Final = 2


@dataclass(slots=True)
class _Conversation:
    """What the activities of a conversation tell of its parties."""

    bots: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    # Who wrote each message, and who replied to which.
    authors: dict[str, str] = field(default_factory=dict)
    replies: set[tuple[str, str]] = field(default_factory=set)

    def note(self, activity: Any) -> None:
        """Take note of one activity."""
        author, recipient = (_id(member(activity, name, "id")) for name in ("from", "recipient"))
        for party, role in _roles(activity, author, recipient):
            (self.bots if role == "bot" else self.users).add(party)
        if author is not None and member(activity, "type") == "message":
            self.authors[_id(member(activity, "id")) or f"#{len(self.authors)}"] = author
            replied_to = _id(member(activity, "replyToId"))
            if replied_to is not None:
                self.replies.add((author, replied_to))

    @property
    def bot(self) -> str | None:
        """The bot's id, if it is sure."""
        bots = self.bots | self._repliers()
        return next(iter(bots)) if len(bots) == 1 and not bots & self.users else None

    def _repliers(self) -> set[str]:
        """Who replies to a user; among more than two who write it could be another user."""
        if len({*self.authors.values()}) > _PAIR:
            return set()
        replied = (author for author, to in self.replies if self.authors.get(to) in self.users)
        return {*replied} - self.users


def bot_parties(records: Iterable[Any]) -> dict[str, str]:
    """The id of the bot in each conversation where it is sure. Records may be anything."""
    conversations: defaultdict[str, _Conversation] = defaultdict(_Conversation)
    for record in records:
        name = _id(member(record, "conversation", "id"))
        if name is not None:
            conversations[name].note(record)
    bots = {name: conversation.bot for name, conversation in conversations.items()}
    return {name: bot for name, bot in bots.items() if bot is not None}


def _roles(activity: Any, author: str | None, recipient: str | None) -> Iterator[tuple[str, str]]:
    """The parties of whom an activity says what they are."""
    kind, name = member(activity, "type"), member(activity, "name")
    writes, reads = _role(activity, "from", author), _role(activity, "recipient", recipient)
    if kind == "event" and name == _HANDOFF_REQUEST:
        writes = "bot"
    if kind in _SENT_TO_BOTS or (kind == "message" and writes == "user" and reads is None):
        # What a user writes is delivered to the bot.
        reads = "bot"
    for party, role in ((author, writes), (recipient, reads)):
        if party is not None and role is not None:
            yield party, role


def _role(activity: Any, place: str, party: str | None) -> str | None:
    """What the party in a place of an activity is, if its role or its id says so."""
    role = member(activity, place, "role")
    return role_of(party, role if isinstance(role, str) else None)


def _id(value: Any) -> str | None:
    """A value that can be an id."""
    return value if isinstance(value, str) and value else None
