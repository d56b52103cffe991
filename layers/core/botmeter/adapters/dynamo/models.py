"""The billing table as PynamoDB models: one class for each kind of item, told apart by their keys.

A PynamoDB model is bound to its table when the class is made; `bind` binds all of them later.
"""

from pynamodb.attributes import (
    BinaryAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.models import Model


class _Item(Model):
    class Meta:
        table_name = ""
        region: str | None = None
        host: str | None = None

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class PlanItem(_Item):
    """`PLAN` / `standard@1`."""

    plan_id = UnicodeAttribute()
    version = NumberAttribute()
    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    currency = UnicodeAttribute()
    usage_price_micros = NumberAttribute()
    alert_price_micros = NumberAttribute()
    monthly_fee_micros = NumberAttribute()
    included_usage_sessions = NumberAttribute()
    included_alert_sessions = NumberAttribute()
    trial_days = NumberAttribute()


class AccountItem(_Item):
    """`ACCOUNTS` / account id."""

    name = UnicodeAttribute()
    currency = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    first_period = UnicodeAttribute()
    address: ListAttribute[str] = ListAttribute()


class BotItem(_Item):
    """`ACCOUNT#account` / `BOT#bot`."""

    bot_id = UnicodeAttribute()
    name = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    plan = UnicodeAttribute()
    plan_since = UTCDateTimeAttribute()
    idle_timeout_minutes = NumberAttribute()


class BalanceItem(_Item):
    """`BOT#account#bot` / `BALANCE`. Only ever changed by `ADD`."""

    remaining_micros = NumberAttribute(default=0)
    credited_micros = NumberAttribute(default=0)
    usage_sessions = NumberAttribute(default=0)
    alert_sessions = NumberAttribute(default=0)


class LedgerItem(_Item):
    """`BOT#account#bot` / `LEDGER#…`. Never changed."""

    amount_micros = NumberAttribute()
    usage_sessions = NumberAttribute(default=0)
    alert_sessions = NumberAttribute(default=0)
    at_ms = NumberAttribute()
    reason = UnicodeAttribute()


class OrderItem(_Item):
    """`ACCOUNT#account` / `ORDER#id`."""

    order_id = UnicodeAttribute()
    bot_id = UnicodeAttribute()
    amount_minor = NumberAttribute()
    currency = UnicodeAttribute()
    paid_at = UTCDateTimeAttribute()
    payment_method = UnicodeAttribute()


class InvoiceItem(_Item):
    """`ACCOUNT#account` / `INVOICE#2026-10`: the snapshot (JSON, deflated) is never changed."""

    number = UnicodeAttribute()
    snapshot = BinaryAttribute(legacy_encoding=False)
    pdf_key = UnicodeAttribute()
    pdf_sha256 = UnicodeAttribute(null=True)


class ClosedPeriodItem(_Item):
    """`ACCOUNT#account` / `CLOSED#2026-10`: the period had nothing to bill."""


class InvoiceNumberItem(_Item):
    """`INVOICE#number` / `INVOICE`: whose it is and for which period."""

    account_id = UnicodeAttribute()
    period = UnicodeAttribute()


class SequenceItem(_Item):
    """`SEQUENCE` / `INVOICE`: the last number drawn."""

    last = NumberAttribute()


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
