"""The envelope in which native records come: their format, and whose bot they are about."""

import json
from typing import Annotated, Any

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import ConfigDict, StringConstraints

from botmeter.adapters.cloudevents import Identifier
from botmeter.adapters.sources import FORMATS, Event, Origin, events_of
from botmeter.adapters.sources.validation import validated
from botmeter.domain.errors import InvalidEvent


class Envelope(BaseModel):
    """A native record and where it comes from."""

    model_config = ConfigDict(strict=True, extra="ignore")

    format: str
    account_id: Identifier
    bot_id: Identifier
    channel: Identifier | None = None
    test: bool = False
    # As the channel writes it: an id of any form.
    bot_party: Annotated[str, StringConstraints(min_length=1)] | None = None
    record: Any

    @property
    def origin(self) -> Origin:
        """Where the record comes from."""
        return Origin(self.format, self.account_id, self.bot_id, self.channel, self.test, self.bot_party)


def envelope_in(text: str | bytes) -> dict[str, Any] | None:
    """The object in a text that means to be an envelope; None for any other text."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not isinstance(value, dict) or "format" not in value or "specversion" in value:
        return None
    return value


def unpacked(envelope: dict[str, Any]) -> list[Event]:
    """The events that the record in an envelope reports; raises `InvalidEvent` and nothing else."""
    found = validated(Envelope, envelope)
    if found.format not in FORMATS:
        raise InvalidEvent("format", f"must be one of {', '.join(FORMATS)}")
    return events_of(found.record, found.origin)
