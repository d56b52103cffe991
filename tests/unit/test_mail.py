"""Mail as MIME, and mail into a folder."""

import email
import os
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest

from botmeter.adapters.mail.folder import FolderMailer
from botmeter.adapters.mail.message import to_mime
from botmeter.domain.errors import StoreUnavailable
from botmeter.ports.invoices import Mail

MAIL = Mail(
    message_id="INV-2026-000001.2",
    sender="billing@botmeter.example",
    recipient="buchhaltung@acme.example",
    subject="Rechnung INV-2026-000001 über 1.190,00 €",
    text="Guten Tag,\n\nanbei die Rechnung für Oktober.\n",
    attachment_name="INV-2026-000001.pdf",
    attachment=b"%PDF-1.7\x00\xff\r\n" * 1000,
)


def parsed(content: bytes) -> EmailMessage:
    """A message as a mail program reads it."""
    return cast("EmailMessage", email.message_from_bytes(content, policy=cast("Any", default)))


def test_message_says_what_the_mail_says() -> None:
    """Every header, the text and the attachment arrive as they were given, in any alphabet."""
    message = parsed(to_mime(MAIL))
    body, (attached,) = message.get_body(), message.iter_attachments()

    assert message["Message-ID"] == "<INV-2026-000001.2@botmeter.example>"
    assert [message[name] for name in ("From", "To", "Subject")] == [
        MAIL.sender,
        MAIL.recipient,
        MAIL.subject,
    ]
    assert body is not None
    assert body.get_content().splitlines() == MAIL.text.splitlines()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == MAIL.attachment_name
    assert attached.get_content() == MAIL.attachment


def test_same_mail_is_the_same_message() -> None:
    """No clock and no chance is in it; another mail has other boundaries."""
    other = replace(MAIL, message_id="INV-2026-000002.2")

    assert to_mime(MAIL) == to_mime(MAIL)
    assert parsed(to_mime(MAIL))["Date"] is None
    assert parsed(to_mime(MAIL)).get_boundary() != parsed(to_mime(other)).get_boundary()


def test_every_mail_server_takes_the_message() -> None:
    """Seven bits, lines that are not too long and end as the protocol asks for."""
    content = to_mime(replace(MAIL, text="ä" * 2000 + "\n" + "x" * 2000, subject="€" * 300))
    lines = content.decode("ascii").split("\r\n")

    assert max(map(len, lines)) <= 998
    assert not any("\n" in line or "\r" in line for line in lines)


def test_header_cannot_be_smuggled_in() -> None:
    """An address with a line of its own is no address."""
    with pytest.raises(ValueError, match="linefeed"):
        to_mime(replace(MAIL, recipient="a@acme.example\nBcc: b@evil.example"))


def test_mail_becomes_a_file(tmp_path: Path) -> None:
    """The folder is made if need be; nothing else is left in it."""
    folder = tmp_path / "stack" / "mail"
    FolderMailer(folder).send(MAIL)

    (file,) = folder.iterdir()
    assert file.name == "INV-2026-000001.2.eml"
    assert file.read_bytes() == to_mime(MAIL)


def test_mail_is_written_once(tmp_path: Path) -> None:
    """A second time changes nothing, whatever it says."""
    mailer = FolderMailer(tmp_path)
    for mail in (MAIL, MAIL, replace(MAIL, text="Another text")):
        mailer.send(mail)

    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == to_mime(MAIL)


def test_mail_stays_in_its_folder(tmp_path: Path) -> None:
    """No name of a message leads out of it."""
    folder = tmp_path / "mail"
    FolderMailer(folder).send(replace(MAIL, message_id="../../etc/INV-1"))

    (file,) = folder.iterdir()
    assert file.name == "..%2F..%2Fetc%2FINV-1.eml"
    assert list(tmp_path.iterdir()) == [folder]


def test_mail_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that dies before the end leaves no file that would count as sent."""

    def die(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", die)
        with pytest.raises(StoreUnavailable, match="no space left"):
            FolderMailer(tmp_path).send(MAIL)
    assert list(tmp_path.iterdir()) == []
    FolderMailer(tmp_path).send(MAIL)
    assert len(list(tmp_path.iterdir())) == 1


def test_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    """It may be repaired, and the mail sent again."""
    (tmp_path / "mail").write_text("no folder")

    with pytest.raises(StoreUnavailable):
        FolderMailer(tmp_path / "mail").send(MAIL)
