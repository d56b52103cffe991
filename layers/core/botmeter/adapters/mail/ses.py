"""Mail through Amazon SES."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from botmeter.adapters.mail.message import to_mime
from botmeter.domain.errors import StoreUnavailable, Uncertain
from botmeter.ports.invoices import Mail

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class SesMailer:
    """Sends mail by a client that tries once: SES does not know a mail again.

    SES gives each mail its date, and a Message-ID of its own instead of ours.
    """

    def __init__(self, client: "SESV2Client") -> None:
        self._client = client

    def send(self, mail: Mail) -> None:
        """Hand `mail` to SES; raises `StoreUnavailable` if it did not take it, `Uncertain` if it may have."""
        try:
            self._client.send_email(
                FromEmailAddress=mail.sender,
                Destination={"ToAddresses": [mail.recipient]},
                Content={"Raw": {"Data": to_mime(mail)}},
            )
        except ClientError as error:
            raise _outcome(error)(str(error)) from error
        except HTTPClientError as error:
            # The request was sent, and its answer did not come.
            raise Uncertain(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error


def _outcome(error: ClientError) -> type[StoreUnavailable | Uncertain]:
    """What an answer that is an error means for the mail."""
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return Uncertain if status >= HTTPStatus.INTERNAL_SERVER_ERROR else StoreUnavailable
