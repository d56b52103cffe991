"""Edit a bot: read its state, work on a draft of it, save the change, and again if somebody was faster."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.accounts import Bot
from botmeter.domain.audit import Actor
from botmeter.domain.changes import BotState, Change, Draft
from botmeter.domain.errors import Conflict, NotAllowed, Outdated
from botmeter.domain.members import Member
from botmeter.domain.operations import managing_refusal
from botmeter.domain.payments import reload
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import BillingStore

ANY_VERSION = "*"
_ATTEMPTS = 8

Operation = Callable[[Draft], None]


@dataclass(frozen=True, slots=True)
class EditBot:
    """Applies operations of the domain to a bot. Every service that changes a bot does it through this."""

    accounts: AccountRepository
    billing: BillingStore

    def state(self, account_id: str, bot_id: str) -> BotState:
        """A bot as it is; raises `NotFound`."""
        return self.billing.state(self.accounts.account(account_id), bot_id)

    def seen(self, member: Member, bot_id: str) -> BotState:
        """A bot that `member` may see; raises `NotFound`, as for other accounts' bots, and `NotAllowed`."""
        state = self.state(member.account_id, bot_id)
        if not member.may_see(state.bot):
            raise NotAllowed("a bot owner sees only the bots that are or were its own")
        return state

    def managed(self, member: Member, bot_id: str) -> BotState:
        """A bot that `member` may manage; raises `NotFound`, as for other accounts', and `NotAllowed`."""
        state = self.state(member.account_id, bot_id)
        if (refusal := managing_refusal(member, state.bot)) is not None:
            raise refusal
        return state

    def __call__(
        self,
        state: BotState,
        actor: Actor,
        now: datetime,
        operation: Operation,
        version: "Version | None" = None,
    ) -> Change:
        """Apply `operation` to the bot of `state` and save; returns what was written.

        It is applied to the state as it is when it is saved. Where there is a `version`, plan and owner must
        still be those: else `Outdated` or `Conflict`. Raises whatever the operation refuses.
        """
        bot = state.bot
        for _ in range(_ATTEMPTS):
            if version is not None:
                version.require(state.bot)
            draft = Draft(state, now, actor)
            operation(draft)
            reload(draft)
            change = draft.done()
            try:
                self.billing.save(change)
            except Conflict:
                state = self.state(bot.account_id, bot.bot_id)
            else:
                return change
        raise Conflict("the bot is changed by others all the time; try again")


@dataclass(frozen=True, slots=True)
class Version:
    """Plan and owner as somebody saw them who does not want to overwrite what others did since.

    `if_match` is what the caller says that it saw, if it does; `read` is what the service has read.
    """

    read: str
    if_match: str | None

    @classmethod
    def of(cls, bot: Bot, if_match: str | None) -> "Version":
        """The version of `bot`, for a caller who may say what it saw."""
        return cls(bot.etag, if_match)

    def require(self, present: Bot) -> None:
        """Raise `Outdated` or `Conflict` unless `present` is that version."""
        if self.if_match not in {None, ANY_VERSION, present.etag}:
            raise Outdated("the bot's plan or owner was changed since you read it; read it again")
        if self.read != present.etag:
            raise Conflict("the bot's plan or owner was changed by somebody else at the same time")
