"""Extend a plan: a customer asks for more days, the operator decides."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from botmeter.domain.accounts import Bot
from botmeter.domain.audit import Actor
from botmeter.domain.changes import Change, Draft
from botmeter.domain.errors import NotFound
from botmeter.domain.extensions import ExtensionRequest
from botmeter.domain.identifiers import derived_id
from botmeter.domain.members import Member
from botmeter.domain.plan_changes import decide_extension, request_extension
from botmeter.ports.billing import Agenda
from botmeter.services.actors import actor_of
from botmeter.services.edit_bot import EditBot

Decision = Callable[[ExtensionRequest], ExtensionRequest]


class RequestKey(NamedTuple):
    """Which request an operator means."""

    account_id: str
    bot_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class RequestExtension:
    """Asks for more days. `key` names the request: the same one asks once."""

    edit: EditBot

    def __call__(
        self, member: Member, bot_id: str, days: int, reason: str, now: datetime, *, key: str
    ) -> ExtensionRequest:
        """Ask for `days`; raises `Refused` while another request is open or where nothing ends."""
        state = self.edit.managed(member, bot_id)
        request = ExtensionRequest(
            request_id=derived_id("ext", member.account_id, bot_id, member.user_id, key),
            account_id=member.account_id,
            bot_id=bot_id,
            requested_days=days,
            reason=reason,
            requested_at=now,
            requested_by=member.user_id,
        )

        def operation(draft: Draft) -> None:
            known = draft.bot.extension
            if known is None or known.request_id != request.request_id:
                request_extension(draft, request)

        change = self.edit(state, actor_of(member), now, operation)
        return change.after.bot.extension or request


@dataclass(frozen=True, slots=True)
class DecideExtension:
    """The operator's side."""

    edit: EditBot
    agenda: Agenda

    def pending(self) -> list[Bot]:
        """Bots whose request waits, the oldest first."""
        return list(self.agenda.pending_extensions())

    def approve(self, key: RequestKey, days: int, answer: str, actor: Actor, now: datetime) -> Change:
        """Grant `days`, counted from the end of what ends, or from `now` if that is past.

        Raises `NotFound` for a request that is none, `Conflict` if it was decided before, `Refused`.
        """
        return self._decide(key, actor, now, lambda r: r.approved(days, answer, actor.actor_id, now))

    def decline(self, key: RequestKey, answer: str, actor: Actor, now: datetime) -> Change:
        """Decline with a reason; raises as `approve`."""
        return self._decide(key, actor, now, lambda r: r.declined(answer, actor.actor_id, now))

    def _decide(self, key: RequestKey, actor: Actor, now: datetime, decide: Decision) -> Change:
        """Put a decision on the bot's request."""

        def operation(draft: Draft) -> None:
            request = draft.bot.extension
            if request is None or request.request_id != key.request_id:
                raise NotFound(f"there is no extension request {key.request_id}")
            decide_extension(draft, decide(request))

        return self.edit(self.edit.state(key.account_id, key.bot_id), actor, now, operation)
