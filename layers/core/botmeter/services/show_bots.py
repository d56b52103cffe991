"""Show bots: the Plan & Usage page of an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.accounts import Balance, BalanceStatus, Bot, balance_status, covered_sessions
from botmeter.domain.errors import NotAllowed
from botmeter.domain.members import Member
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.ports import AccountRepository, UsageRepository


@dataclass(frozen=True, slots=True)
class BotView:
    """A bot with its balance and what it used in a period."""

    bot: Bot
    balance: Balance
    balance_status: BalanceStatus
    covered_sessions: int | None
    period: BillingPeriod
    usage_sessions: int
    alert_sessions: int


@dataclass(frozen=True, slots=True)
class ShowBots:
    """Answers what bots a member may see, and how they stand."""

    accounts: AccountRepository
    usage: UsageRepository

    def all(self, member: Member) -> list[Bot]:
        """The bots of the member's account, by id; a bot owner's own only."""
        return [bot for bot in self.accounts.bots(member.account_id) if member.may_see(bot)]

    def one(self, member: Member, bot_id: str) -> Bot:
        """One bot; `NotFound` if the account has none of that id, `NotAllowed` if it is another owner's."""
        bot = self.accounts.bot(member.account_id, bot_id)
        if not member.may_see(bot):
            raise NotAllowed("a bot owner sees only the bots that are its own")
        return bot

    def view(self, bot: Bot, now: datetime, period: BillingPeriod | None = None) -> BotView:
        """How a bot stands, with its use in `period`, or in the one that is running `now`."""
        zone = self.accounts.account(bot.account_id).zone
        shown = period or BillingPeriod.containing(now, zone)
        used = _by_unit(self.usage.sessions(bot.account_id, bot.bot_id, shown))
        balance = self.accounts.balance(bot.account_id, bot.bot_id)
        return BotView(
            bot=bot,
            balance=balance,
            balance_status=balance_status(bot.plan, balance),
            covered_sessions=covered_sessions(bot.plan, balance),
            period=shown,
            usage_sessions=used[Unit.USAGE],
            alert_sessions=used[Unit.ALERT],
        )


def _by_unit(sessions: Mapping[tuple[str, Unit], int]) -> dict[Unit, int]:
    """Sessions by unit, over all plan versions."""
    return {unit: sum(n for (_, of), n in sessions.items() if of is unit) for unit in Unit}
