"""Where a local stack puts its mail."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from botmeter_local import Stack, deploy, lifecycle, paths
from botmeter_local.emulator import Emulator


class FakeDeployments:
    """Notes the parameters of each deployment, in which nothing is made."""

    def __init__(self) -> None:
        self.parameters: list[Mapping[str, str]] = []

    def __call__(self, name: str, endpoint_url: str, parameters: Mapping[str, str]) -> None:
        """Note one."""
        self.parameters.append(parameters)


@pytest.fixture
def deployments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeDeployments:
    """Stacks below a temporary folder, whose emulators only seem to run."""
    found = FakeDeployments()
    running: set[Path] = set()
    stack = Stack("any", "us-east-1", "http://127.0.0.1:1", {})

    def start(emulator: Emulator) -> None:
        emulator.directory.mkdir(parents=True, exist_ok=True)
        running.add(emulator.directory)

    monkeypatch.setattr(paths, "STATE", tmp_path)
    monkeypatch.setattr(deploy, "build", lambda: False)
    monkeypatch.setattr(deploy, "deploy", found)
    monkeypatch.setattr(deploy, "fingerprint", lambda: "same")
    monkeypatch.setattr(Emulator, "is_running", lambda emulator: emulator.directory in running)
    monkeypatch.setattr(Emulator, "start", start)
    monkeypatch.setattr(Emulator, "endpoint_url", "http://127.0.0.1:1")
    monkeypatch.setattr(Stack, "describe", lambda *_: stack)
    monkeypatch.setattr(Stack, "load", lambda *_: stack)
    return found


def up(**parameters: str) -> None:
    lifecycle.up("any", on_progress=lambda _: None, parameters=parameters)


def test_local_stack_writes_its_mail_to_a_folder_of_its_own(
    deployments: FakeDeployments, tmp_path: Path
) -> None:
    """It mails without being asked to, and reaches nobody."""
    up(StripeSecretId="s")

    assert deployments.parameters == [
        {
            "MailSender": "billing@botmeter.example",
            "MailFolder": str(tmp_path / "any" / "mail"),
            "StripeSecretId": "s",
        }
    ]


def test_mail_of_an_earlier_life_is_gone(deployments: FakeDeployments, tmp_path: Path) -> None:
    """A new emulator gives the same numbers again; one that runs on keeps its mail."""
    old, new = (tmp_path / "any" / "mail" / name for name in ("old.eml", "new.eml"))
    old.parent.mkdir(parents=True)
    old.touch()
    up()
    assert not old.parent.exists()

    new.parent.mkdir()
    new.touch()
    up()
    assert new.exists()
    assert len(deployments.parameters) == 1


def test_names_of_folders_may_have_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SAM CLI takes a parameter in quotes as one."""
    commands: list[list[str]] = []
    monkeypatch.setattr(deploy, "run_logged", lambda command, *_: commands.append(command))
    deploy.deploy("any", "http://127.0.0.1:1", {"MailFolder": "/home/a b/mail", "MailSender": ""})

    assert commands[0][-3:] == ["--parameter-overrides", 'MailFolder="/home/a b/mail"', 'MailSender=""']
