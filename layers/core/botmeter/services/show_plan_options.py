"""Show plan options: what each plan would cost a bot, which are open to it, and which is suggested."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import BotState, Draft
from botmeter.domain.errors import NotFound, Refused
from botmeter.domain.members import Member
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plan_changes import plan_change, why_not, why_stay
from botmeter.domain.plan_options import (
    MonthlyUse,
    PlanOption,
    latest_versions,
    monthly_cost_minor,
    months_before,
    suggest,
)
from botmeter.domain.plans import PlanVersion
from botmeter.domain.tax import Tax, TaxTable, tax_for
from botmeter.ports.metering import UsageRepository
from botmeter.services.edit_bot import EditBot
from botmeter.services.monthly_use import present_use, used_in

_MONTHS = 3


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What can be chosen. `months` are those whose use the costs are reckoned from, the latest first.

    `tax` is what invoices add to fees of the running period, None where no rate is known.
    """

    state: BotState
    months: tuple[MonthlyUse, ...]
    running: MonthlyUse
    options: tuple[PlanOption, ...]
    tax: Tax | None


@dataclass(frozen=True, slots=True)
class ShowPlanOptions:
    """Compares the plans that are offered in the account's currency."""

    edit: EditBot
    usage: UsageRepository
    taxes: TaxTable

    def __call__(self, member: Member, bot_id: str, now: datetime) -> PlanOptions:
        """The options of a bot that the member sees.

        Costs are the mean of the last three full months since the bot began, or of the running month if
        there is none.
        """
        state = self.edit.seen(member, bot_id)
        calendar, bot = state.account.calendar, state.bot
        running = calendar.period_containing(now)
        first = _first_full_month(bot, calendar)
        present = used_in(self.usage, bot, running)
        months = [used_in(self.usage, bot, month) for month in months_before(first, running, _MONTHS)]
        plans = latest_versions(self.edit.accounts.plans(), state.account.currency)
        used = present_use(self.usage, bot, running)
        options = [self._option(state, plan, months or [present], used, now) for plan in plans]
        tax = self._tax(state.account, running)
        return PlanOptions(state, tuple(months), present, tuple(suggest(options)), tax)

    def _tax(self, account: Account, month: BillingPeriod) -> Tax | None:
        """The tax on what is charged for a month; None for a bill that would be parked for the lack of it."""
        try:
            seller = self.edit.accounts.seller(account.seller)
            return tax_for(self.taxes, seller, account.customer, month.last_day)
        except (NotFound, Refused):
            return None

    def _option(
        self, state: BotState, plan: PlanVersion, months: list[MonthlyUse], used: int, now: datetime
    ) -> PlanOption:
        """One plan."""
        phase = state.bot.subscription.at(now)
        refusal = why_not(state.bot, plan, state.account.currency, used, now)
        refusal = refusal or why_stay(state.funds(now), plan)
        if plan.ref == phase.plan.ref and not phase.has_ended(now):
            refusal = None
        change = plan_change(Draft(state, now, SYSTEM), plan) if refusal is None else None
        current = plan.plan_id == phase.plan.plan_id
        return PlanOption(plan, monthly_cost_minor(plan, months), current, refusal, change)


def _first_full_month(bot: Bot, calendar: Calendar) -> BillingPeriod:
    """The first month on all of whose days the bot was there."""
    began = calendar.day(bot.subscription.phases[0].starts_at)
    month = BillingPeriod.of_day(began, calendar.anchor_day)
    return month if began == month.first_day else month.next()
