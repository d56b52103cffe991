"""Builds `template.yaml` and deploys it, unchanged, with the SAM CLI."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botmeter_local.paths import (
    ROOT,
    SAM,
    STATE,
    SYSTEM_PATH,
    TEMPLATE,
    TOOLS,
    run_logged,
    state_directory,
)
from botmeter_local.stack import LOCAL_KEY, LOCAL_REGION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BUILD = STATE / "build"
BUILD_STAMP = BUILD / "botmeter-stamp"
# What a build is made from, beside the interpreter.
SOURCES = ("functions", "layers")


def fingerprint() -> str:
    """What a build is made from, as one word: it changes when a file or the interpreter does."""
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    for path in (TEMPLATE, *_source_files()):
        digest.update(f"{path.relative_to(ROOT)} ".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def build() -> bool:
    """Build layers and functions for the emulator; tell whether there was anything to do.

    Raises:
        LocalStackError: the SAM CLI failed.
    """
    with _only_one_build():
        wanted = fingerprint()
        if BUILD_STAMP.exists() and BUILD_STAMP.read_text() == wanted:
            return False
        BUILD_STAMP.unlink(missing_ok=True)
        command = (SAM, "build", "--parallel", "--template-file", TEMPLATE, "--build-dir", BUILD)
        run_logged(command, STATE / "build.log", _environment() | {"BOTMETER_BUILD": "local"})
        BUILD_STAMP.write_text(wanted)
    return True


def deploy(name: str, endpoint_url: str, parameters: Mapping[str, str]) -> None:
    """Deploy what was built as the stack `name` of the emulator at `endpoint_url`.

    Raises:
        LocalStackError: the SAM CLI failed.
    """
    command: list[str | Path] = [
        *(SAM, "deploy", "--template-file", BUILD / "template.yaml", "--stack-name", name),
        *("--resolve-s3", "--capabilities", "CAPABILITY_IAM"),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset"),
    ]
    if parameters:
        # In quotes, since a folder's name may have a space in it.
        given = (f'{key}="{value}"' for key, value in sorted(parameters.items()))
        command += ["--parameter-overrides", *given]
    environment = _environment() | {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": LOCAL_KEY,
        "AWS_SECRET_ACCESS_KEY": LOCAL_KEY,
        "AWS_DEFAULT_REGION": LOCAL_REGION,
        "SAM_CLI_POLL_DELAY": "0.2",
    }
    run_logged(command, state_directory(name) / "deploy.log", environment)


def _source_files() -> list[Path]:
    found = (path for source in SOURCES for path in (ROOT / source).rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)


def _environment() -> dict[str, str]:
    """The SAM CLI's environment: the caller's, less its AWS settings, with our tools on the path."""
    foreign = ("AWS_", "SAM_", "VIRTUAL_ENV")
    mine = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    return mine | {"PATH": f"{TOOLS}:{SYSTEM_PATH}", "SAM_CLI_TELEMETRY": "0"}


@contextmanager
def _only_one_build() -> Iterator[None]:
    """Let a second command wait for the build of the first: they share one folder."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
