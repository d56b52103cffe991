"""A PostgreSQL server of its own in a temporary folder, on a socket there, that ends with its user."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where Debian puts each version's programs; elsewhere they are on the path.
_DEBIAN = Path("/usr/lib/postgresql")
_START_S, _STOP_S = 30.0, 10.0
# PostgreSQL refuses to run as root. Debian's package makes the first of these users.
_USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class Server:
    """A running server: how to connect, and its process id."""

    address: str
    pid: int


@contextmanager
def server() -> Iterator[Server]:
    """Start a server with PostgreSQL's own settings, durable as it comes; stop it at the end."""
    programs, user = _programs(), _user()
    with tempfile.TemporaryDirectory(prefix="botmeter-pg-") as folder:
        if user:
            shutil.chown(folder, user)
        options: dict[str, Any] = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL}
        initdb = f"{programs}/initdb -D data -U bench --auth=trust --encoding=UTF8 --no-locale"
        subprocess.run(initdb.split(), check=True, **options)
        command = f"{programs}/postgres -D data -k {folder} -c listen_addresses="
        process = subprocess.Popen(command.split(), stderr=subprocess.DEVNULL, **options)
        try:
            _wait_for(Path(folder) / "data" / "postmaster.pid", process)
            yield Server(f"host={folder} user=bench dbname=postgres", process.pid)
        finally:
            # Ends connections, and then the server in good order.
            process.send_signal(signal.SIGINT)
            process.wait(_STOP_S)


def version() -> str:
    """The server's version."""
    said = subprocess.run([_programs() / "postgres", "--version"], check=True, capture_output=True, text=True)
    return str(said.stdout.partition(")")[2].split()[0])


def _programs() -> Path:
    """The folder of the newest server on this machine."""
    found = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("postgres")
    assert elsewhere, "PostgreSQL's server is missing; `make bench` installs Debian's"
    return Path(elsewhere).parent


def _user() -> str | None:
    """Whom to run the server as; None for whoever we are."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _USERS if name in names)


def _wait_for(status: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server says in its status file that it takes connections."""
    deadline = time.monotonic() + _START_S
    while not status.exists() or "ready" not in status.read_text(encoding="utf-8"):
        assert process.poll() is None, "PostgreSQL's server did not start"
        assert time.monotonic() < deadline, "PostgreSQL's server does not take connections"
        time.sleep(0.05)
