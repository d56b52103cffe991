"""Members of an account, and what their role lets them see."""

from dataclasses import dataclass
from enum import StrEnum

from botmeter.domain.accounts import Bot


class Role(StrEnum):
    """What a member may do; the names are the user pool's groups."""

    OPERATOR = "operator"
    BILLING_ADMIN = "billing_admin"
    BOT_OWNER = "bot_owner"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Member:
    """Who asks: a user of one account, with roles. Nobody sees another account's data."""

    user_id: str
    account_id: str
    roles: frozenset[Role]

    def may_see(self, bot: Bot) -> bool:
        """Whether `bot` is one of the member's account, and a bot owner's own unless more is allowed."""
        if bot.account_id != self.account_id:
            return False
        if self.roles & {Role.BILLING_ADMIN, Role.VIEWER}:
            return True
        return Role.BOT_OWNER in self.roles and bot.owner_id == self.user_id

    @property
    def may_see_invoices(self) -> bool:
        """Whether orders and invoices are this member's business."""
        return Role.BILLING_ADMIN in self.roles
