"""Messages of the event queue: a text each, and who sent it, if that may speak for one account alone.

Only what is sent again from quarantine names its source. Who else may write to the queue is trusted.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botmeter.domain.event_sources import SourceIdentity
from botmeter.ports.metering import Sources

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

ACCOUNT: Final = "botmeter-account-id"
SOURCE: Final = "botmeter-source-id"


def attributes_of(source: SourceIdentity) -> "dict[str, MessageAttributeValueTypeDef]":
    """A source as the attributes of a message to send."""
    named = {ACCOUNT: source.account_id, SOURCE: source.source_id}
    return {name: {"DataType": "String", "StringValue": value} for name, value in named.items()}


def sources_in(messages: Sequence[Mapping[str, Any]]) -> Sources:
    """The sources that messages name, as Lambda hands them over."""
    attributes = [message.get("messageAttributes", {}) for message in messages]
    return {
        position: SourceIdentity(named[ACCOUNT]["stringValue"], named[SOURCE]["stringValue"])
        for position, named in enumerate(attributes)
        if named.keys() >= {ACCOUNT, SOURCE}
    }
