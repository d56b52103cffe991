"""Change the owner of a bot to another member of the account."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.changes import Change
from botmeter.domain.errors import Refused
from botmeter.domain.members import Member
from botmeter.domain.operations import owner_refusal
from botmeter.domain.plan_changes import change_owner
from botmeter.services.actors import actor_of
from botmeter.services.edit_bot import EditBot, Version
from botmeter.services.show_members import ShowMembers


@dataclass(frozen=True, slots=True)
class ChangeOwner:
    """Gives a bot another owner. Only a billing admin may."""

    edit: EditBot
    members: ShowMembers

    def __call__(
        self, member: Member, bot_id: str, owner_id: str, now: datetime, *, if_match: str | None = None
    ) -> Change:
        """Make `owner_id` the owner; raises `Refused` if it is no member of the account, `Outdated`."""
        state = self.edit.managed(member, bot_id)
        if (refusal := owner_refusal(member)) is not None:
            raise refusal
        if not self.members.has(member.account_id, owner_id):
            raise Refused("owner_id", "must be a member of the account")
        version = Version.of(state.bot, if_match)
        return self.edit(state, actor_of(member), now, lambda draft: change_owner(draft, owner_id), version)
