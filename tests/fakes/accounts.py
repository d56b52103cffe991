"""Accounts, bots and plans in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import Conflict, NotFound
from botmeter.domain.plans import PlanVersion
from tests.fakes.demo import ACCOUNT, PLANS

BotKey = tuple[str, str]


@dataclass
class FakeAccounts:
    """Accounts and plans; `FakeBilling` writes the bots, as the real store does."""

    known: dict[str, Account] = field(default_factory=lambda: {ACCOUNT.account_id: ACCOUNT})
    known_bots: dict[BotKey, Bot] = field(default_factory=dict)
    known_plans: dict[str, PlanVersion] = field(default_factory=lambda: dict(PLANS))
    trail: list[AuditEntry] = field(default_factory=list)

    def accounts(self) -> Iterator[Account]:
        return iter(self.known.values())

    def account(self, account_id: str) -> Account:
        if account_id not in self.known:
            raise NotFound(f"there is no account {account_id}")
        return self.known[account_id]

    def bots(self, account_id: str) -> list[Bot]:
        return [bot for (of, _), bot in sorted(self.known_bots.items()) if of == account_id]

    def bot(self, account_id: str, bot_id: str) -> Bot:
        found = self.known_bots.get((account_id, bot_id))
        if found is None:
            raise NotFound(f"there is no bot {bot_id}")
        return found

    def plan(self, ref: str) -> PlanVersion:
        if ref not in self.known_plans:
            raise NotFound(f"there is no plan {ref}")
        return self.known_plans[ref]

    def plans(self) -> list[PlanVersion]:
        return list(self.known_plans.values())

    def put_plan(self, plan: PlanVersion) -> None:
        if self.known_plans.setdefault(plan.ref, plan) != plan:
            raise Conflict(f"the plan {plan.ref} says something else")

    def put_account(self, account: Account, entry: AuditEntry | None = None) -> None:
        stored = self.known.get(account.account_id)
        if stored == account:
            return
        if stored is not None and stored.revision != account.revision:
            raise Conflict("somebody else changed the account")
        self.known[account.account_id] = replace(account, revision=account.revision + 1)
        self.trail += [entry] if entry else []
