"""What the operator asks of a local stack: up, down, status."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botmeter_local import deploy
from botmeter_local.emulator import Emulator
from botmeter_local.paths import LocalStackError, mail_folder, state_directory
from botmeter_local.stack import LOCAL_REGION, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MAIL_SENDER = "billing@botmeter.example"


@dataclass(frozen=True)
class StackStatus:
    """How a local stack is doing. `stack` is None until it is deployed; `mail` is a folder."""

    name: str
    running: bool
    pid: int | None
    log: Path
    mail: Path
    stack: Stack | None


def up(
    name: str,
    *,
    on_progress: Callable[[str], None],
    parameters: Mapping[str, str] | None = None,
) -> Stack:
    """Bring the local stack `name` up to date: emulator, build, deployment; what is current is left alone.

    Args:
        name: of the CloudFormation stack, and of its folder below `.botmeter`.
        on_progress: told in a few words what happens next.
        parameters: of the template, where they differ from its defaults. Mail goes to a folder.

    Raises:
        LocalStackError: a step failed; the message says where its log is.
    """
    emulator = Emulator.of(name)
    given = {"MailSender": MAIL_SENDER, "MailFolder": str(mail_folder(name)), **(parameters or {})}
    if not emulator.is_running():
        _forget(name)
        # Its invoices will have the same numbers again, and no mail is written twice.
        shutil.rmtree(mail_folder(name), ignore_errors=True)
        on_progress("starting the local cloud")
        emulator.start()
    on_progress("building layers and functions")
    deploy.build()
    wanted = _deployment(given)
    if _deployed(name) != wanted:
        on_progress("deploying template.yaml")
        _deploy(name, emulator, given)
        _stamp(name).write_text(wanted)
    return Stack.load(name)


def down(name: str) -> bool:
    """Stop the local stack `name`, whose data go with it; tell whether it ran."""
    _forget(name)
    return Emulator.of(name).stop()


def status(name: str) -> StackStatus:
    """How the local stack `name` is doing."""
    emulator = Emulator.of(name)
    running = emulator.is_running()
    return StackStatus(
        name=name,
        running=running,
        pid=emulator.pid if running else None,
        log=emulator.log,
        mail=mail_folder(name),
        stack=Stack.load(name) if running and _deployed(name) else None,
    )


def _deploy(name: str, emulator: Emulator, parameters: Mapping[str, str]) -> None:
    is_first = _deployed(name) is None
    _forget(name)
    try:
        deploy.deploy(name, emulator.endpoint_url, parameters)
    except LocalStackError:
        if is_first:
            # CloudFormation takes no second deployment over a first one that failed.
            emulator.stop()
        raise
    Stack.describe(name, LOCAL_REGION, emulator.endpoint_url).save()


def _deployment(parameters: Mapping[str, str]) -> str:
    """What a deployment is made from, as one word."""
    wanted = json.dumps([deploy.fingerprint(), sorted(parameters.items())])
    return hashlib.sha256(wanted.encode()).hexdigest()


def _deployed(name: str) -> str | None:
    """What the present deployment was made from; None if there is none."""
    stamp = _stamp(name)
    return stamp.read_text() if stamp.exists() else None


def _forget(name: str) -> None:
    Stack.forget(name)
    _stamp(name).unlink(missing_ok=True)


def _stamp(name: str) -> Path:
    return state_directory(name) / "deployed"
