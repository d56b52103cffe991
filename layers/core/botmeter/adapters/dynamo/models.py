"""The billing table as PynamoDB models: one class for each kind of item, told apart by their keys.

Numbers are integers; instants are microseconds. `due_shard` and `due_at` (ms) put an item into the index
`due` for as long as time alone makes it worth a look.

A PynamoDB model is bound to its table when the class is made; `bind` binds all of them later.
"""

from typing import Any

from pynamodb.attributes import (
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


class StoredItem(Model):
    """An item of the table, by its keys."""

    class Meta:
        """What PynamoDB asks for: the table, where it is."""

        table_name = ""
        region: str | None = None
        host: str | None = None

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class DueItem(StoredItem):
    """An item that the due index lists, as long as it has these attributes."""

    due_shard = UnicodeAttribute(null=True)
    due_at = IntegerAttribute(null=True)


class PlanItem(StoredItem):
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


class AccountItem(StoredItem):
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


class SellerItem(StoredItem):
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


class SellerPrefixItem(StoredItem):
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


class BotItem(DueItem):
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


class _WalletItem(DueItem):
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


class LedgerItem(StoredItem):
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


class OrderItem(DueItem):
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


class AuditItem(StoredItem):
    """`AUDIT#account` / `1791000000000#entry`: the time in ms, the entry's id. Never changed."""

    at = InstantAttribute()
    actor_id = UnicodeAttribute()
    actor_role = UnicodeAttribute()
    operation = UnicodeAttribute()
    bot_id = UnicodeAttribute()
    before = TextsAttribute()
    after = TextsAttribute()


class EventSourceItem(StoredItem):
    """`EVENT_SOURCES` / `account#source`."""

    name = UnicodeAttribute()
    key_hash = UnicodeAttribute()
    key_hint = UnicodeAttribute()
    created_at = InstantAttribute()
    created_by = UnicodeAttribute()
    revoked_at = InstantAttribute(null=True)
    revision = IntegerAttribute()


class OutboxItem(DueItem):
    """`OUTBOX#account` / `type#id`. Due until it is sent."""

    bot_id = UnicodeAttribute()
    occurred_at = InstantAttribute()
    facts = TextsAttribute()


def bind(table_name: str, region: str | None = None, host: str | None = None) -> None:
    """Let all models use `table_name`; `host` is an endpoint other than AWS's own.

    The base class gets the connection, and so its client, that all models inherit.
    """
    StoredItem.Meta.table_name = table_name
    StoredItem.Meta.region = region
    StoredItem.Meta.host = host
    StoredItem._connection = None  # noqa: SLF001 (what PynamoDB keeps of an earlier binding)
    connection()


def connection() -> Connection:
    """The connection of all models."""
    return StoredItem._get_connection().connection  # noqa: SLF001 (PynamoDB has no public way to share it)
