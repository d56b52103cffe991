"""Plans: what a bot may use and what a session costs. A plan version never changes once it is used."""

from dataclasses import dataclass
from enum import StrEnum

from botmeter.domain.identifiers import IDENTIFIER_RULE, is_identifier
from botmeter.domain.money import minor_exponent
from botmeter.domain.sessions import Unit

PLAN_NUMBERS = (
    "version",
    "usage_price_micros",
    "alert_price_micros",
    "monthly_fee_micros",
    "included_usage_sessions",
    "included_alert_sessions",
    "trial_days",
    "rank",
    "usage_limit_sessions",
    "funds_min_minor",
    "funds_max_minor",
    "low_balance_micros",
    "free_credits_micros",
    "free_credits_days",
)


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
    charges the prices for what goes beyond; a prepaid plan includes none. `rank` orders plans: a change
    to a higher one is an upgrade. `usage_limit_sessions` is how many usage sessions in a month the plan is
    meant for (0: any number). Funds may be added from `funds_min_minor` to `funds_max_minor` at a time;
    below `low_balance_micros` a balance is low. An account's first bot on the plan brings
    `free_credits_micros` for all of its bots, for `free_credits_days`.
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
    rank: int = 0
    usage_limit_sessions: int = 0
    funds_min_minor: int = 0
    funds_max_minor: int = 0
    low_balance_micros: int = 0
    free_credits_micros: int = 0
    free_credits_days: int = 0

    def __post_init__(self) -> None:
        """Refuse what no plan can be."""
        if not is_identifier(self.plan_id):
            raise ValueError(f"plan_id: {IDENTIFIER_RULE}")
        if self.version < 1 or any(getattr(self, name) < 0 for name in PLAN_NUMBERS):
            raise ValueError(f"plan {self.ref}: numbers must not be negative, and the version from 1")
        minor_exponent(self.currency)
        if self.kind is PlanKind.TRIAL and not self.trial_days:
            raise ValueError(f"plan {self.ref}: trial_days must be 1 or more")
        if self.free_credits_micros and not self.free_credits_days:
            raise ValueError(f"plan {self.ref}: free_credits_days must be 1 or more where there are such")
        if self.kind is PlanKind.PREPAID and (self.monthly_fee_micros or any(map(self.included, Unit))):
            raise ValueError(f"plan {self.ref}: a prepaid plan has no fee and includes no sessions")
        if self.kind is PlanKind.PREPAID and not self.usage_price_micros:
            raise ValueError(f"plan {self.ref}: usage_price_micros of a prepaid plan must be 1 or more")
        if self.funds_min_minor > self.funds_max_minor:
            raise ValueError(f"plan {self.ref}: funds_min_minor must not exceed funds_max_minor")

    @property
    def ref(self) -> str:
        """What is stamped on usage records: `standard@1`."""
        return f"{self.plan_id}@{self.version}"

    @property
    def takes_funds(self) -> bool:
        """Whether money can be put on its bots."""
        return self.kind is PlanKind.PREPAID and self.funds_max_minor > 0

    @property
    def is_self_service(self) -> bool:
        """Whether a customer may choose it: contracts are the operator's, trials begin with the bot."""
        return self.kind in {PlanKind.PREPAID, PlanKind.SUBSCRIPTION}

    def price_micros(self, unit: Unit) -> int:
        """Price of one session of `unit` that is not included."""
        return self.usage_price_micros if unit is Unit.USAGE else self.alert_price_micros

    def included(self, unit: Unit) -> int:
        """Sessions of `unit` that cost nothing more."""
        return self.included_usage_sessions if unit is Unit.USAGE else self.included_alert_sessions

    def debit_micros(self, unit: Unit, sessions: int) -> int:
        """What `sessions` take from the bot's balance: their price on a prepaid plan, else nothing."""
        return sessions * self.price_micros(unit) if self.kind is PlanKind.PREPAID else 0
