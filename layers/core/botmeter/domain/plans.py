"""Plans: what a bot may use and what a session costs. A plan version never changes once it is used."""

from dataclasses import dataclass
from enum import StrEnum

from botmeter.domain.sessions import Unit


class PlanKind(StrEnum):
    """How a plan is paid for."""

    TRIAL = "trial"
    PREPAID = "prepaid"
    SUBSCRIPTION = "subscription"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version of a plan. Prices in micro-units of `currency` for one session, the fee for one month.

    A trial includes sessions for all of its days; a subscription includes them anew each period and
    charges the prices for what goes beyond; a prepaid plan includes none.
    """

    plan_id: str
    version: int
    name: str
    kind: PlanKind
    currency: str
    usage_price_micros: int = 0
    alert_price_micros: int = 0
    monthly_fee_micros: int = 0
    included_usage_sessions: int = 0
    included_alert_sessions: int = 0
    trial_days: int = 0

    @property
    def ref(self) -> str:
        """What is stamped on usage records: `standard@1`."""
        return f"{self.plan_id}@{self.version}"

    def price_micros(self, unit: Unit) -> int:
        """Price of one session of `unit` that is not included."""
        return self.usage_price_micros if unit is Unit.USAGE else self.alert_price_micros

    def included(self, unit: Unit) -> int:
        """Sessions of `unit` that cost nothing more."""
        return self.included_usage_sessions if unit is Unit.USAGE else self.included_alert_sessions

    def debit_micros(self, unit: Unit, sessions: int) -> int:
        """What `sessions` take from the bot's balance: their price on a prepaid plan, else nothing."""
        return sessions * self.price_micros(unit) if self.kind is PlanKind.PREPAID else 0
