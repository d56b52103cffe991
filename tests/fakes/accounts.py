"""Accounts, bots, plans and sellers in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import Conflict, NotFound
from botmeter.domain.parties import Seller
from botmeter.domain.plans import PlanVersion
from tests.fakes.demo import ACCOUNT, PLANS, SELLER

BotKey = tuple[str, str]


@dataclass
class FakeAccounts:
    """Accounts, plans and sellers; `FakeBilling` writes the bots, as the real store does."""

    known: dict[str, Account] = field(default_factory=lambda: {ACCOUNT.account_id: ACCOUNT})
    known_bots: dict[BotKey, Bot] = field(default_factory=dict)
    known_plans: dict[str, PlanVersion] = field(default_factory=lambda: dict(PLANS))
    trail: list[AuditEntry] = field(default_factory=list)
    known_sellers: dict[str, Seller] = field(default_factory=lambda: {SELLER.code: SELLER})
    seller_trail: list[AuditEntry] = field(default_factory=list)

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

    def sellers(self) -> list[Seller]:
        return [self.known_sellers[code] for code in sorted(self.known_sellers)]

    def seller(self, code: str) -> Seller:
        if code not in self.known_sellers:
            raise NotFound(f"there is no seller {code}")
        return self.known_sellers[code]

    def put_seller(self, seller: Seller, audit: AuditEntry) -> None:
        known = self.known_sellers.get(seller.code, seller)
        others = [other for other in self.known_sellers.values() if other.code != seller.code]
        if _prefixes(known) != _prefixes(seller) or any(_prefixes(o) & _prefixes(seller) for o in others):
            raise Conflict("the prefixes are another's")
        self.known_sellers[seller.code] = seller
        self.seller_trail.append(audit)


def _prefixes(seller: Seller) -> set[str]:
    return {seller.invoice_prefix, seller.credit_note_prefix}
