"""An account with a bot on each kind of plan, for tests."""

from dataclasses import replace
from datetime import UTC, datetime

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.parties import Address, BankAccount, Customer, Seller
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.subscriptions import Subscription

TRIAL = PlanVersion("trial", 1, "Trial", PlanKind.TRIAL, "EUR", included_usage_sessions=10, trial_days=14)
STANDARD = PlanVersion(
    "standard",
    1,
    "Standard",
    PlanKind.PREPAID,
    "EUR",
    usage_price_micros=200_000,
    alert_price_micros=50_000,
    rank=1,
    funds_min_minor=100_00,
    funds_max_minor=20_000_00,
    low_balance_micros=50_000_000,
)
# The same with credits for those who come.
WELCOMING = replace(
    STANDARD, plan_id="welcoming", name="Welcoming", free_credits_micros=500_000_000, free_credits_days=90
)
ESSENTIAL = PlanVersion(
    "essential",
    1,
    "Essential",
    PlanKind.SUBSCRIPTION,
    "EUR",
    usage_price_micros=150_000,
    alert_price_micros=40_000,
    monthly_fee_micros=49_000_000,
    included_usage_sessions=5,
    included_alert_sessions=2,
    rank=2,
)
ADVANCED = PlanVersion(
    "advanced",
    1,
    "Advanced",
    PlanKind.SUBSCRIPTION,
    "EUR",
    usage_price_micros=100_000,
    alert_price_micros=30_000,
    monthly_fee_micros=199_000_000,
    included_usage_sessions=50,
    included_alert_sessions=20,
    rank=3,
)
ENTERPRISE = PlanVersion("enterprise", 1, "Enterprise", PlanKind.ENTERPRISE, "EUR", rank=4)
PLANS = {plan.ref: plan for plan in (TRIAL, STANDARD, WELCOMING, ESSENTIAL, ADVANCED, ENTERPRISE)}

CUSTOMER = Customer(
    "Acme GmbH",
    Address(("Hauptstraße 1",), "10115", "Berlin", "DE"),
    vat_id="DE123456788",
    email="billing@acme.example",
    locale="de-DE",
)
SELLER = Seller(
    "default",
    "Botmeter GmbH",
    Address(("Invalidenstraße 1",), "10115", "Berlin", "DE"),
    vat_id="DE111111117",
    registration="Amtsgericht Charlottenburg HRB 1",
    bank=BankAccount("Botmeter GmbH", "DE89370400440532013000", "COBADEFFXXX"),
    time_zone="Europe/Berlin",
)
ACCOUNT = Account("acct_acme", CUSTOMER, "EUR", "Europe/Berlin", BillingPeriod(2026, 10))
SINCE = datetime(2026, 10, 1, tzinfo=UTC)


def bot(plan: PlanVersion, bot_id: str = "", account_id: str = ACCOUNT.account_id) -> Bot:
    """A bot on `plan`, named after it unless told otherwise."""
    name = bot_id or f"bot_{plan.plan_id}"
    return Bot(account_id, name, name.title(), "u-owner", Subscription.begin(plan, SINCE))


def conversation(name: str = "c-1", bot_id: str = "bot_standard") -> Subject:
    """A conversation of the account."""
    return Subject(ACCOUNT.account_id, bot_id, SubjectKind.CONVERSATION, name)


def delivery(name: str = "a-1/u-1", bot_id: str = "bot_standard") -> Subject:
    """The delivery of an alert by a bot of the account."""
    return Subject(ACCOUNT.account_id, bot_id, SubjectKind.ALERT_DELIVERY, name)
