"""Own events: what a source that speaks for one account sends is read as that account's, or not at all."""

from collections.abc import Sequence

from botmeter.domain.errors import ForeignEvent, InvalidEvent
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.events import Report, foreign_account
from botmeter.domain.quarantine import accounts_named_in
from botmeter.ports.metering import EventParser


def read_own(parse: EventParser, text: str, source: SourceIdentity | None) -> Sequence[Report]:
    """What a text reports; raises `InvalidEvent`.

    With a source, raises `ForeignEvent` where anything in it is of another account, and where nobody can say
    of which it is.
    """
    try:
        reports = parse(text)
    except InvalidEvent as error:
        if source is not None:
            _require_own_names(text, source.account_id, error)
        raise
    if source is not None and any(r.sighting.subject.account_id != source.account_id for r in reports):
        raise foreign_account()
    return reports


def _require_own_names(text: str, account_id: str, error: InvalidEvent) -> None:
    """Raise `ForeignEvent` unless an unusable text can be read and names no account but this one.

    It could be mended and sent again: so what it says of its account is taken at its word.
    """
    named = accounts_named_in(text)
    if named is None:
        raise ForeignEvent(error.field, error.rule) from error
    if named - {account_id}:
        raise foreign_account() from error
