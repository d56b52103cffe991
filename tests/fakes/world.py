"""A stack in memory: every service over the fakes, with the bots of the demo and the people around them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from botmeter.adapters.numbers import StdnumChecker
from botmeter.adapters.tax_rates import tax_table
from botmeter.domain.accounts import Bot
from botmeter.domain.audit import SYSTEM
from botmeter.domain.balances import Balance, Funds
from botmeter.domain.changes import BotState, Draft
from botmeter.domain.credits import Grant, GrantKind
from botmeter.domain.members import Member, Role
from botmeter.domain.money import Money
from botmeter.domain.orders import Order, PaymentMethod
from botmeter.domain.outgoing import OutgoingEvent
from botmeter.domain.periods import to_ms
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import MarkAddition
from botmeter.ports.payments import PaymentProviders
from botmeter.services.add_funds import AddFunds, SetAutoReload
from botmeter.services.change_owner import ChangeOwner
from botmeter.services.change_plan import ChangePlan
from botmeter.services.check_entitlement import CheckEntitlement
from botmeter.services.check_parties import CheckParties
from botmeter.services.edit_bot import EditBot
from botmeter.services.extend_plan import DecideExtension, RequestExtension
from botmeter.services.manage_sellers import ManageSellers
from botmeter.services.move_account import MoveAccount
from botmeter.services.operate import Operate
from botmeter.services.pay_orders import PayOrders
from botmeter.services.run_lifecycle import RunLifecycle
from botmeter.services.settle_conversations import SettleConversations
from botmeter.services.show_bots import ShowBots
from botmeter.services.show_members import ShowMembers
from tests.fakes.billing import FakeAudit, FakeBilling, FakeOrders
from tests.fakes.demo import (
    ACCOUNT,
    CUSTOMER,
    ENTERPRISE,
    ESSENTIAL,
    SINCE,
    STANDARD,
    TRIAL,
    bot,
    conversation,
)
from tests.fakes.payments import FakeMembers, FakeProvider, FakePublisher
from tests.fakes.stores import FakeUsageTable

CARD, TRANSFER = PaymentMethod.CARD, PaymentMethod.BANK_TRANSFER
NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
EURO = 1_000_000
DEMO_BOTS = tuple(bot(plan) for plan in (ENTERPRISE, ESSENTIAL, STANDARD, TRIAL))


class Died(BaseException):
    """The process is gone."""


def die() -> None:
    """What `FakeBilling` may be told to do before or after a write."""
    raise Died


def member(user_id: str, role: Role, account_id: str = ACCOUNT.account_id) -> Member:
    """A member with one role."""
    return Member(user_id, account_id, frozenset({role}))


ADMIN = member("u-admin", Role.BILLING_ADMIN)
OWNER = member("u-owner", Role.BOT_OWNER)
COLLEAGUE = member("u-colleague", Role.BOT_OWNER)
VIEWER = member("u-viewer", Role.VIEWER)
OPERATOR = member("u-operator", Role.OPERATOR, "platform")
STRANGER = member("u-stranger", Role.BILLING_ADMIN, "acct_other")
OTHER = replace(ACCOUNT, account_id="acct_other", customer=replace(CUSTOMER, name="Other Ltd"))


def euros(amount: int) -> Money:
    """Whole euros."""
    return Money(amount * 100, "EUR")


@dataclass
class World:
    """Services over fakes. `with_bots` says which bots there are."""

    with_bots: Iterable[Bot] = DEMO_BOTS
    billing: FakeBilling = field(default_factory=FakeBilling)
    cards: FakeProvider = field(default_factory=lambda: FakeProvider(CARD))
    transfers: FakeProvider = field(default_factory=lambda: FakeProvider(TRANSFER))
    publisher: FakePublisher = field(default_factory=FakePublisher)
    credits: int = 0

    def __post_init__(self) -> None:
        """Begin with bots that somebody has looked at."""
        self.accounts = self.billing.accounts
        self.accounts.put_account(OTHER)
        self.orders, self.audit = FakeOrders(self.billing), FakeAudit(self.billing)
        self.usage = FakeUsageTable(self.billing)
        users = [ADMIN, OWNER, COLLEAGUE, VIEWER, OPERATOR, STRANGER]
        self.members = FakeMembers({user.user_id: user.account_id for user in users})
        self.show_members = ShowMembers(self.members)
        self.edit = EditBot(self.accounts, self.billing)
        self.pay = PayOrders(self.edit, self.orders, self.billing, self.providers)
        self.change_plan = ChangePlan(self.edit, self.usage, self.pay)
        self.add_funds, self.set_auto_reload = (
            AddFunds(self.edit, self.pay),
            SetAutoReload(self.edit, (CARD, TRANSFER)),
        )
        self.request_extension = RequestExtension(self.edit)
        self.decide_extension = DecideExtension(self.edit, self.billing)
        self.change_owner = ChangeOwner(self.edit, self.show_members)
        self.entitlement = CheckEntitlement(self.billing)
        self.show_bots = ShowBots(self.accounts, self.billing, self.usage, (CARD, TRANSFER))
        self.settle = SettleConversations(self.usage, self.accounts, self.billing, self.usage, grace_ms=0)
        self.lifecycle = RunLifecycle(
            accounts=self.accounts,
            billing=self.billing,
            edit=self.edit,
            agenda=self.billing,
            orders=self.orders,
            pay=self.pay,
            outbox=self.billing,
            publisher=self.publisher,
        )
        self.operate = Operate(
            accounts=self.accounts,
            writer=self.accounts,
            edit=self.edit,
            orders=self.orders,
            bots=self.show_bots,
            pay=self.pay,
            extensions=self.decide_extension,
            audit=self.audit,
            move=MoveAccount(self.accounts, self.accounts),
        )
        # The real rules: they ask nobody.
        self.check_parties = CheckParties(StdnumChecker(), tax_table())
        self.manage_sellers = ManageSellers(self.accounts, self.accounts, self.check_parties, self.audit)
        for one in self.with_bots:
            self.add(one)

    def providers(self) -> PaymentProviders:
        return {provider.method: provider for provider in (self.cards, self.transfers)}

    def add(self, new: Bot, at: datetime = SINCE) -> None:
        """Add a bot, as provisioning does."""
        account = self.accounts.account(new.account_id)
        shared = self.billing.shared_credits(new.account_id)
        state = BotState(account, replace(new, revision=0), Balance(), shared)
        self.billing.save(Draft(state, at, SYSTEM).done())

    def bot(self, bot_id: str = "bot_standard") -> Bot:
        return self.accounts.bot(ACCOUNT.account_id, bot_id)

    def funds(self, bot_id: str = "bot_standard", now: datetime = NOW) -> Funds:
        """What a bot may use."""
        return self.edit.state(ACCOUNT.account_id, bot_id).funds(now)

    def paid_euros(self, bot_id: str = "bot_standard") -> float:
        """What is left of what was paid."""
        return self.funds(bot_id).paid_micros / EURO

    def credit(self, amount: int, bot_id: str = "bot_standard", at: datetime = NOW) -> None:
        """Give a bot euros that were paid for long ago."""
        self.credits += 1
        micros = amount * EURO
        state = self.edit.state(ACCOUNT.account_id, bot_id)
        grant = Grant(f"earlier-{self.credits}", GrantKind.PAID, micros, micros, at)
        self.edit(state, SYSTEM, at, lambda draft: draft.credit(grant))

    def use(self, sessions: int, bot_id: str = "bot_standard", now: datetime = NOW) -> None:
        """Settle as many sessions, which took place an hour before `now`."""
        first = len(self.usage.timelines)
        mark = encode_mark(to_ms(now - timedelta(hours=1)), Kind.USER_MESSAGE)
        names = (conversation(f"c-{first + n}", bot_id) for n in range(sessions))
        self.usage.add_marks([MarkAddition(subject, [mark], to_ms(now)) for subject in names])
        run = self.settle("all", to_ms(now))
        assert run.settled == sessions

    def order(self, amount: int = 100, method: PaymentMethod = CARD, key: str = "k-order") -> Order:
        """Funds for the standard bot whose payment has begun."""
        return self.add_funds(ADMIN, "bot_standard", euros(amount), method, NOW, key=key)[0]

    def stored(self, order: Order) -> Order:
        """An order as it is now."""
        return self.orders.order(order.account_id, order.order_id)

    def buy(
        self,
        amount: int,
        method: PaymentMethod = CARD,
        now: datetime = NOW,
        *,
        bot_id: str = "bot_standard",
        key: str = "k-buy",
    ) -> Order:
        """Funds that are ordered, paid and credited."""
        order, _ = self.add_funds(ADMIN, bot_id, euros(amount), method, now, key=key)
        if method is TRANSFER:
            return self.pay.confirm(order, SYSTEM, now)
        self.cards.pay(order.order_id)
        return self.pay.look_up(order, now)

    def told(self, bot_id: str = "bot_standard") -> list[str]:
        """The types of the events about a bot, in order."""
        return [event.type.removeprefix("billing.") for event in self.events(bot_id)]

    def events(self, bot_id: str = "bot_standard") -> list[OutgoingEvent]:
        """All events about a bot, sent or not."""
        return [event for event in self.billing.announced if event.bot_id == bot_id]

    def done(self, bot_id: str = "bot_standard") -> list[str]:
        """The operations in the audit trail of a bot, in order."""
        return [entry.operation for entry in self.billing.trail if entry.bot_id == bot_id]
