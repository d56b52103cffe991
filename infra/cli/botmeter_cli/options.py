"""Arguments and options that several commands take."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from botmeter.adapters.sources import FORMATS
from botmeter.domain.identifiers import IDENTIFIER_RULE, is_identifier

DEFAULT_STACK = "botmeter-local"
STACK_HELP = "Name of the stack, local or on AWS."

StackName = Annotated[str, typer.Option("--stack", help=STACK_HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
_EVENT_FILE: Any = typer.Argument(
    metavar="FILE.jsonl",
    help="Canonical events, one JSON object a line; may be gzipped; - is standard input.",
)
EventFile = Annotated[str, _EVENT_FILE]
MaybeEventFile = Annotated[str | None, _EVENT_FILE]
RecordFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="Records: a JSON array, or one JSON object a line; may be gzipped; - is standard input.",
    ),
]
JsonFile = Annotated[
    typer.FileBinaryRead, typer.Argument(metavar="FILE.json", help="A JSON file; - is standard input.")
]
AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id of the account.")]
BotId = Annotated[str, typer.Argument(metavar="BOT", help="Id of the bot.")]


def parse_now(text: str) -> datetime:
    """A time with an offset, as UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-11-04T00:00:00Z") from None
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset; add Z or +01:00")
    return instant.astimezone(UTC)


def parse_instant(text: str) -> datetime:
    """A time with an offset, as UTC; a day is its beginning in UTC."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return parse_now(text)


def parse_identifier(text: str) -> str:
    """An id that can be a key; a usage error for any other."""
    if not is_identifier(text):
        raise typer.BadParameter(IDENTIFIER_RULE)
    return text


def parse_format(text: str) -> str:
    """A native format; a usage error for any other."""
    if text not in FORMATS:
        raise typer.BadParameter(f"must be one of {', '.join(FORMATS)}")
    return text


_FORMAT: Any = typer.Option(
    "--format", parser=parse_format, metavar="FORMAT", help=f"Of the records: {', '.join(FORMATS)}."
)
_ACCOUNT: Any = typer.Option("--account", parser=parse_identifier, metavar="ID", help="The bot's account.")
_BOT: Any = typer.Option("--bot", parser=parse_identifier, metavar="ID", help="The bot that they are about.")

Format = Annotated[str, _FORMAT]
MaybeFormat = Annotated[str | None, _FORMAT]
Account = Annotated[str, _ACCOUNT]
MaybeAccount = Annotated[str | None, _ACCOUNT]
Bot = Annotated[str, _BOT]
MaybeBot = Annotated[str | None, _BOT]
Channel = Annotated[
    str | None,
    typer.Option(parser=parse_identifier, metavar="NAME", help="Where all took place, whatever they say."),
]
BotParty = Annotated[
    str | None,
    typer.Option(
        metavar="ID", help="The bot's id in the channel, where bot-framework records do not say who it is."
    ),
]
Now = Annotated[
    datetime | None,
    typer.Option(
        parser=parse_now,
        metavar="TIME",
        help="Do as if it were TIME (RFC 3339). Refused on a production stack.",
    ),
]


def hand_down(context: typer.Context, stack: str, *, as_json: bool) -> None:
    """Let what was given before a command be the default of every command of the group."""
    context.default_map = _defaults(context.command, {"stack": stack, "as_json": as_json})


def _defaults(command: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The defaults of a command, which are those of all commands below it."""
    below = command.commands if isinstance(command, TyperGroup) else {}
    return {**given, **{name: _defaults(found, given) for name, found in below.items()}}
