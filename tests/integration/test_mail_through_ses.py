"""Mail through Amazon SES, on moto."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from moto.ses.models import ses_backends

from botmeter.adapters.mail.folder import FolderMailer
from botmeter.adapters.mail.message import to_mime
from botmeter.adapters.mail.ses import SesMailer
from botmeter.bootstrap import Wiring
from botmeter.bootstrap.clients import aws_client
from botmeter.domain.errors import StoreUnavailable, Uncertain
from botmeter.ports.invoices import Mail
from tests.integration.conftest import REGION
from tests.integration.stores import Answering

URL = "https://email.eu-central-1.amazonaws.com"
MAIL = Mail(
    message_id="INV-2026-000001.2",
    sender="billing@botmeter.example",
    recipient="buchhaltung@acme.example",
    subject="Rechnung für Oktober",
    text="Guten Tag\n",
    attachment_name="INV-2026-000001.pdf",
    attachment=b"%PDF-1.7",
)


@pytest.fixture
def ses(wired: Wiring) -> Wiring:
    """A stack that sends mail."""
    settings = replace(wired.settings, mail_sender=MAIL.sender)
    return replace(wired, settings=settings)


def verify_sender() -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity=MAIL.sender)


def sent() -> list[Any]:
    """What SES has taken."""
    return list(ses_backends["123456789012"][REGION].sent_messages)


def test_mail_is_sent_as_it_was_made(ses: Wiring) -> None:
    """SES gets the sender, the one recipient and the whole message."""
    verify_sender()
    assert ses.mailer is not None
    ses.mailer.send(MAIL)

    (message,) = sent()
    assert message.source == MAIL.sender
    assert set(message.destinations) == {MAIL.recipient}
    assert message.raw_data.encode() == to_mime(MAIL)


def test_mail_that_ses_refuses_is_told(ses: Wiring) -> None:
    """A sender that nobody has verified sends nothing."""
    assert ses.mailer is not None
    with pytest.raises(StoreUnavailable, match="Did not have authority"):
        ses.mailer.send(MAIL)

    assert sent() == []


def answered(status: int) -> ClientError:
    """An error that SES answers with."""
    answer: Any = {"Error": {"Code": "Any"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendEmail")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (answered(400), StoreUnavailable),
        (answered(429), StoreUnavailable),
        (EndpointConnectionError(endpoint_url=URL), StoreUnavailable),
        (ConnectTimeoutError(endpoint_url=URL), StoreUnavailable),
        (answered(500), Uncertain),
        (ReadTimeoutError(endpoint_url=URL), Uncertain),
        (ConnectionClosedError(endpoint_url=URL), Uncertain),
    ],
)
def test_what_may_have_been_sent_is_not_called_unsent(
    error: ClientError | BotoCoreError, outcome: type[Exception]
) -> None:
    """Only where SES cannot have taken the mail may it be sent again; either way it is tried once."""
    client = Answering(error)
    with pytest.raises(outcome):
        SesMailer(client).send(MAIL)  # type: ignore[arg-type] # not all that a client can

    assert len(client.calls) == 1


def test_client_of_ses_tries_once(aws: None) -> None:
    """The library repeats what it has no answer to: for mail, it must not."""
    config: Any = aws_client("sesv2").meta.config

    assert config.retries["total_max_attempts"] == 1


@pytest.mark.parametrize(
    ("sender", "folder", "kind"),
    [
        ("", "", type(None)),
        ("", "/tmp/mail", type(None)),  # noqa: S108 (a name; nothing is written there)
        (MAIL.sender, "", SesMailer),
        (MAIL.sender, "/tmp/mail", FolderMailer),  # noqa: S108 (idem)
    ],
)
def test_settings_say_how_mail_is_sent(wired: Wiring, sender: str, folder: str, kind: type) -> None:
    """Not at all without a sender; a folder comes before SES."""
    settings = replace(wired.settings, mail_sender=sender, mail_folder=folder)

    assert type(replace(wired, settings=settings).mailer) is kind
