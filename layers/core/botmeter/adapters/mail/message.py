"""Mail as the bytes of a MIME message: the same mail gives the same bytes."""

import hashlib
from email.message import EmailMessage
from email.policy import SMTP

from botmeter.ports.invoices import Mail

# Lines of seven bits, which every mail server takes.
_POLICY = SMTP.clone(cte_type="7bit")


def to_mime(mail: Mail) -> bytes:
    """A text with one attachment. It has no date: whoever transports it notes when."""
    message = EmailMessage(_POLICY)
    # Unique in the world, as it has to be, by the sender's domain.
    message["Message-ID"] = f"<{mail.message_id}@{mail.sender.rpartition('@')[2]}>"
    message["From"] = mail.sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message.set_content(mail.text)
    message.add_attachment(
        mail.attachment, maintype="application", subtype="pdf", filename=mail.attachment_name
    )
    # The library's own is made up at random.
    message.set_boundary(_boundary(mail))
    return message.as_bytes()


def _boundary(mail: Mail) -> str:
    """What separates the parts, and is in none of them."""
    return "=_" + hashlib.sha256(mail.message_id.encode()).hexdigest()[:32]
