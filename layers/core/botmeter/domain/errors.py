"""What can go wrong, in the words of the field."""

from enum import StrEnum


class BotmeterError(Exception):
    """Base of every error that Botmeter raises on purpose."""


class RejectReason(StrEnum):
    """Why an event cannot be metered, for machines."""

    MALFORMED = "malformed"
    UNKNOWN_BOT = "unknown_bot"
    FOREIGN_ACCOUNT = "foreign_account"
    IN_FUTURE = "in_future"
    TOO_LATE = "too_late"


class InvalidEvent(BotmeterError):
    """An event that cannot be metered.

    `field` is the path of the offending value (`data.account_id`), `rule` what was expected of it.
    """

    def __init__(self, field: str, rule: str, reason: RejectReason = RejectReason.MALFORMED) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
        self.reason = reason


class ForeignEvent(InvalidEvent):
    """An event that its source may not send: of another account, or of one that cannot be read.

    It leaves nothing behind, not even in quarantine: what lies there may be sent again.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(field, rule, RejectReason.FOREIGN_ACCOUNT)


class Refused(BotmeterError):
    """A request that breaks a rule; nothing was changed.

    `field` is the path of the offending member of the request (`amount/currency`), `rule` what was
    expected of it.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class NotFound(BotmeterError):
    """Nothing of that name exists, or it belongs to another account: the two look alike on purpose."""


class NotAvailable(BotmeterError):
    """The account's plan does not include this; the text says why."""


class NotAllowed(BotmeterError):
    """The caller's role, or the stack's environment, does not permit this."""


class SignInRefused(BotmeterError):
    """Nobody is signed in; the text says why, and nothing of who exists."""


class Conflict(BotmeterError):
    """Somebody else changed the same thing first; nothing was written."""


class Outdated(BotmeterError):
    """The caller's copy of a thing is not the present one, and the caller asked to be told."""


class PaymentRefused(BotmeterError):
    """A payment provider declines for good; the text says why, in the provider's words."""


class InvalidSignature(BotmeterError):
    """A message that does not come from whom it says."""


class TooLarge(BotmeterError):
    """What is to be stored is more than the store takes; trying again is no use."""


class StoreUnavailable(BotmeterError):
    """A store refused or did not answer; the same call may be made again."""


class Uncertain(BotmeterError):
    """Nobody knows whether it was done: doing it again may do it twice."""
