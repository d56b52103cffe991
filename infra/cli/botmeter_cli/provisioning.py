"""Sets accounts up on a stack: from an account file to the service that does it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from botmeter.bootstrap import Wiring
from botmeter.domain.accounts import Account, Bot
from botmeter.domain.parties import Customer
from botmeter.domain.periods import Calendar
from botmeter.domain.plans import PlanVersion
from botmeter.domain.subscriptions import Subscription
from botmeter.services.actors import actor_of
from botmeter_cli import clock
from botmeter_cli.catalogue import add_plans
from botmeter_cli.files import (
    AccountFile,
    BadFile,
    BotEntry,
    Catalogue,
    Problem,
    SellersFile,
    read_file,
)
from botmeter_cli.paths import CATALOGUE, DEMO_ACCOUNT, SELLERS
from botmeter_cli.sellers import put_sellers
from botmeter_cli.wiring import operator, wiring_for
from botmeter_local import Stack

__all__ = ["demo_account", "provision", "seed", "wiring_for"]


def demo_account() -> dict[str, Any]:
    """The account file of the demo."""
    return dict(json.loads(DEMO_ACCOUNT.read_text(encoding="utf-8")))


def seed(stack: Stack, since: datetime, file: dict[str, Any]) -> dict[str, int]:
    """Write catalogue, sellers and the account of `file`, a customer since `since`; again changes nothing.

    Sellers that are there stay as they are: the operator has set them up.
    """
    services = wiring_for(stack)
    plans = read_file(Catalogue, CATALOGUE.read_bytes()).plans
    sellers = read_file(SellersFile, SELLERS.read_bytes()).sellers
    account = read_file(AccountFile, json.dumps(file))
    add_plans(services, plans)
    present = {seller.code for seller in services.manage_sellers.all_sellers(operator())}
    put_sellers(services, [seller for seller in sellers if seller.code not in present])
    provision(services, account, account.calendar.day(since))
    return {"plans": len(plans), "accounts": 1, "bots": len(account.bots)}


def calendar_of(services: Wiring, file: AccountFile) -> Calendar:
    """How the account of a file reckons days: as it does on the stack already, or as the file says."""
    return _Present.read(services, file.account_id).calendar(file)


def provision(services: Wiring, file: AccountFile, since: date) -> dict[str, Any]:
    """Write an account and its bots, customers from the beginning of `since`; returns which bots are new.

    An account that exists keeps its first period, and its bots stay as they are. Raises `BadFile`, and
    writes nothing, if anything is wrong.
    """
    present = _Present.read(services, file.account_id)
    customer = services.check_parties.customer(file.customer)
    problems = [Problem(fault.field, fault.rule) for fault in customer.faults]
    problems += [*_of_account(file, present, since), *_of_bots(file, present, since)]
    if problems:
        raise BadFile(problems)
    begins = present.calendar(file).start_of_day(since)
    account = _account(file, customer.party, present, begins)
    new = {e.bot_id: _bot(e, account, present.plans[e.plan], begins) for e in file.bots}
    bots = {**new, **{bot_id: bot for bot_id, bot in present.bots.items() if bot_id in new}}
    funds = {e.bot_id: e.opening_funds_minor for e in file.bots if e.opening_funds_minor}
    services.provision_account(
        account, bots.values(), funds, actor_of(operator()), begins, written_at=clock.now()
    )
    return {
        "account_id": account.account_id,
        "first_period": account.first_period.label,
        "added": [bot_id for bot_id in new if bot_id not in present.bots],
        "unchanged": [bot_id for bot_id in new if bot_id in present.bots],
    }


@dataclass(frozen=True, slots=True)
class _Present:
    """What the stack has before.

    Plan versions by reference, the codes of sellers, the account if it exists, its bots by id, and whether
    it has invoices.
    """

    plans: Mapping[str, PlanVersion]
    sellers: Sequence[str]
    account: Account | None
    bots: Mapping[str, Bot]
    is_billed: bool

    @classmethod
    def read(cls, services: Wiring, account_id: str) -> "_Present":
        """Ask the stack."""
        who, operate = operator(), services.operate
        account = next((a for a in operate.all_accounts(who) if a.account_id == account_id), None)
        bots = operate.bots_of(who, account_id) if account else []
        plans = {plan.ref: plan for plan in operate.plans(who)}
        sellers = [seller.code for seller in services.manage_sellers.all_sellers(who)]
        billed = bool(services.correct_invoices.invoices_of(who, account_id)) if account else False
        return cls(plans, sellers, account, {bot.bot_id: bot for bot in bots}, billed)

    def calendar(self, file: AccountFile) -> Calendar:
        """How the account reckons days."""
        return self.account.calendar if self.account else file.calendar


def _of_account(file: AccountFile, present: _Present, since: date) -> Iterator[Problem]:
    """What is wrong with the account: nobody bills it, or in another way than until now."""
    if file.seller not in present.sellers:
        there_is = f"must be one that is set up: {', '.join(present.sellers)}"
        yield Problem("seller", there_is if present.sellers else "has not been set up; set sellers first")
    known = present.account
    if known is None:
        return
    zone = known.calendar.latest_time_zone
    if file.seller != known.seller and present.is_billed:
        yield Problem("seller", f"must stay {known.seller}, which has billed the account")
    if file.currency != known.currency:
        yield Problem("currency", f"must stay {known.currency}, in which the account is billed")
    if file.time_zone != zone:
        yield Problem("time_zone", f"must stay {zone}; to change it, move the account")
    if file.billing_day != known.anchor_day:
        yield Problem("billing_day", f"must stay {known.anchor_day}, on which the account's periods start")
    if since < known.first_period.first_day:
        first = known.first_period.first_day
        yield Problem("since", f"must not be before {first}, the first day that the account is billed for")


def _of_bots(file: AccountFile, present: _Present, since: date) -> Iterator[Problem]:
    """What is wrong with the bots."""
    offered = {ref: plan for ref, plan in present.plans.items() if plan.currency == file.currency}
    if not offered:
        currencies = sorted({plan.currency for plan in present.plans.values()})
        there_is = f"must be one that plans are in: {', '.join(currencies)}"
        yield Problem("currency", there_is if currencies else "has no plans yet; add plans first")
        return
    known: set[str] = set()
    for index, entry in enumerate(file.bots):
        if entry.bot_id in known:
            yield Problem(f"bots/{index}/bot_id", f"must be another: {entry.bot_id} is there twice")
        known.add(entry.bot_id)
        is_new = entry.bot_id not in present.bots
        yield from _of_bot(f"bots/{index}", entry, offered, since if is_new else None)


def _of_bot(
    path: str, entry: BotEntry, offered: Mapping[str, PlanVersion], since: date | None
) -> Iterator[Problem]:
    """What is wrong with a bot that begins on `since`, or has begun before."""
    plan = offered.get(entry.plan)
    if plan is None:
        yield Problem(f"{path}/plan", f"must be one of {', '.join(sorted(offered))}, not {entry.plan}")
    elif entry.opening_funds_minor and not plan.takes_funds:
        yield Problem(f"{path}/opening_funds_minor", f"must be left out: {plan.ref} takes no funds")
    if since and entry.ends_on and entry.ends_on < since:
        yield Problem(f"{path}/ends_on", f"must not be before {since}, when the bot begins")


def _account(file: AccountFile, customer: Customer, present: _Present, begins: datetime) -> Account:
    """The account as the file has it; its first period stays what it was, or is the one of `begins`."""
    known, calendar = present.account, present.calendar(file)
    return Account(
        account_id=file.account_id,
        customer=customer,
        currency=file.currency,
        time_zone=calendar.time_zone,
        first_period=known.first_period if known else calendar.period_containing(begins),
        moves=calendar.moves,
        invoice_grace_hours=file.invoice_grace_hours,
        seller=file.seller,
        roles=file.roles,
        revision=known.revision if known else 0,
    )


def _bot(entry: BotEntry, account: Account, plan: PlanVersion, begins: datetime) -> Bot:
    """A bot of the account, from `begins` on."""
    last = entry.ends_on
    ends_at = account.calendar.start_of_day(last + timedelta(days=1)) if last else None
    return Bot(
        account_id=account.account_id,
        bot_id=entry.bot_id,
        name=entry.name,
        owner_id=entry.owner_id,
        subscription=Subscription.begin(plan, begins, ends_at),
        idle_timeout_minutes=entry.idle_timeout_minutes,
    )
