"""Records that cannot be used, in a file beside the one that they came from, to be repaired and imported."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from botmeter.domain.errors import InvalidEvent

# A line of such a file that tells why the next one is there: no record begins so.
REMARK = "#"
# Beside a pipe no file can be: it is made in the folder in which the command runs.
_OF_A_PIPE = "import"


@dataclass(slots=True)
class RefusedRecords:
    """A new file for the refused records of `path`, made with the first of them. It is never overwritten."""

    path: str
    _file: TextIO | None = field(default=None, init=False)

    @property
    def name(self) -> str | None:
        """The file's name; None as long as nothing was refused."""
        return None if self._file is None else self._file.name

    def keep(self, unit: str, error: InvalidEvent, record: str | bytes) -> None:
        """Write a record as it came, and above it why it was refused; raises `OSError` if that cannot be."""
        if self._file is None:
            self._file = _new_file(self.path if is_file(self.path) else _OF_A_PIPE)
        text = record.decode("utf-8", "surrogateescape") if isinstance(record, bytes) else record
        self._file.write(f"{REMARK} {unit}: {error.field}: {error.rule}\n{text.strip()}\n")

    def close(self) -> None:
        """No more will be refused."""
        if self._file is not None:
            self._file.close()


def is_file(path: str) -> bool:
    """Whether a path is a file, and neither standard input nor another pipe."""
    return path != "-" and Path(path).is_file()


def _new_file(beside: str) -> TextIO:
    """`x.refused.jsonl`, or with the next free number: one that is there may be half repaired."""
    name, number = f"{beside}.refused.jsonl", 1
    while True:
        try:
            return Path(name).open("x", encoding="utf-8", errors="surrogateescape")
        except FileExistsError:
            number += 1
            name = f"{beside}.refused-{number}.jsonl"
