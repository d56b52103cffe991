"""Show bots: the Plan & Usage page of an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import Balance, BalanceStatus, Funds
from botmeter.domain.errors import NotAllowed
from botmeter.domain.members import Member
from botmeter.domain.notices import Notice, notices
from botmeter.domain.operations import Operation, Possibility, bot_possibilities
from botmeter.domain.orders import PaymentMethod
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plan_options import MonthlyUse
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import BillingStore
from botmeter.ports.metering import UsageRepository
from botmeter.services.monthly_use import used_by, used_in


class BotStatus(StrEnum):
    """Whether a bot works: one that ran out is suspended, not deleted."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


_STATUS = {BalanceStatus.EXHAUSTED: BotStatus.SUSPENDED, BalanceStatus.INACTIVE: BotStatus.ENDED}


@dataclass(frozen=True, slots=True)
class BotView:
    """A bot as it stands, with what it used in a period."""

    bot: Bot
    funds: Funds
    used: MonthlyUse

    @property
    def status(self) -> BotStatus:
        """Whether it works."""
        return _STATUS.get(self.funds.status, BotStatus.ACTIVE)

    @property
    def notices(self) -> list[Notice]:
        """What there is to tell."""
        return notices(self.bot, self.funds)


@dataclass(frozen=True, slots=True)
class ShowBots:
    """Answers what bots a member may see, and how they stand. `methods` are those that pay for orders."""

    accounts: AccountRepository
    billing: BillingStore
    usage: UsageRepository
    methods: tuple[PaymentMethod, ...]

    def all(self, member: Member) -> list[Bot]:
        """The bots of the member's account, by id; a bot owner's own and former ones only."""
        return [bot for bot in self.accounts.bots(member.account_id) if member.may_see(bot)]

    def named(self, member: Member, text: str = "") -> list[Bot]:
        """Those of them whose name or id has `text` in it, by name; capital letters are like small ones."""
        wanted = text.casefold()
        found = [
            bot
            for bot in self.all(member)
            if wanted in bot.name.casefold() or wanted in bot.bot_id.casefold()
        ]
        return sorted(found, key=lambda bot: (bot.name.casefold(), bot.bot_id))

    def ids(self, member: Member) -> frozenset[str] | None:
        """The ids of these bots; None if they are all of the account, whichever there are."""
        return None if member.sees_all_bots else frozenset(bot.bot_id for bot in self.all(member))

    def one(self, member: Member, bot_id: str) -> Bot:
        """One bot; `NotFound` if the account has none of that id, `NotAllowed` if it is another owner's."""
        bot = self.accounts.bot(member.account_id, bot_id)
        if not member.may_see(bot):
            raise NotAllowed("a bot owner sees only the bots that are or were its own")
        return bot

    def view(self, bot: Bot, now: datetime, period: BillingPeriod | None = None) -> BotView:
        """How one bot stands, with its use in `period`, or in the one that is running `now`."""
        account = self.accounts.account(bot.account_id)
        state = self.billing.state(account, bot.bot_id)
        shown = period or account.calendar.period_containing(now)
        return BotView(state.bot, state.funds(now), used_in(self.usage, state.bot, shown))

    def possibilities(self, member: Member, view: BotView) -> Mapping[Operation, Possibility]:
        """What the member can do to a bot that it sees."""
        return bot_possibilities(member, view.bot, view.funds, self.methods)

    def views(self, bots: Sequence[Bot], now: datetime, period: BillingPeriod | None = None) -> list[BotView]:
        """How bots of one account stand, all seen at the same time."""
        if not bots:
            return []
        account_id = bots[0].account_id
        calendar = self.accounts.account(account_id).calendar
        balances, shared = self.billing.balances(account_id), self.billing.shared_credits(account_id)
        shown = period or calendar.period_containing(now)
        used = used_by(self.usage, account_id, frozenset(bot.bot_id for bot in bots), shown)
        return [
            BotView(
                bot,
                Funds(bot.subscription, balances.get(bot.bot_id, Balance()), shared, now),
                used[bot.bot_id],
            )
            for bot in bots
        ]
