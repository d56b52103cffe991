"""The billing table as PynamoDB models: one class for each kind of item, told apart by their keys.

Numbers are integers; instants are microseconds. `due_shard` and `due_at` (ms) put an item into the index
`due` for as long as time alone makes it worth a look.

A PynamoDB model is bound to its table when the class is made; `bind` binds all of them later.
"""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import Connection
from pynamodb.models import Model

from botmeter.adapters.dynamo.attributes import (
    InstantAttribute,
    IntegerAttribute,
    TextListsAttribute,
    TextsAttribute,
)
from botmeter.adapters.dynamo.party_maps import AddressMap, BankMap, CustomerMap


class _Item(Model):
    class Meta:
        table_name = ""
        region: str | None = None
        host: str | None = None

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class _DueItem(_Item):
    due_shard = UnicodeAttribute(null=True)
    due_at = IntegerAttribute(null=True)


class PlanItem(_Item):
    """`PLAN` / `standard@1`. Never changed."""

    plan_id = UnicodeAttribute()
    version = IntegerAttribute()
    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    currency = UnicodeAttribute()
    usage_price_micros = IntegerAttribute(default=0)
    alert_price_micros = IntegerAttribute(default=0)
    monthly_fee_micros = IntegerAttribute(default=0)
    included_usage_sessions = IntegerAttribute(default=0)
    included_alert_sessions = IntegerAttribute(default=0)
    trial_days = IntegerAttribute(default=0)
    rank = IntegerAttribute(default=0)
    usage_limit_sessions = IntegerAttribute(default=0)
    funds_min_minor = IntegerAttribute(default=0)
    funds_max_minor = IntegerAttribute(default=0)
    low_balance_micros = IntegerAttribute(default=0)
    free_credits_micros = IntegerAttribute(default=0)
    free_credits_days = IntegerAttribute(default=0)


class AccountItem(_Item):
    """`ACCOUNTS` / account id. A row of `moves`: first day, time zone. `roles`: permissions by name."""

    customer = CustomerMap()  # type: ignore[no-untyped-call] # PynamoDB's own
    currency = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    first_period = UnicodeAttribute()
    moves: ListAttribute[list[str]] = ListAttribute(default=list)
    invoice_grace_hours = IntegerAttribute(null=True)
    seller = UnicodeAttribute()
    roles = TextListsAttribute()
    revision = IntegerAttribute(default=0)


class SellerItem(_Item):
    """`SELLER` / code."""

    name = UnicodeAttribute()
    address = AddressMap()  # type: ignore[no-untyped-call] # PynamoDB's own
    vat_id = UnicodeAttribute()
    tax_number = UnicodeAttribute()
    registration = UnicodeAttribute()
    email = UnicodeAttribute()
    phone = UnicodeAttribute()
    website = UnicodeAttribute()
    bank = BankMap(null=True)  # type: ignore[no-untyped-call] # PynamoDB's own
    time_zone = UnicodeAttribute()
    payment_days = IntegerAttribute()
    invoice_prefix = UnicodeAttribute()
    credit_note_prefix = UnicodeAttribute()


class SellerPrefixItem(_Item):
    """`SELLER_PREFIX` / prefix: whose it is, so that no two sellers number alike."""

    code = UnicodeAttribute()


class ExtensionMap(MapAttribute[Any, Any]):
    """The latest request for an extension, inside its bot."""

    request_id = UnicodeAttribute()
    requested_days = IntegerAttribute()
    reason = UnicodeAttribute()
    requested_at = InstantAttribute()
    requested_by = UnicodeAttribute()
    status = UnicodeAttribute()
    days = IntegerAttribute()
    answer = UnicodeAttribute()
    decided_at = InstantAttribute(null=True)
    decided_by = UnicodeAttribute()
    target = UnicodeAttribute()


class BotItem(_DueItem):
    """`ACCOUNT#account` / `BOT#bot`. Due while an extension request waits, since it was made.

    A row of `phases`: plan version, start, end or null (both microseconds).
    """

    name = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    viewer_ids = UnicodeSetAttribute()
    phases: ListAttribute[list[Any]] = ListAttribute()
    idle_timeout_minutes = IntegerAttribute()
    reload_threshold_minor = IntegerAttribute(null=True)
    reload_amount_minor = IntegerAttribute(null=True)
    card_reference = UnicodeAttribute()
    open_orders: ListAttribute[str] = ListAttribute()
    failed_order = UnicodeAttribute()
    extension = ExtensionMap(null=True)  # type: ignore[no-untyped-call] # PynamoDB's own
    revision = IntegerAttribute()


class _WalletItem(_DueItem):
    """A row of `grants`: id, kind, amount, what remains (micro-units), granted, expiry or null (µs)."""

    grants: ListAttribute[list[Any]] = ListAttribute()
    overdraft_micros = IntegerAttribute()
    revision = IntegerAttribute()


class BalanceItem(_WalletItem):
    """`ACCOUNT#account` / `BALANCE#bot`. Due when its standing changes by itself.

    Every settlement writes it, so it stays below 1 KB as a rule. A row of `entitlements`: since
    (microseconds), reason.
    """

    usage_sessions = IntegerAttribute()
    alert_sessions = IntegerAttribute()
    last_top_up_micros = IntegerAttribute()
    conditions = UnicodeSetAttribute()
    entitlements: ListAttribute[list[Any]] = ListAttribute()
    next_change_at = InstantAttribute(null=True)
    as_of = InstantAttribute(null=True)


class SharedCreditsItem(_WalletItem):
    """`ACCOUNT#account` / `SHARED`. Due when all bots of the account are to be looked at."""

    free_credits_granted = BooleanAttribute()
    look_at = InstantAttribute(null=True)


class LedgerItem(_Item):
    """`LEDGER#account#bot` / `0000000012#00`: the revision of the balance that it made. Never changed.

    The ledger of shared credits has an empty bot, which no bot's name is.
    """

    at = InstantAttribute()
    reason = UnicodeAttribute()
    amount_micros = IntegerAttribute()
    balance_micros = IntegerAttribute()
    reference = UnicodeAttribute()
    bot_id = UnicodeAttribute()
    usage_sessions = IntegerAttribute()
    alert_sessions = IntegerAttribute()


class OrderItem(_DueItem):
    """`ACCOUNT#account` / `ORDER#id`. Due while it is pending: its payment is to be looked up."""

    bot_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    amount_minor = IntegerAttribute()
    currency = UnicodeAttribute()
    payment_method = UnicodeAttribute()
    ordered_at = InstantAttribute()
    ordered_by = UnicodeAttribute()
    status = UnicodeAttribute()
    reference = UnicodeAttribute()
    fee_plan = UnicodeAttribute(null=True)
    fee_month = UnicodeAttribute(null=True)
    fee_minor = IntegerAttribute(null=True)
    is_reload = BooleanAttribute()
    settled_at = InstantAttribute(null=True)
    failure = UnicodeAttribute()


class AuditItem(_Item):
    """`AUDIT#account` / `1791000000000#entry`: the time in ms, the entry's id. Never changed."""

    at = InstantAttribute()
    actor_id = UnicodeAttribute()
    actor_role = UnicodeAttribute()
    operation = UnicodeAttribute()
    bot_id = UnicodeAttribute()
    before = TextsAttribute()
    after = TextsAttribute()


class OutboxItem(_DueItem):
    """`OUTBOX#account` / `type#id`. Due until it is sent."""

    bot_id = UnicodeAttribute()
    occurred_at = InstantAttribute()
    facts = TextsAttribute()


class _DocumentItem(_DueItem):
    """Due since it was issued, until its documents are stored."""

    document_key = UnicodeAttribute()
    document_sha256 = UnicodeAttribute(null=True)
    is_electronic = BooleanAttribute()


class InvoiceItem(_DocumentItem):
    """`ACCOUNT#account` / `INVOICE#number`: the snapshot (JSON, deflated) is never changed."""

    snapshot = BinaryAttribute(legacy_encoding=False)
    status = UnicodeAttribute()
    status_at = InstantAttribute(null=True)
    reason = UnicodeAttribute()
    paid_minor = IntegerAttribute()
    payment_reference = UnicodeAttribute()
    refunded_minor = IntegerAttribute()
    refund_reference = UnicodeAttribute()
    replaced_by = UnicodeAttribute()
    credited_minor = IntegerAttribute()
    credited_lines: ListAttribute[int] = ListAttribute()
    mail_begun_at = InstantAttribute(null=True)
    mailed_to = UnicodeAttribute()
    revision = IntegerAttribute()


class CreditNoteItem(_DocumentItem):
    """`ACCOUNT#account` / `CREDIT#number`. `credited_before` are lines that others had credited."""

    invoice = UnicodeAttribute()
    line_numbers: ListAttribute[int] = ListAttribute()
    credited_before: ListAttribute[int] = ListAttribute()
    reason = UnicodeAttribute()
    issued_at = InstantAttribute()
    issued_on = UnicodeAttribute()
    request_id = UnicodeAttribute()


class BillingItem(_Item):
    """`ACCOUNT#account` / `BILLING`: counts the changes of what has been billed."""

    revision = IntegerAttribute()


class PeriodItem(_Item):
    """`ACCOUNT#account` / `PERIOD#2026-10`: its invoice; empty if there was nothing to bill."""

    number = UnicodeAttribute()


class ParkedItem(_DueItem):
    """`ACCOUNT#account` / `PARKED`. Due while it is parked, since it was: what was released stays without."""

    period = UnicodeAttribute()
    reason = UnicodeAttribute()
    needs_approval = BooleanAttribute()
    parked_at = InstantAttribute()
    replaces = UnicodeAttribute()


class DocumentNumberItem(_Item):
    """`NUMBER#number` / `NUMBER`: whose invoice or credit note it is, and for which period."""

    account_id = UnicodeAttribute()
    period = UnicodeAttribute()


class SequenceItem(_Item):
    """`SEQUENCE` / `INV-2026`: the last number drawn of a prefix and year."""

    last = IntegerAttribute()


def bind(table_name: str, region: str | None = None, host: str | None = None) -> None:
    """Let all models use `table_name`; `host` is an endpoint other than AWS's own.

    The base class gets the connection, and so its client, that all models inherit.
    """
    _Item.Meta.table_name = table_name
    _Item.Meta.region = region
    _Item.Meta.host = host
    _Item._connection = None  # noqa: SLF001 (what PynamoDB keeps of an earlier binding)
    connection()


def connection() -> Connection:
    """The connection of all models."""
    return _Item._get_connection().connection  # noqa: SLF001 (PynamoDB has no public way to share it)
