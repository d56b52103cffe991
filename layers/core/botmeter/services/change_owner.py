"""Change the owner of a bot to another member of the account."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.changes import Change
from botmeter.domain.errors import NotAllowed, Refused
from botmeter.domain.members import Member
from botmeter.domain.plan_changes import change_owner
from botmeter.ports.billing import MemberDirectory
from botmeter.services.actors import actor_of
from botmeter.services.edit_bot import EditBot, Version


@dataclass(frozen=True, slots=True)
class ChangeOwner:
    """Gives a bot another owner. Only a billing admin may."""

    edit: EditBot
    members: MemberDirectory

    def __call__(
        self, member: Member, bot_id: str, owner_id: str, now: datetime, *, if_match: str | None = None
    ) -> Change:
        """Make `owner_id` the owner; raises `Refused` if it is no member of the account, `Outdated`."""
        state = self.edit.managed(member, bot_id)
        if not member.is_billing_admin:
            raise NotAllowed("the owner of a bot is changed by a billing admin")
        if self.members.account_of(owner_id) != member.account_id:
            raise Refused("owner_id", "must be a member of the account")
        version = Version.of(state.bot, if_match)
        return self.edit(state, actor_of(member), now, lambda draft: change_owner(draft, owner_id), version)
