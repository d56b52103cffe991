"""Operate: what the platform's operator sees and decides, over all accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.changes import Change
from botmeter.domain.errors import Refused
from botmeter.domain.members import Member
from botmeter.domain.orders import Order, OrderStatus
from botmeter.domain.plan_changes import set_plan
from botmeter.domain.plans import PlanVersion
from botmeter.ports.accounts import AccountRepository, AccountWriter
from botmeter.ports.billing import AuditTrail, OrderRepository, Page
from botmeter.services.actors import actor_of, require_operator
from botmeter.services.edit_bot import EditBot, Version
from botmeter.services.extend_plan import DecideExtension, RequestKey
from botmeter.services.move_account import MoveAccount
from botmeter.services.pay_orders import PayOrders
from botmeter.services.show_bots import BotView, ShowBots


@dataclass(frozen=True, slots=True)
class Operate:
    """Every call raises `NotAllowed` for anybody but an operator, and `NotFound` for what does not exist."""

    accounts: AccountRepository
    writer: AccountWriter
    edit: EditBot
    orders: OrderRepository
    bots: ShowBots
    pay: PayOrders
    extensions: DecideExtension
    audit: AuditTrail
    move: MoveAccount

    def all_accounts(self, operator: Member) -> list[Account]:
        """All accounts, by id."""
        require_operator(operator)
        return list(self.accounts.accounts())

    def account(self, operator: Member, account_id: str) -> Account:
        """One account."""
        require_operator(operator)
        return self.accounts.account(account_id)

    def move_account(self, operator: Member, account_id: str, time_zone: str, now: datetime) -> Account:
        """Let an account's days be those of another time zone; raises `Refused`, `Conflict`."""
        require_operator(operator)
        return self.move(account_id, time_zone, actor_of(operator), now)

    def bots_of(self, operator: Member, account_id: str) -> list[Bot]:
        """The bots of an account, by id."""
        require_operator(operator)
        return self.accounts.bots(self.accounts.account(account_id).account_id)

    def views(self, operator: Member, bots: Sequence[Bot], now: datetime) -> list[BotView]:
        """How bots of an account stand."""
        require_operator(operator)
        return self.bots.views(bots, now)

    def plans(self, operator: Member) -> list[PlanVersion]:
        """All plan versions, by plan and version."""
        require_operator(operator)
        return sorted(self.accounts.plans(), key=lambda plan: (plan.plan_id, plan.version))

    def add_plan(self, operator: Member, plan: PlanVersion) -> None:
        """Offer a plan version; raises `Conflict` if the version exists and says something else."""
        require_operator(operator)
        self.writer.put_plan(plan)

    def set_plan(
        self,
        operator: Member,
        bot: tuple[str, str],
        ref: str,
        ends_at: datetime | None,
        now: datetime,
        *,
        if_match: str | None = None,
    ) -> BotView:
        """Put a bot (account, id) on a plan version at once, a contract for one, until `ends_at` if it ends.

        Raises `Refused` for a version that is none, in another currency, or that would end in the past;
        `Outdated` or `Conflict` if somebody else changed plan or owner.
        """
        require_operator(operator)
        plan = next((plan for plan in self.accounts.plans() if plan.ref == ref), None)
        if plan is None:
            raise Refused("plan_id", f"there is no plan version {ref}")
        state = self.edit.state(*bot)
        version = Version.of(state.bot, if_match)
        change = self.edit(
            state, actor_of(operator), now, lambda draft: set_plan(draft, plan, ends_at), version
        )
        return self.bots.view(change.after.bot, now)

    def orders_of(self, operator: Member, account_id: str, status: OrderStatus | None) -> list[Order]:
        """Orders of an account, newest first; of one status if asked."""
        require_operator(operator)
        orders = self.orders.of_account(self.accounts.account(account_id).account_id)
        return [order for order in orders if status in {None, order.status}]

    def confirm_payment(self, operator: Member, account_id: str, order_id: str, now: datetime) -> Order:
        """A bank transfer has arrived. Raises `Refused` for other orders, `Conflict` if it has failed."""
        require_operator(operator)
        return self.pay.confirm(self.orders.order(account_id, order_id), actor_of(operator), now)

    def decline_payment(
        self, operator: Member, account_id: str, order_id: str, reason: str, now: datetime
    ) -> Order:
        """A bank transfer will not arrive any more. Raises as `confirm_payment`."""
        require_operator(operator)
        order = self.orders.order(account_id, order_id)
        return self.pay.decline(order, reason, actor_of(operator), now)

    def pending_extensions(self, operator: Member) -> list[Bot]:
        """Bots with a request that waits, the oldest first."""
        require_operator(operator)
        return self.extensions.pending()

    def approve_extension(
        self, operator: Member, key: RequestKey, days: int, answer: str, now: datetime
    ) -> Change:
        """Grant days to a request; raises `Conflict` if it was decided before, `Refused`."""
        require_operator(operator)
        return self.extensions.approve(key, days, answer, actor_of(operator), now)

    def decline_extension(self, operator: Member, key: RequestKey, answer: str, now: datetime) -> Change:
        """Decline a request with a reason; raises as `approve_extension`."""
        require_operator(operator)
        return self.extensions.decline(key, answer, actor_of(operator), now)

    def audit_of(self, operator: Member, account_id: str, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """What was changed in an account, newest first; raises `ValueError` for a bad cursor."""
        require_operator(operator)
        return self.audit.of_account(self.accounts.account(account_id).account_id, limit, cursor)
