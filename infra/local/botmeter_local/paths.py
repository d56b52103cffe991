"""Where the local stack keeps things, and how it runs other programs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[3]
STATE = ROOT / ".botmeter"
TEMPLATE = ROOT / "template.yaml"
CLOUD = ROOT / ".venv-cloud"
TOOLS = ROOT / ".venv" / "bin"
SAM = ROOT / ".venv-sam" / "bin" / "sam"

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
LINES_OF_A_FAILURE = 25


class LocalStackError(Exception):
    """The local stack cannot do what was asked; the message says why and where to look."""


def state_directory(name: str) -> Path:
    """The folder of the stack `name`: its emulator's log, temporary files and outputs."""
    return STATE / name


def mail_folder(name: str) -> Path:
    """The folder that the stack `name` writes its mail to."""
    return state_directory(name) / "mail"


def run_logged(command: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> None:
    """Run `command` in the project's root with its output in `log`.

    Raises:
        LocalStackError: it failed; the message ends with the last lines of the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    arguments = [str(part) for part in command]
    with log.open("w") as output:
        result = subprocess.run(
            arguments, cwd=ROOT, env=dict(environment), stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if result.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-LINES_OF_A_FAILURE:])
        raise LocalStackError(f"`{' '.join(arguments[:2])}` failed; the whole log is {log}\n{tail}")
