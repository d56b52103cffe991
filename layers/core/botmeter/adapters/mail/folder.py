"""Mail into a folder: what embedded stacks have instead of a mail server."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote

from botmeter.adapters.mail.message import to_mime
from botmeter.domain.errors import StoreUnavailable
from botmeter.ports.invoices import Mail


class FolderMailer:
    """Writes each mail to `folder`, as `<message id>.eml`, which mail programs open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: Mail) -> None:
        """Write `mail` unless it was written before; raises `StoreUnavailable` if it cannot be."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write_once(self._folder / f"{quote(mail.message_id, safe='')}.eml", to_mime(mail))
        except OSError as error:
            raise StoreUnavailable(str(error)) from error

    def _write_once(self, path: Path, content: bytes) -> None:
        """Let the whole file appear at once, unless one is there."""
        with NamedTemporaryFile(dir=self._folder) as file:
            file.write(content)
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
