"""The operator's command over a stack in memory."""

import getpass
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from botmeter.domain.subscriptions import Subscription
from botmeter.services.provision_account import ProvisionAccount
from botmeter_cli import clock, dry_run, main, provisioning, wiring
from botmeter_local import Stack
from tests.fakes.demo import ENTERPRISE, SINCE, bot
from tests.fakes.desk import Desk
from tests.fakes.world import World

# Whoever runs the command.
ME = "olga"
# When commands are run: what they write has this year in its number.
PRESENT = datetime(2026, 11, 25, 12, tzinfo=UTC)
CONTRACT_ENDS = datetime(2026, 12, 31, tzinfo=UTC)
CONTRACT = replace(
    bot(ENTERPRISE, "bot_contract"), subscription=Subscription.begin(ENTERPRISE, SINCE, CONTRACT_ENDS)
)


@dataclass
class FakeRegistry:
    """What ingest was told: idle timeouts by account and bot."""

    known: dict[tuple[str, str], int] = field(default_factory=dict)

    def publish(self, idle_timeouts_ms: Mapping[tuple[str, str], int]) -> None:
        self.known |= dict(idle_timeouts_ms)


def world() -> World:
    """The world, with a contract."""
    made = World()
    made.add(CONTRACT)
    return made


def install(
    of: World, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch, desk: Desk | None = None
) -> list[str]:
    """Let every stack be `of`, billed by `desk`, at `PRESENT`; returns the names that commands ask for."""
    names: list[str] = []
    provision = ProvisionAccount(of.accounts, of.accounts, of.billing, registry)
    desk = desk or Desk(of)
    services = SimpleNamespace(
        accounts=of.accounts,
        correct_invoices=desk.correct,
        draft_invoices=desk.draft,
        explain_invoices=desk.explain,
        find_due_bills=desk.find,
        show_orders=desk.show,
        parked=desk.parked,
        operate=of.operate,
        provision_account=provision,
        check_parties=of.check_parties,
        manage_sellers=of.manage_sellers,
    )
    monkeypatch.setattr(clock, "now", lambda: PRESENT)
    monkeypatch.setattr(Stack, "load", names.append)
    monkeypatch.setattr(wiring, "wiring_for", lambda _: services)
    monkeypatch.setattr(provisioning, "wiring_for", lambda _: services)
    monkeypatch.setattr(dry_run, "wiring_for", lambda _: services)
    monkeypatch.setattr(getpass, "getuser", lambda: ME)
    monkeypatch.delenv("BOTMETER_STACK", raising=False)
    return names


def run(*arguments: str, file: Any = None) -> Result:
    """Run a command; `file` is its standard input."""
    text = file if isinstance(file, str) else json.dumps(file)
    return CliRunner().invoke(main.app, arguments, input=text)


def answer(*arguments: str, file: Any = None) -> Any:
    """What a command that succeeds prints as JSON."""
    result = run(*arguments, "--json", file=file)
    assert result.exit_code == 0, result.output or repr(result.exception)
    return json.loads(result.stdout)


def refusal(*arguments: str, file: Any = None) -> str:
    """Why a command fails."""
    result = run(*arguments, file=file)
    assert result.exit_code == 1
    return str(result.exception)


def stored(of: World) -> Any:
    """All that billing knows."""
    accounts = of.accounts
    return asdict(of.billing), dict(accounts.known_bots), dict(accounts.known), dict(accounts.known_sellers)
