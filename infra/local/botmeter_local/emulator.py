"""Starts and stops the AWS emulator, MiniStack, as a process that outlives the command."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from botmeter_local.paths import CLOUD, SYSTEM_PATH, LocalStackError, state_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOST = "127.0.0.1"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
# The emulators that this process started and left running: dropping one would be reported as a leak.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Emulator:
    """The emulator of one stack. It holds a lock on a file for as long as it lives.

    The lock tells whether it runs, whatever became of process ids in between.
    """

    directory: Path

    @classmethod
    def of(cls, name: str) -> Emulator:
        """The emulator of the stack `name`, running or not."""
        return cls(state_directory(name))

    @property
    def log(self) -> Path:
        """What the emulator and the functions in it wrote."""
        return self.directory / "emulator.log"

    @property
    def endpoint_url(self) -> str:
        """Where AWS clients reach it."""
        return f"http://{HOST}:{self._process()['port']}"

    @property
    def pid(self) -> int:
        """Its process id, which is also its process group's."""
        return self._process()["pid"]

    def is_running(self) -> bool:
        """Whether it is alive."""
        if not self._lock_path.exists():
            return False
        with self._lock_path.open() as lock:
            return not _try_lock(lock)

    def start(self) -> None:
        """Start it on a free port of the loopback interface and wait until it answers.

        Raises:
            LocalStackError: it did not come up.
        """
        self._clear()
        self._temporary.mkdir(parents=True)
        port = _free_port()
        with self._lock_path.open("w") as lock, self.log.open("w") as log:
            _try_lock(lock)
            process = subprocess.Popen(
                [CLOUD / "bin" / "python", "-m", "ministack"],
                cwd=self._temporary,
                env=_environment(self._temporary, port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[lock.fileno()],
                start_new_session=True,
            )
        _started.append(process)
        self._process_path.write_text(json.dumps({"pid": process.pid, "port": port}))
        try:
            _wait(lambda: process.poll() is not None or _answers(port), START_TIMEOUT_S)
        finally:
            if process.poll() is not None or not _answers(port):
                self.stop()
                raise LocalStackError(f"the emulator did not start; its log is {self.log}")

    def stop(self) -> bool:
        """Stop it, with the functions it runs; tell whether it ran.

        The log stays for whoever wants to know what happened; state and temporary files go.
        """
        was_running = self.is_running()
        if was_running:
            self._signal(signal.SIGTERM)
            _wait(lambda: not self.is_running(), STOP_TIMEOUT_S)
            # Functions that ignored the first signal, or the emulator itself.
            self._signal(signal.SIGKILL)
            _wait(lambda: not self.is_running(), STOP_TIMEOUT_S)
        _started[:] = [process for process in _started if process.poll() is None]
        self._clear()
        return was_running

    @property
    def _lock_path(self) -> Path:
        return self.directory / "lock"

    @property
    def _process_path(self) -> Path:
        return self.directory / "emulator.json"

    @property
    def _temporary(self) -> Path:
        return self.directory / "tmp"

    def _process(self) -> dict[str, int]:
        try:
            process: dict[str, int] = json.loads(self._process_path.read_text())
        except FileNotFoundError:
            raise LocalStackError(f"the emulator of {self.directory.name} is not running") from None
        return process

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def _clear(self) -> None:
        shutil.rmtree(self._temporary, ignore_errors=True)
        for path in (self._process_path, self._lock_path):
            path.unlink(missing_ok=True)


def _environment(temporary: Path, port: int) -> dict[str, str]:
    """All that the emulator, and so every function, gets: nothing of the caller's own environment.

    The home is temporary too: caches of fonts and the like must not end up in the user's.
    """
    return {
        "PATH": f"{CLOUD / 'bin'}:{SYSTEM_PATH}",
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        # Every call is checked against the IAM policies of the template.
        "AUTH": "true",
        # It would listen on all interfaces.
        "IOT_MTLS_ENABLED": "0",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _try_lock(file: IO[str]) -> bool:
    """Take the lock on `file`, without waiting; tell whether that worked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=2):
            return True
    except OSError:
        return False


def _wait(condition: Callable[[], bool], timeout_s: float) -> None:
    """Return when `condition` holds, or after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
