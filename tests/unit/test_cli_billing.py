"""Bills that wait, and what a billing run would do, as the operator's command shows them."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from botmeter.domain.errors import StoreUnavailable
from botmeter.ports.invoices import ParkedBill
from botmeter_local import Stack
from tests.fakes import cli
from tests.fakes.cli import answer, refusal, run, stored
from tests.fakes.desk import DUE, OCTOBER, Desk

LATER = (DUE + timedelta(days=31)).isoformat()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk that is every stack, none of which is in production."""
    made = Desk(cli.world())
    cli.install(made.world, cli.FakeRegistry(), monkeypatch, made)
    monkeypatch.setattr(Stack, "load", lambda _: SimpleNamespace(is_production=False))
    return made


def park(desk: Desk, *, needs_approval: bool = False) -> ParkedBill:
    """Let the account's bill for October wait."""
    reason = "too high" if needs_approval else "there is no seller gone"
    bill = ParkedBill("acct_acme", OCTOBER, reason, needs_approval, DUE)
    desk.parked.park(bill)
    return bill


def would(now: str = DUE.isoformat()) -> dict[str, Any]:
    """What the accounts would be billed at a time, by account."""
    return {row["account_id"]: row for row in answer("bill", "--dry-run", "--now", now)["bills"]}


# ----------------------------------------------------------------------------------- parked bills


def test_lists_parked_bills(desk: Desk) -> None:
    """Why they wait and what they need, for machines and for people."""
    assert run("parked", "list").stdout == "no bills\n"
    park(desk)

    assert answer("parked", "list")["bills"] == [
        {
            "account_id": "acct_acme",
            "period": "2026-10",
            "reason": "there is no seller gone",
            "needs_approval": False,
            "parked_at": "2026-11-03T23:00:00.000Z",
        }
    ]
    assert "mending there is no seller gone" in " ".join(run("parked", "list").stdout.split())


def test_releases_a_bill_that_was_mended(desk: Desk) -> None:
    """It is tried again, and is parked no more."""
    park(desk)
    assert answer("parked", "release", "acct_acme")["period"] == "2026-10"

    (request,) = desk.queue.requests
    assert (request.account_id, request.period, request.approved) == ("acct_acme", OCTOBER, False)
    assert answer("parked", "list") == {"bills": []}
    assert refusal("parked", "release", "acct_acme") == "no bill of acct_acme is parked"


def test_unusual_bill_needs_approval(desk: Desk) -> None:
    """Merely to try again would change nothing."""
    park(desk, needs_approval=True)
    assert "approval too high" in " ".join(run("parked", "list").stdout.split())
    assert refusal("parked", "release", "acct_acme").startswith("approve: must be true")
    assert answer("parked", "release", "acct_acme", "--approve")["needs_approval"] is True
    assert desk.queue.requests[0].approved


# ---------------------------------------------------------------------------------------- dry run


def test_dry_run_shows_what_would_be_issued(desk: Desk) -> None:
    """What each account would be billed, with tax; nothing is written or queued."""
    desk.use(date(2026, 10, 1), 2)
    before = stored(desk.world), desk.world.usage.counts.copy()
    shown = would()

    assert shown["acct_acme"] == {
        "account_id": "acct_acme",
        "period": "2026-10",
        "lines": 3,
        "total": {"amount": 11_710, "currency": "EUR"},
        "due": {"amount": 11_670, "currency": "EUR"},
        "outcome": "would be issued",
    }
    assert shown["acct_other"]["outcome"] == "nothing to bill"
    assert (stored(desk.world), desk.world.usage.counts) == before
    assert (desk.invoices.issued, desk.invoices.billed, desk.parked.bills) == ({}, {}, {})
    assert desk.queue.requests == []
    people = " ".join(run("bill", "--dry-run", "--now", DUE.isoformat()).stdout.split())
    assert "acct_acme 2026-10 3 117.10 EUR 116.70 EUR would be issued" in people


@pytest.mark.usefixtures("desk")
def test_dry_run_before_the_period_is_over() -> None:
    """There is nothing to do yet."""
    early = (DUE - timedelta(seconds=1)).isoformat()
    assert run("bill", "--dry-run", "--now", early).stdout == "no bills\n"


def test_dry_run_shows_what_stays_parked(desk: Desk) -> None:
    """No run takes it up, so it has no amounts."""
    park(desk)
    row = would()["acct_acme"]
    assert (row["total"], row["outcome"]) == (None, "stays parked: there is no seller gone")
    assert "stays parked" in run("bill", "--dry-run", "--now", DUE.isoformat()).stdout


def test_dry_run_shows_what_would_be_parked(desk: Desk) -> None:
    """What cannot be drawn up has its reason; the other accounts are shown."""
    other = desk.world.accounts.account("acct_other")
    desk.world.accounts.put_account(replace(other, seller="gone"))
    shown = would()
    assert shown["acct_other"]["outcome"] == "would be parked: there is no seller gone"
    assert shown["acct_acme"]["outcome"] == "would be issued"


def test_dry_run_shows_what_would_wait_for_approval(desk: Desk) -> None:
    """A bill of more than ten times the usual amount."""
    desk.issue()
    desk.use(date(2026, 11, 5), 100_000)
    row = would(LATER)["acct_acme"]
    assert (row["period"], row["outcome"]) == ("2026-11", "would be parked for approval")


def test_dry_run_without_the_store_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is no reason to park a bill."""

    def away(*_: object) -> None:
        raise StoreUnavailable("try later")

    monkeypatch.setattr(desk.invoices, "of_account", away)
    assert refusal("bill", "--dry-run", "--now", DUE.isoformat()) == "try later"


@pytest.mark.usefixtures("desk")
def test_dry_run_on_production_takes_the_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another time is wrong usage."""
    monkeypatch.setattr(Stack, "load", lambda _: SimpleNamespace(is_production=True))
    assert run("bill", "--dry-run", "--now", DUE.isoformat()).exit_code == 2
    assert run("bill", "--dry-run").exit_code == 0
