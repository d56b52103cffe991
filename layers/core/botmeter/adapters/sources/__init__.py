"""Native formats of event sources, made into canonical events. `docs/sources.md` tells what becomes what.

A format is a module with a function `events`, and an entry in `FORMATS`. It is loaded with its first record.
"""

from importlib import import_module
from typing import Any, Final, NamedTuple, Protocol, cast

# A canonical event: CloudEvents 1.0, still to be validated.
Event = dict[str, Any]

# The module of each format.
FORMATS: Final = {
    "bot-framework": "bot_framework",
    "rasa": "rasa",
    "lex-v2": "lex_v2",
    "dialogflow-cx": "dialogflow_cx",
    "kore-ai": "kore_ai",
}


class Origin(NamedTuple):
    """Where a record comes from: its format, and whose bot it is about.

    With a `channel`, all its events are of that one; `test` traffic is never metered. `bot_party` is the id
    that the bot has in the record's channel, for formats whose records need not say which party it is.
    """

    format: str
    account_id: str
    bot_id: str
    channel: str | None = None
    test: bool = False
    bot_party: str | None = None


class Adapter(Protocol):
    """What each format's module has under the name `events`."""

    def __call__(self, record: Any, origin: Origin, /) -> list[Event]:
        """The events that a record reports, none if it does not matter; the same record, the same events.

        Raises `InvalidEvent` with the member of the record and the rule that it breaks; nothing else.
        """


def events_of(record: Any, origin: Origin) -> list[Event]:
    """The events that a record reports; raises `InvalidEvent`, and `KeyError` for an unknown format."""
    module = import_module(f"{__name__}.{FORMATS[origin.format]}")
    return cast("Adapter", module.events)(record, origin)
