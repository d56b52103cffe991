"""Changes of a bot's billing: everything that one operation writes, together or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import Actor, AuditEntry
from botmeter.domain.balances import LOW_SHARES, Balance, Funds, SharedCredits, Standing
from botmeter.domain.credits import EntryReason, Grant, GrantKind, LedgerEntry, Wallet, give_back, take
from botmeter.domain.debits import BalanceChange
from botmeter.domain.orders import Order
from botmeter.domain.outgoing import OutgoingEvent, OutgoingType
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.standings import announcements, stand

NO_USE = BalanceChange(0, 0, 0)
_CLOCKS_DIFFER_BY = timedelta(minutes=10)
_LOOK_AT_ALL_BOTS = timedelta(minutes=15)
_OF_USE = {EntryReason.USAGE, EntryReason.CORRECTION}


@dataclass(frozen=True, slots=True)
class BotState:
    """What billing knows of a bot, read together."""

    account: Account
    bot: Bot
    balance: Balance
    shared: SharedCredits

    def funds(self, now: datetime) -> Funds:
        """What the bot may use at `now`."""
        return Funds(self.bot.subscription, self.balance, self.shared, now)


@dataclass(frozen=True, slots=True)
class Change:
    """What an operation writes: all of it, on condition that `before` is still what is stored.

    What `after` has in common with `before` is not written. `placed` orders are new, `closed` ones were
    pending.
    """

    before: BotState
    after: BotState
    ledger: tuple[LedgerEntry, ...] = ()
    shared_ledger: tuple[LedgerEntry, ...] = ()
    placed: tuple[Order, ...] = ()
    closed: tuple[Order, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    events: tuple[OutgoingEvent, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        history = (self.ledger, self.shared_ledger, self.placed, self.closed, self.audit, self.events)
        return self.after == self.before and not any(history)


@dataclass(slots=True)
class Draft:
    """A change in the making, by `actor` at `now`. The operations on bots are functions over drafts.

    `free_micros` is what of the price of sessions free credits have paid; negative where they got it back.
    """

    state: BotState
    now: datetime
    actor: Actor
    bot: Bot = field(init=False)
    balance: Balance = field(init=False)
    shared: SharedCredits = field(init=False)
    ledger: list[LedgerEntry] = field(default_factory=list)
    shared_ledger: list[LedgerEntry] = field(default_factory=list)
    placed: list[Order] = field(default_factory=list)
    closed: list[Order] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    events: list[OutgoingEvent] = field(default_factory=list)
    free_micros: int = 0

    def __post_init__(self) -> None:
        """Begin with what is, without the grants that have expired."""
        self.bot, self.balance, self.shared = self.state.bot, self.state.balance, self.state.shared
        self.now = self._not_before(self.balance.standing.as_of)
        self._expire()

    @property
    def funds(self) -> Funds:
        """What the bot may use, as drafted."""
        return Funds(self.bot.subscription, self.balance, self.shared, self.now)

    def credit(self, grant: Grant) -> None:
        """Give the bot a grant that was paid for."""
        self._set_wallet(self.balance.wallet.credited(grant), EntryReason.TOP_UP, grant.grant_id)
        self.balance = replace(self.balance, last_top_up_micros=grant.amount_micros)

    def use(self, change: BalanceChange, reference: str) -> None:
        """Take what sessions cost; give back what corrections (a negative debit) take off."""
        self._grant_free_credits()
        own, shared, debit_micros = self.balance.wallet, self.shared.wallet, change.debit_micros
        reason = EntryReason.USAGE if debit_micros >= 0 else EntryReason.CORRECTION
        if debit_micros >= 0:
            own, shared = take(own, shared, debit_micros)
        else:
            own, shared = give_back(own, shared, -debit_micros, self.now, reference)
        self.free_micros += _free(self.balance.wallet, self.shared.wallet) - _free(own, shared)
        from_own = own.balance_micros != self.balance.wallet.balance_micros
        self._set_shared(shared, reason, reference, NO_USE if from_own else change)
        self._set_wallet(own, reason, reference, change)
        self.balance = replace(
            self.balance,
            usage_sessions=self.balance.usage_sessions + change.usage_sessions,
            alert_sessions=self.balance.alert_sessions + change.alert_sessions,
        )

    def extend_free_credits(self, until: datetime) -> None:
        """Let free credits of the bot and of its account last until `until`."""
        self.balance = replace(self.balance, wallet=self.balance.wallet.extended(until, self.now))
        self.shared = replace(self.shared, wallet=self.shared.wallet.extended(until, self.now))

    def note(self, operation: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Leave an entry in the audit trail."""
        number = len(self.audit)
        entry_id = f"{self.bot.bot_id}:{self.state.bot.revision}:{self.state.balance.revision}:{number}"
        entry = AuditEntry(
            entry_id, self.now, self.actor, operation, self.bot.account_id, self.bot.bot_id, before, after
        )
        self.audit.append(entry)

    def announce(self, kind: OutgoingType, event_id: str, data: Mapping[str, str]) -> None:
        """Tell other systems."""
        bot = self.bot
        self.events.append(OutgoingEvent(event_id, kind, bot.account_id, bot.bot_id, self.now, data))

    def done(self) -> Change:
        """The change, with what follows from it: free credits, standing and announcements."""
        self._grant_free_credits()
        before = self.state
        balance = replace(self.balance, standing=self._standing())
        self.events += announcements(self.bot, before.balance, balance, self.funds)
        if balance != before.balance or self._concerns_settlements() or not before.balance.revision:
            balance = replace(balance, revision=before.balance.revision + 1)
        bot = self.bot
        if bot != before.bot or not before.bot.revision:
            bot = replace(bot, revision=before.bot.revision + 1)
        shared = self.shared
        if shared != before.shared:
            shared = replace(shared, due_at=self._shared_due(), revision=before.shared.revision + 1)
        return Change(
            before,
            BotState(before.account, bot, balance, shared),
            tuple(self.ledger),
            tuple(self.shared_ledger),
            tuple(self.placed),
            tuple(self.closed),
            tuple(self.audit),
            tuple(self.events),
        )

    def _concerns_settlements(self) -> bool:
        """Whether a settlement may not pass this change unseen: what it writes depends on it."""
        old, new = self.state.bot, self.bot
        return (old.subscription, old.open_orders, old.auto_reload) != (
            new.subscription,
            new.open_orders,
            new.auto_reload,
        )

    def _not_before(self, seen: datetime | None) -> datetime:
        """The time of the change: not before what was written last by a clock a little ahead.

        A run that began a while ago must not take back, and announce anew, what has happened since.
        """
        if seen is None or not self.now < seen <= self.now + _CLOCKS_DIFFER_BY:
            return self.now
        return seen

    def _standing(self) -> Standing:
        """The standing as it is now, dated back where nothing has changed."""
        standing = stand(self.bot, self.balance, self.shared, self.now)
        known = self.state.balance.standing
        if not known.entitlements:
            return standing
        present, held = standing.entitlements[0], known.entitlement_at(self.now)
        if present.reason is not held.reason:
            return standing
        return replace(standing, entitlements=(held, *standing.entitlements[1:]))

    def _shared_due(self) -> datetime | None:
        """When all bots of the account are to be looked at: at once if a level of this one's is crossed."""
        old, new, plan = self.state.shared.wallet, self.shared.wallet, self.funds.phase.plan
        waiting = self.state.shared.due_at is not None and self.state.shared.due_at <= self.now
        reached = _level(old, plan, self.now) != _level(new, plan, self.now)
        refilled = new.balance_micros > old.balance_micros
        if waiting or reached or refilled or _expiries(old) != _expiries(new):
            return self.now
        # Other bots have other prices and top-ups: what concerns them is seen a little later.
        times = (new.next_expiry(self.now), self.state.shared.due_at, self.now + _LOOK_AT_ALL_BOTS)
        return min(at for at in times if at is not None)

    def _grant_free_credits(self) -> None:
        """Give the account its free credits, once, when a bot is on a plan that brings them."""
        plan = self.bot.plan_at(self.now)
        if (
            self.shared.free_credits_granted
            or plan.kind is not PlanKind.PREPAID
            or not plan.free_credits_micros
        ):
            return
        amount, expires_at = plan.free_credits_micros, self.now + timedelta(days=plan.free_credits_days)
        grant = Grant(f"free:{plan.ref}", GrantKind.FREE, amount, amount, self.now, expires_at)
        self._set_shared(self.shared.wallet.credited(grant), EntryReason.FREE_CREDITS, grant.grant_id)
        self.shared = replace(self.shared, free_credits_granted=True)

    def _expire(self) -> None:
        """Take what has expired off both wallets, an entry for each grant."""
        own, gone = self.balance.wallet.expired(self.now)
        for grant in gone:
            left = replace(self.balance.wallet, grants=_without(self.balance.wallet, grant))
            self._set_wallet(left, EntryReason.EXPIRY, grant.grant_id)
        self.balance = replace(self.balance, wallet=own)
        shared, gone = self.shared.wallet.expired(self.now)
        for grant in gone:
            left = replace(self.shared.wallet, grants=_without(self.shared.wallet, grant))
            self._set_shared(left, EntryReason.EXPIRY, grant.grant_id)
        self.shared = replace(self.shared, wallet=shared)

    def _set_wallet(
        self, wallet: Wallet, reason: EntryReason, reference: str, used: BalanceChange = NO_USE
    ) -> None:
        """Change the bot's wallet, with an entry in its ledger if its balance changes."""
        self.ledger += self._entries(self.balance.wallet, wallet, reason, reference, used)
        self.balance = replace(self.balance, wallet=wallet)

    def _set_shared(
        self, wallet: Wallet, reason: EntryReason, reference: str, used: BalanceChange = NO_USE
    ) -> None:
        """Change the account's wallet, with an entry in its ledger if its balance changes."""
        entries = self._entries(self.shared.wallet, wallet, reason, reference, used)
        if reason not in _OF_USE:
            # What happens to the account's credits by itself is no bot's doing.
            entries = [replace(entry, bot_id="") for entry in entries]
        self.shared_ledger += entries
        self.shared = replace(self.shared, wallet=wallet)

    def _entries(
        self, old: Wallet, new: Wallet, reason: EntryReason, reference: str, used: BalanceChange
    ) -> list[LedgerEntry]:
        """The entry of a ledger for what a wallet has become; none if its balance is the same."""
        amount_micros = new.balance_micros - old.balance_micros
        entry = LedgerEntry(
            at=self.now,
            reason=reason,
            amount_micros=amount_micros,
            balance_micros=new.balance_micros,
            reference=reference,
            bot_id=self.bot.bot_id,
            usage_sessions=used.usage_sessions,
            alert_sessions=used.alert_sessions,
        )
        return [entry] if amount_micros else []


def _free(*wallets: Wallet) -> int:
    """What is left of free credits, in micro-units."""
    return sum(g.remaining_micros for w in wallets for g in w.grants if g.kind is GrantKind.FREE)


def _without(wallet: Wallet, grant: Grant) -> tuple[Grant, ...]:
    """The wallet's grants but one."""
    return tuple(g for g in wallet.grants if g.grant_id != grant.grant_id)


def _level(wallet: Wallet, plan: PlanVersion, now: datetime) -> tuple[bool, ...]:
    """Which shares of all that was granted are reached, and which limits of the plan."""
    left, whole = wallet.spendable_micros(now), sum(grant.amount_micros for grant in wallet.grants)
    shares = (left * 100 <= whole * share for share in LOW_SHARES)
    return (*shares, left <= plan.low_balance_micros, left < plan.usage_price_micros)


def _expiries(wallet: Wallet) -> set[tuple[str, datetime | None]]:
    """When each grant expires."""
    return {(grant.grant_id, grant.expires_at) for grant in wallet.grants}
