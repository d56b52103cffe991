"""The adapters over the settings, each made when it is first asked for."""

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from botmeter.bootstrap.clients import IN_FLIGHT, ClientFactory, aws_client
from botmeter.settings import Settings

if TYPE_CHECKING:
    from botmeter.adapters.cognito import CognitoDirectory
    from botmeter.adapters.cognito_sign_in import CognitoSignIn
    from botmeter.adapters.dynamo.accounts import DynamoAccounts
    from botmeter.adapters.dynamo.agenda import DynamoAgenda
    from botmeter.adapters.dynamo.audit import DynamoAudit
    from botmeter.adapters.dynamo.billing import DynamoBilling
    from botmeter.adapters.dynamo.invoices import DynamoInvoices
    from botmeter.adapters.dynamo.logins import DynamoLogins
    from botmeter.adapters.dynamo.orders import DynamoOrders
    from botmeter.adapters.dynamo.outbox import DynamoOutbox
    from botmeter.adapters.dynamo.parked import DynamoParkedBills
    from botmeter.adapters.dynamo.settlements import DynamoSettlements
    from botmeter.adapters.dynamo.timelines import DynamoTimelines
    from botmeter.adapters.dynamo.usage import DynamoUsage
    from botmeter.adapters.eventbridge import EventBridgePublisher
    from botmeter.adapters.numbers import StdnumChecker
    from botmeter.adapters.payments.stripe_secret import StripeSecret
    from botmeter.adapters.s3.archive import S3Archive
    from botmeter.adapters.s3.documents import S3Documents
    from botmeter.adapters.s3.quarantine import S3Quarantine
    from botmeter.adapters.s3.registry import S3Registry, S3RegistryPublisher
    from botmeter.adapters.sqs import SqsBillingQueue, SqsEventQueue
    from botmeter.domain.orders import PaymentMethod
    from botmeter.domain.tax import TaxTable
    from botmeter.ports.invoices import Mailer
    from botmeter.ports.payments import PaymentProvider, PaymentProviders, WebhookReader


@dataclass(frozen=True)
class Adapters:
    """What the services need of the world.

    `endpoint_url` and `region` are for PynamoDB, which makes its own client; None means AWS's own.
    `stripe_url` is where Stripe is, for tests; None means Stripe's own.
    """

    settings: Settings
    client: ClientFactory = aws_client
    region: str | None = None
    endpoint_url: str | None = None
    stripe_url: str | None = None

    @cached_property
    def accounts(self) -> "DynamoAccounts":
        """Accounts, bots, plans and sellers."""
        from botmeter.adapters.dynamo.accounts import DynamoAccounts

        self._bind_models()
        return DynamoAccounts()

    @cached_property
    def billing(self) -> "DynamoBilling":
        """The state of bots."""
        from botmeter.adapters.dynamo.billing import DynamoBilling

        return DynamoBilling(self.client("dynamodb"), self.settings.billing_table, self.accounts)

    @cached_property
    def agenda(self) -> "DynamoAgenda":
        """What time makes due."""
        from botmeter.adapters.dynamo.agenda import DynamoAgenda

        return DynamoAgenda(self.client("dynamodb"), self.settings.billing_table, self.accounts)

    @cached_property
    def orders(self) -> "DynamoOrders":
        """Orders."""
        from botmeter.adapters.dynamo.orders import DynamoOrders

        self._bind_models()
        return DynamoOrders()

    @cached_property
    def audit(self) -> "DynamoAudit":
        """The audit trail."""
        from botmeter.adapters.dynamo.audit import DynamoAudit

        return DynamoAudit(self.client("dynamodb"), self.settings.billing_table)

    @cached_property
    def outbox(self) -> "DynamoOutbox":
        """Events to send."""
        from botmeter.adapters.dynamo.outbox import DynamoOutbox

        return DynamoOutbox(self.client("dynamodb"), self.settings.billing_table)

    @cached_property
    def invoices(self) -> "DynamoInvoices":
        """Invoices and their numbers."""
        from botmeter.adapters.dynamo.invoices import DynamoInvoices

        self._bind_models()
        return DynamoInvoices(self.client("dynamodb"), self.settings.billing_table)

    @cached_property
    def parked(self) -> "DynamoParkedBills":
        """Bills that wait for the operator."""
        from botmeter.adapters.dynamo.parked import DynamoParkedBills

        self._bind_models()
        return DynamoParkedBills(self.client("dynamodb"), self.settings.billing_table)

    @cached_property
    def usage(self) -> "DynamoUsage":
        """What was metered."""
        from botmeter.adapters.dynamo.usage import DynamoUsage

        return DynamoUsage(self.client("dynamodb"), self.settings.usage_table)

    @cached_property
    def timelines(self) -> "DynamoTimelines":
        """Marks and what is due of them."""
        from botmeter.adapters.dynamo.timelines import DynamoTimelines

        return DynamoTimelines(self.client("dynamodb"), self.settings.usage_table, IN_FLIGHT)

    @cached_property
    def settlements(self) -> "DynamoSettlements":
        """Where settlements go."""
        from botmeter.adapters.dynamo.settlements import DynamoSettlements

        return DynamoSettlements(self.client("dynamodb"), self.settings.usage_table, self.billing)

    @cached_property
    def documents(self) -> "S3Documents":
        """Where the documents of invoices are."""
        from botmeter.adapters.s3.documents import S3Documents

        return S3Documents(self.client("s3"), self.settings.invoice_bucket)

    @cached_property
    def registry(self) -> "S3Registry":
        """The bots that ingest knows."""
        from botmeter.adapters.s3.registry import S3Registry

        return S3Registry(self.client("s3"), self.settings.operations_bucket, time.monotonic)

    @cached_property
    def registry_publisher(self) -> "S3RegistryPublisher":
        """Tells ingest of bots."""
        from botmeter.adapters.s3.registry import S3RegistryPublisher

        return S3RegistryPublisher(self.client("s3"), self.settings.operations_bucket)

    @cached_property
    def archive(self) -> "S3Archive":
        """Keeps accepted events."""
        from botmeter.adapters.s3.archive import S3Archive

        return S3Archive(self.client("s3"), self.settings.archive_bucket)

    @cached_property
    def quarantine(self) -> "S3Quarantine":
        """Keeps events that cannot be used."""
        from botmeter.adapters.s3.quarantine import S3Quarantine

        return S3Quarantine(self.client("s3"), self.settings.operations_bucket)

    @cached_property
    def event_queue(self) -> "SqsEventQueue":
        """Hands events to ingest."""
        from botmeter.adapters.sqs import SqsEventQueue

        return SqsEventQueue(self.client("sqs"), self.settings.event_queue_url)

    @cached_property
    def billing_queue(self) -> "SqsBillingQueue":
        """Hands accounts to the invoice function."""
        from botmeter.adapters.sqs import SqsBillingQueue

        return SqsBillingQueue(self.client("sqs"), self.settings.invoice_queue_url)

    @cached_property
    def publisher(self) -> "EventBridgePublisher":
        """Tells other systems."""
        from botmeter.adapters.eventbridge import EventBridgePublisher

        return EventBridgePublisher(self.client("events"), self.settings.outgoing_bus)

    @cached_property
    def members(self) -> "CognitoDirectory":
        """The members of accounts."""
        from botmeter.adapters.cognito import CognitoDirectory

        return CognitoDirectory(self.client("cognito-idp"), self.settings.user_pool_id)

    @cached_property
    def identity(self) -> "CognitoSignIn":
        """Knows users and their passwords."""
        from botmeter.adapters.cognito_sign_in import CognitoSignIn

        settings = self.settings
        return CognitoSignIn(self.client("cognito-idp"), settings.user_pool_id, settings.user_pool_client_id)

    @cached_property
    def logins(self) -> "DynamoLogins":
        """Who is signed in to the console."""
        from botmeter.adapters.dynamo.logins import DynamoLogins

        return DynamoLogins(self.client("dynamodb"), self.settings.billing_table)

    @cached_property
    def numbers(self) -> "StdnumChecker":
        """Knows tax numbers and bank accounts."""
        from botmeter.adapters.numbers import StdnumChecker

        return StdnumChecker()

    @cached_property
    def tax_table(self) -> "TaxTable":
        """The rates of tax."""
        from botmeter.adapters.tax_rates import tax_table

        return tax_table()

    @cached_property
    def mailer(self) -> "Mailer | None":
        """Sends mail: into a folder if one is set, else through SES; None where no sender is set."""
        if not self.settings.mail_sender:
            return None
        if self.settings.mail_folder:
            from botmeter.adapters.mail.folder import FolderMailer

            return FolderMailer(Path(self.settings.mail_folder))
        from botmeter.adapters.mail.ses import SesMailer

        return SesMailer(self.client("sesv2"))

    @property
    def payment_methods(self) -> "tuple[PaymentMethod, ...]":
        """How orders may be paid: by transfer where a bank account is set, by card where Stripe is."""
        from botmeter.domain.orders import PaymentMethod

        is_set = {
            PaymentMethod.BANK_TRANSFER: any(self.settings.bank_account),
            PaymentMethod.CARD: bool(self.settings.stripe_secret_id),
        }
        return tuple(method for method in PaymentMethod if is_set[method])

    @cached_property
    def payment_providers(self) -> "PaymentProviders":
        """Who takes the money, by each of `payment_methods`."""
        return {method: self._payment_provider(method) for method in self.payment_methods}

    def _payment_provider(self, method: "PaymentMethod") -> "PaymentProvider":
        from botmeter.domain.orders import PaymentMethod

        if method is PaymentMethod.BANK_TRANSFER:
            from botmeter.adapters.payments.bank_transfer import BankTransfer
            from botmeter.domain.parties import BankAccount

            return BankTransfer(self.accounts, BankAccount(*self.settings.bank_account))
        from botmeter.adapters.payments.stripe import StripeCards

        secret = self._stripe_secret
        return StripeCards(secret.api_key, secret.publishable_key, api_base=self.stripe_url)

    @cached_property
    def stripe_webhook(self) -> "WebhookReader":
        """Reads what Stripe tells; raises `NotAvailable` where cards are not taken."""
        from botmeter.domain.errors import NotAvailable

        if not self.settings.stripe_secret_id:
            raise NotAvailable("payment by card is not set up")
        from botmeter.adapters.payments.stripe_webhook import StripeWebhook

        return StripeWebhook(self._stripe_secret.webhook_secret)

    @cached_property
    def _stripe_secret(self) -> "StripeSecret":
        from botmeter.adapters.payments.stripe_secret import read_stripe_secret

        return read_stripe_secret(self.client("secretsmanager"), self.settings.stripe_secret_id)

    def _bind_models(self) -> None:
        from botmeter.adapters.dynamo.models import bind

        bind(self.settings.billing_table, self.region, self.endpoint_url)
