"""What billing knows of a bot, as tests of the operations on it begin with it."""

from datetime import UTC, datetime

from botmeter.domain.accounts import Bot
from botmeter.domain.audit import Actor
from botmeter.domain.balances import Balance, SharedCredits
from botmeter.domain.changes import BotState, Change, Draft
from botmeter.domain.credits import Grant, GrantKind, Wallet
from botmeter.domain.debits import BalanceChange
from botmeter.domain.orders import Order, OrderKind, PaymentMethod
from botmeter.domain.plans import PlanVersion
from tests.fakes.demo import ACCOUNT, SINCE, bot

EURO = 1_000_000
NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
NEVER_USED = Balance()
ADMIN = Actor("u-admin", "billing_admin")


def october(day: int, hour: int = 0) -> datetime:
    """An instant of October 2026, in UTC."""
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def paid(euros: int, left: int | None = None, grant_id: str = "ord-1", at: datetime = SINCE) -> Grant:
    """A paid grant, untouched unless told otherwise."""
    return Grant(grant_id, GrantKind.PAID, euros * EURO, (euros if left is None else left) * EURO, at)


def free(
    euros: int, left: int | None = None, *, until: datetime, grant_id: str = "free", at: datetime = SINCE
) -> Grant:
    """A free grant, untouched unless told otherwise."""
    remaining = (euros if left is None else left) * EURO
    return Grant(grant_id, GrantKind.FREE, euros * EURO, remaining, at, until)


def state(
    of: Bot | PlanVersion, *own: Grant, shared: Wallet | None = None, balance: Balance = NEVER_USED
) -> BotState:
    """A bot with `own` grants beside what `balance` says; nobody has looked at how it stands."""
    the_bot = bot(of) if isinstance(of, PlanVersion) else of
    known = Balance(
        wallet=Wallet(own) if own else balance.wallet,
        usage_sessions=balance.usage_sessions,
        last_top_up_micros=balance.last_top_up_micros or (own[-1].amount_micros if own else 0),
        standing=balance.standing,
        revision=balance.revision,
    )
    return BotState(ACCOUNT, the_bot, known, SharedCredits(shared or Wallet()))


def draft(of: BotState, now: datetime = NOW) -> Draft:
    """A change of it by an admin."""
    return Draft(of, now, ADMIN)


def looked_at(of: BotState, now: datetime = NOW) -> Change:
    """What is written when nothing happens but that somebody looks."""
    return draft(of, now).done()


def settled(of: BotState, now: datetime = NOW) -> BotState:
    """The same once its standing is written down: what follows is announced."""
    return looked_at(of, now).after


def used(of: BotState, euros: int, now: datetime = NOW, reference: str = "s-1") -> Change:
    """What is written when sessions of 0.20 for `euros` are settled, or taken back if that is negative."""
    drafted = draft(of, now)
    drafted.use(BalanceChange(euros * EURO, euros * 5, 0), reference)
    return drafted.done()


def funds_order(
    euros: int = 100, order_id: str = "ord-1", method: PaymentMethod = PaymentMethod.CARD, **more: object
) -> Order:
    """An order of funds for the standard bot, whose payment is under way."""
    facts = {
        "account_id": ACCOUNT.account_id,
        "bot_id": "bot_standard",
        "kind": OrderKind.FUNDS,
        "currency": "EUR",
        "ordered_at": NOW,
        "ordered_by": "u-admin",
        "reference": f"pay-{order_id}",
    }
    return Order(order_id=order_id, amount_minor=euros * 100, payment_method=method, **{**facts, **more})  # type: ignore[arg-type]
