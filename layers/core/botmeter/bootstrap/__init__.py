"""Wires adapters to services. Nothing else constructs an adapter or reads the environment."""

import os
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from botmeter.bootstrap.invoicing import Invoicing
from botmeter.bootstrap.sources import Sources
from botmeter.settings import Settings

if TYPE_CHECKING:
    from botmeter.services.add_funds import AddFunds, SetAutoReload
    from botmeter.services.assess_late_events import AssessLateEvents
    from botmeter.services.change_owner import ChangeOwner
    from botmeter.services.change_plan import ChangePlan
    from botmeter.services.check_entitlement import CheckEntitlement
    from botmeter.services.check_parties import CheckParties
    from botmeter.services.edit_bot import EditBot
    from botmeter.services.explain_conversation import ExplainConversation
    from botmeter.services.extend_plan import DecideExtension, RequestExtension
    from botmeter.services.manage_quarantine import ManageQuarantine
    from botmeter.services.manage_sellers import ManageSellers
    from botmeter.services.move_account import MoveAccount
    from botmeter.services.operate import Operate
    from botmeter.services.pay_orders import PayOrders
    from botmeter.services.provision_account import ProvisionAccount
    from botmeter.services.record_events import RecordEvents
    from botmeter.services.run_lifecycle import RunLifecycle
    from botmeter.services.settle_conversations import SettleConversations
    from botmeter.services.show_account import ShowAccount
    from botmeter.services.show_bots import ShowBots
    from botmeter.services.show_members import ShowMembers
    from botmeter.services.show_plan_options import ShowPlanOptions
    from botmeter.services.show_records import ShowRecords
    from botmeter.services.show_usage import ShowUsage
    from botmeter.services.sign_in import SignIn


@dataclass(frozen=True)
class Wiring(Invoicing, Sources):
    """The services, each wired when it is first asked for: a function loads what it uses."""

    @cached_property
    def record_events(self) -> "RecordEvents":
        """Records batches of events."""
        from botmeter.adapters.event_reader import read
        from botmeter.services.record_events import RecordEvents

        return RecordEvents(
            parse=read,
            registry=self.registry,
            archive=self.archive,
            timelines=self.timelines,
            quarantine=self.quarantine,
            grace_ms=self._settle_grace_ms,
            interval_ms=round(self.settings.settle_interval.total_seconds()) * 1000,
        )

    @cached_property
    def settle_conversations(self) -> "SettleConversations":
        """Settles what is due."""
        from botmeter.services.settle_conversations import SettleConversations

        return SettleConversations(
            timelines=self.timelines,
            accounts=self.accounts,
            billing=self.billing,
            store=self.settlements,
            grace_ms=self._settle_grace_ms,
        )

    @cached_property
    def run_lifecycle(self) -> "RunLifecycle":
        """Does what time has made due."""
        from botmeter.services.run_lifecycle import RunLifecycle

        return RunLifecycle(
            accounts=self.accounts,
            billing=self.billing,
            edit=self.edit_bot,
            agenda=self.agenda,
            orders=self.orders,
            pay=self.pay_orders,
            outbox=self.outbox,
            publisher=self.publisher,
        )

    @cached_property
    def edit_bot(self) -> "EditBot":
        """Changes bots, one change at a time."""
        from botmeter.services.edit_bot import EditBot

        return EditBot(self.accounts, self.billing)

    @cached_property
    def pay_orders(self) -> "PayOrders":
        """Begins payments and notes their end."""
        from botmeter.services.pay_orders import PayOrders

        return PayOrders(self.edit_bot, self.orders, self.agenda, lambda: self.payment_providers)

    @cached_property
    def change_plan(self) -> "ChangePlan":
        """Changes plans."""
        from botmeter.services.change_plan import ChangePlan

        return ChangePlan(self.edit_bot, self.usage, self.pay_orders)

    @cached_property
    def add_funds(self) -> "AddFunds":
        """Orders funds."""
        from botmeter.services.add_funds import AddFunds

        return AddFunds(self.edit_bot, self.pay_orders)

    @cached_property
    def set_auto_reload(self) -> "SetAutoReload":
        """Lets funds be added by card when little is left."""
        from botmeter.services.add_funds import SetAutoReload

        return SetAutoReload(self.edit_bot, self.payment_methods)

    @cached_property
    def request_extension(self) -> "RequestExtension":
        """Asks for more days."""
        from botmeter.services.extend_plan import RequestExtension

        return RequestExtension(self.edit_bot)

    @cached_property
    def decide_extension(self) -> "DecideExtension":
        """Grants or declines more days."""
        from botmeter.services.extend_plan import DecideExtension

        return DecideExtension(self.edit_bot, self.agenda)

    @cached_property
    def move_account(self) -> "MoveAccount":
        """Moves accounts to other time zones."""
        from botmeter.services.move_account import MoveAccount

        return MoveAccount(self.accounts, self.accounts)

    @cached_property
    def change_owner(self) -> "ChangeOwner":
        """Gives bots other owners."""
        from botmeter.services.change_owner import ChangeOwner

        return ChangeOwner(self.edit_bot, self.show_members)

    @cached_property
    def check_entitlement(self) -> "CheckEntitlement":
        """Says whether a bot may answer."""
        from botmeter.services.check_entitlement import CheckEntitlement

        return CheckEntitlement(self.billing)

    @cached_property
    def show_account(self) -> "ShowAccount":
        """What a member may know of the account."""
        from botmeter.services.show_account import ShowAccount

        return ShowAccount(self.accounts, self.payment_methods)

    @cached_property
    def show_bots(self) -> "ShowBots":
        """Answers for Plan & Usage."""
        from botmeter.services.show_bots import ShowBots

        return ShowBots(self.accounts, self.billing, self.usage, self.payment_methods)

    @cached_property
    def show_members(self) -> "ShowMembers":
        """Who belongs to the account."""
        from botmeter.services.show_members import ShowMembers

        return ShowMembers(self.members)

    @cached_property
    def show_plan_options(self) -> "ShowPlanOptions":
        """Compares plans."""
        from botmeter.services.show_plan_options import ShowPlanOptions

        return ShowPlanOptions(self.edit_bot, self.usage, self.tax_table)

    @cached_property
    def show_records(self) -> "ShowRecords":
        """Ledgers and the audit trail."""
        from botmeter.services.show_records import ShowRecords

        return ShowRecords(self.show_bots, self.billing, self.audit)

    @cached_property
    def show_usage(self) -> "ShowUsage":
        """Totals and records of use."""
        from botmeter.services.show_usage import ShowUsage

        return ShowUsage(self.show_bots, self.usage)

    @cached_property
    def explain_conversation(self) -> "ExplainConversation":
        """Says why conversations count what they do."""
        from botmeter.services.explain_conversation import ExplainConversation
        from botmeter.services.orders_access import OrdersAccess

        return ExplainConversation(self.show_bots, OrdersAccess(self.accounts), self.timelines)

    @cached_property
    def sign_in(self) -> "SignIn":
        """Signs people in to the console."""
        from botmeter.services.sign_in import SignIn

        return SignIn(self.identity, self.logins)

    @cached_property
    def operate(self) -> "Operate":
        """What the operator sees and decides."""
        from botmeter.services.operate import Operate

        return Operate(
            accounts=self.accounts,
            writer=self.accounts,
            edit=self.edit_bot,
            orders=self.orders,
            bots=self.show_bots,
            pay=self.pay_orders,
            extensions=self.decide_extension,
            audit=self.audit,
            move=self.move_account,
        )

    @cached_property
    def check_parties(self) -> "CheckParties":
        """Checks the details of customers and sellers."""
        from botmeter.services.check_parties import CheckParties

        return CheckParties(self.numbers, self.tax_table)

    @cached_property
    def manage_sellers(self) -> "ManageSellers":
        """The legal entities that bill."""
        from botmeter.services.manage_sellers import ManageSellers

        return ManageSellers(self.accounts, self.accounts, self.check_parties, self.audit)

    @cached_property
    def manage_quarantine(self) -> "ManageQuarantine":
        """What ingest refused."""
        from botmeter.adapters.event_reader import read
        from botmeter.services.manage_quarantine import ManageQuarantine

        return ManageQuarantine(
            events=self.quarantine,
            queue=self.event_queue,
            parse=read,
            accounts=self.accounts,
            audit=self.audit,
        )

    @cached_property
    def assess_late_events(self) -> "AssessLateEvents":
        """Says what events would have changed that came too late."""
        from botmeter.adapters.event_reader import read
        from botmeter.services.assess_late_events import AssessLateEvents

        return AssessLateEvents(
            parse=read,
            accounts=self.accounts,
            timelines=self.timelines,
            archive=self.archive,
            retention=self.settings.archive_retention,
        )

    @cached_property
    def provision_account(self) -> "ProvisionAccount":
        """Sets accounts up."""
        from botmeter.services.provision_account import ProvisionAccount

        return ProvisionAccount(self.accounts, self.accounts, self.billing, self.registry_publisher)

    @property
    def _settle_grace_ms(self) -> int:
        return round(self.settings.settle_grace.total_seconds()) * 1000


@cache
def wiring() -> Wiring:
    """The wiring of this process, over its environment."""
    return Wiring(Settings.read(os.environ))
