"""Wires adapters to services. Nothing else constructs an adapter or reads the environment."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

from botmeter.settings import Settings

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from botmeter.adapters.dynamo.accounts import DynamoAccounts
    from botmeter.adapters.dynamo.invoices import DynamoInvoices
    from botmeter.adapters.dynamo.orders import DynamoOrders
    from botmeter.adapters.dynamo.usage import DynamoUsage
    from botmeter.adapters.s3.invoices import S3Invoices
    from botmeter.ports import InvoiceRenderer
    from botmeter.services.bill_accounts import IssueInvoice, StartBillingRun
    from botmeter.services.provision_account import ProvisionAccount
    from botmeter.services.record_events import RecordEvents
    from botmeter.services.settle_conversations import SettleConversations
    from botmeter.services.show_bots import ShowBots
    from botmeter.services.show_orders import ShowOrders

_IN_FLIGHT = 16
_CONFIG = Config(
    max_pool_connections=_IN_FLIGHT,
    parameter_validation=False,
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "max_attempts": 4},
)

ClientFactory = Callable[[str], Any]

# Links to documents are signed the way that every region takes.
_S3_CONFIG = _CONFIG.merge(Config(signature_version="s3v4"))


@cache
def aws_client(service: str) -> "BaseClient":
    """A client of an AWS service, with this process's credentials and endpoint."""
    config = _S3_CONFIG if service == "s3" else _CONFIG
    return botocore.session.get_session().create_client(service, config=config)


@dataclass(frozen=True)
class Wiring:
    """The services over `settings`, each wired when it is first asked for.

    `endpoint_url` and `region` are for PynamoDB, which makes its own client; None means AWS's own.
    """

    settings: Settings
    client: ClientFactory = aws_client
    region: str | None = None
    endpoint_url: str | None = None

    @cached_property
    def record_events(self) -> "RecordEvents":
        """Records batches of events."""
        from botmeter.adapters.cloudevents import parse_event
        from botmeter.adapters.dynamo.timelines import DynamoTimelines
        from botmeter.adapters.s3.quarantine import S3Quarantine
        from botmeter.adapters.s3.registry import S3Registry
        from botmeter.services.record_events import RecordEvents

        s3, bucket = self.client("s3"), self.settings.operations_bucket
        return RecordEvents(
            parse=parse_event,
            registry=S3Registry(s3, bucket, time.monotonic),
            timelines=DynamoTimelines(self.client("dynamodb"), self.settings.usage_table, _IN_FLIGHT),
            quarantine=S3Quarantine(s3, bucket),
            grace_ms=self._settle_grace_ms,
        )

    @cached_property
    def settle_conversations(self) -> "SettleConversations":
        """Settles what is due."""
        from botmeter.adapters.dynamo.settlements import DynamoSettlements
        from botmeter.adapters.dynamo.timelines import DynamoTimelines
        from botmeter.services.settle_conversations import SettleConversations

        dynamo, usage_table = self.client("dynamodb"), self.settings.usage_table
        return SettleConversations(
            timelines=DynamoTimelines(dynamo, usage_table),
            accounts=self._accounts,
            store=DynamoSettlements(dynamo, usage_table, self.settings.billing_table),
            grace_ms=self._settle_grace_ms,
        )

    @cached_property
    def start_billing_run(self) -> "StartBillingRun":
        """Queues the accounts whose period is over."""
        from botmeter.adapters.sqs import SqsBillingQueue
        from botmeter.services.bill_accounts import StartBillingRun

        return StartBillingRun(
            accounts=self._accounts,
            invoices=self._invoices,
            queue=SqsBillingQueue(self.client("sqs"), self.settings.invoice_queue_url),
            grace=self.settings.invoice_grace,
        )

    def issue_invoice(self, render: "InvoiceRenderer") -> "IssueInvoice":
        """Issues invoices as `render` draws them."""
        from botmeter.services.bill_accounts import IssueInvoice

        return IssueInvoice(
            accounts=self._accounts,
            usage=self.usage,
            invoices=self._invoices,
            documents=self._documents,
            render=render,
            seller=self.settings.seller,
        )

    @cached_property
    def show_bots(self) -> "ShowBots":
        """Answers for Plan & Usage."""
        from botmeter.services.show_bots import ShowBots

        return ShowBots(self._accounts, self.usage)

    @cached_property
    def show_orders(self) -> "ShowOrders":
        """Answers for Orders & Invoices."""
        from botmeter.services.show_orders import ShowOrders

        return ShowOrders(self._accounts, self._orders, self._invoices, self._documents)

    @cached_property
    def provision_account(self) -> "ProvisionAccount":
        """Sets accounts up."""
        from botmeter.adapters.s3.registry import S3RegistryPublisher
        from botmeter.services.provision_account import ProvisionAccount

        publisher = S3RegistryPublisher(self.client("s3"), self.settings.operations_bucket)
        return ProvisionAccount(self._accounts, self._orders, publisher)

    @cached_property
    def usage(self) -> "DynamoUsage":
        """What was metered."""
        from botmeter.adapters.dynamo.usage import DynamoUsage

        return DynamoUsage(self.client("dynamodb"), self.settings.usage_table)

    @property
    def _settle_grace_ms(self) -> int:
        return round(self.settings.settle_grace.total_seconds()) * 1000

    @cached_property
    def _accounts(self) -> "DynamoAccounts":
        from botmeter.adapters.dynamo.accounts import DynamoAccounts

        self._bind_models()
        return DynamoAccounts()

    @cached_property
    def _invoices(self) -> "DynamoInvoices":
        from botmeter.adapters.dynamo.invoices import DynamoInvoices

        self._bind_models()
        return DynamoInvoices()

    @cached_property
    def _orders(self) -> "DynamoOrders":
        from botmeter.adapters.dynamo.orders import DynamoOrders

        self._bind_models()
        return DynamoOrders()

    @cached_property
    def _documents(self) -> "S3Invoices":
        from botmeter.adapters.s3.invoices import S3Invoices

        return S3Invoices(self.client("s3"), self.settings.invoice_bucket)

    def _bind_models(self) -> None:
        from botmeter.adapters.dynamo.models import bind

        bind(self.settings.billing_table, self.region, self.endpoint_url)


@cache
def wiring() -> Wiring:
    """The wiring of this process, over its environment."""
    return Wiring(Settings.read(os.environ))
