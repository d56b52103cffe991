"""Settings of a function, read from its environment once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from botmeter.domain.errors import NotAllowed

PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the template tells a function. A function is given only what it needs: the rest is empty."""

    environment: str
    usage_table: str
    billing_table: str
    operations_bucket: str
    archive_bucket: str
    archive_retention: timedelta
    event_queue_url: str
    invoice_bucket: str
    invoice_queue_url: str
    invoice_grace: timedelta
    settle_grace: timedelta
    settle_interval: timedelta
    outgoing_bus: str
    user_pool_id: str
    user_pool_client_id: str
    stripe_secret_id: str
    bank_account: tuple[str, str, str]
    allowed_origins: frozenset[str]
    mail_sender: str
    mail_folder: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings in `environ`; raises `ValueError` for one that cannot be."""
        return cls(
            environment=environ.get("ENVIRONMENT", PRODUCTION),
            usage_table=environ.get("USAGE_TABLE", ""),
            billing_table=environ.get("BILLING_TABLE", ""),
            operations_bucket=environ.get("OPERATIONS_BUCKET", ""),
            archive_bucket=environ.get("ARCHIVE_BUCKET", ""),
            archive_retention=timedelta(days=_whole_number(environ, "ARCHIVE_RETENTION_DAYS", 400)),
            event_queue_url=environ.get("EVENT_QUEUE_URL", ""),
            invoice_bucket=environ.get("INVOICE_BUCKET", ""),
            invoice_queue_url=environ.get("INVOICE_QUEUE_URL", ""),
            invoice_grace=timedelta(hours=_whole_number(environ, "INVOICE_GRACE_HOURS", 72)),
            settle_grace=timedelta(seconds=_whole_number(environ, "SETTLE_GRACE_SECONDS", 120)),
            settle_interval=timedelta(minutes=_whole_number(environ, "SETTLE_INTERVAL_MINUTES", 10)),
            outgoing_bus=environ.get("OUTGOING_BUS", ""),
            user_pool_id=environ.get("USER_POOL_ID", ""),
            user_pool_client_id=environ.get("USER_POOL_CLIENT_ID", ""),
            stripe_secret_id=environ.get("STRIPE_SECRET_ID", ""),
            bank_account=_bank_account(environ),
            allowed_origins=frozenset(_parts(environ, "ALLOWED_ORIGINS", ",")),
            mail_sender=environ.get("MAIL_SENDER", ""),
            mail_folder=environ.get("MAIL_FOLDER", ""),
        )

    @property
    def is_production(self) -> bool:
        """Whether real customers are billed."""
        return self.environment == PRODUCTION

    def instant_of_run(self, requested: str | None, now: datetime) -> datetime:
        """The time as of which a run works: `now`, or what an operator asked for outside production.

        Raises `NotAllowed` in production and `ValueError` for a time that is none or has no offset.
        """
        if requested is None:
            return now
        if self.is_production:
            raise NotAllowed("now: a production stack works as of the present time only")
        instant = datetime.fromisoformat(requested)
        if instant.tzinfo is None:
            raise ValueError("now: must have an offset")
        return instant


def _parts(environ: Mapping[str, str], name: str, separator: str) -> tuple[str, ...]:
    """The parts of a setting that are not empty."""
    return tuple(part.strip() for part in environ.get(name, "").split(separator) if part.strip())


def _bank_account(environ: Mapping[str, str]) -> tuple[str, str, str]:
    """Holder, IBAN and BIC to which transfers go."""
    parts = _parts(environ, "BANK_ACCOUNT", "|")
    if not parts:
        return "", "", ""
    if len(parts) != 3:  # noqa: PLR2004 (holder, IBAN and BIC)
        raise ValueError("BANK_ACCOUNT: must be holder, IBAN and BIC, separated by |")
    return parts


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    """A setting that is a number, not negative."""
    text = environ.get(name, str(default))
    if not text.isdecimal():
        raise ValueError(f"{name}: must be a whole number, not {text!r}")
    return int(text)
