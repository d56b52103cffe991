"""Members of an account, and what their role lets them see."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from botmeter.domain.accounts import Bot
from botmeter.domain.permissions import Permission


class Role(StrEnum):
    """What a member may do; the names are the user pool's groups."""

    OPERATOR = "operator"
    BILLING_ADMIN = "billing_admin"
    BOT_OWNER = "bot_owner"
    VIEWER = "viewer"
    # A program, which sends events and may do nothing else.
    EVENT_SOURCE = "event_source"


@dataclass(frozen=True, slots=True)
class Member:
    """Who asks: a user of one account, with roles. Nobody sees another account's data.

    `custom_roles` are names that mean what the account says they do, and nothing where it says nothing.
    """

    user_id: str
    account_id: str
    roles: frozenset[Role]
    custom_roles: frozenset[str] = frozenset()

    def may_see(self, bot: Bot) -> bool:
        """Whether `bot` is one of the member's account, and a bot owner's own unless more is allowed."""
        if bot.account_id != self.account_id:
            return False
        return self.sees_all_bots or self._owns(bot) or self.user_id in bot.viewer_ids

    @property
    def sees_all_bots(self) -> bool:
        """Whether the member sees every bot of its account."""
        return bool(self.roles & {Role.BILLING_ADMIN, Role.VIEWER})

    def may_manage(self, bot: Bot) -> bool:
        """Whether the member may change the plan of `bot`, add funds to it and ask for an extension."""
        return bot.account_id == self.account_id and (self.is_billing_admin or self._owns(bot))

    def may_see_orders(self, roles: Mapping[str, frozenset[Permission]]) -> bool:
        """Whether the member sees orders and invoices; `roles` is what the account's custom roles permit."""
        permitted = (roles.get(name, frozenset()) for name in self.custom_roles)
        return self.is_billing_admin or any(Permission.ORDERS_AND_INVOICES in some for some in permitted)

    @property
    def is_billing_admin(self) -> bool:
        """Whether the account's money is this member's business: orders, invoices, owners, audit trail."""
        return Role.BILLING_ADMIN in self.roles

    @property
    def is_operator(self) -> bool:
        """Whether the member runs the platform."""
        return Role.OPERATOR in self.roles

    @property
    def sees_account(self) -> bool:
        """Whether the member sees what belongs to no bot alone, such as the account's shared credits."""
        return bool(self.roles & {Role.BILLING_ADMIN, Role.VIEWER})

    def _owns(self, bot: Bot) -> bool:
        """Whether `bot` is the member's own: whoever was made its owner, be it a viewer until then."""
        return bot.owner_id == self.user_id and bool(self.roles & {Role.BOT_OWNER, Role.VIEWER})
