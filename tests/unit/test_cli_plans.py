"""Plan catalogues from files: what is offered, and that a version never changes."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from tests.fakes import cli
from tests.fakes.cli import answer, refusal, run
from tests.fakes.demo import STANDARD
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    return cli.world()


@pytest.fixture(autouse=True)
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the stacks that the commands asked for: each is the one in memory."""
    return cli.install(world, cli.FakeRegistry(), monkeypatch)


def test_list_of_plans_is_a_catalogue(world: World) -> None:
    """What is listed as JSON can be added: nothing of it is new."""
    listed = answer("plans", "list")
    assert answer("plans", "add", "-", file=listed) == {
        "added": [],
        "unchanged": sorted(world.accounts.known_plans),
    }


def test_adds_plan_versions(world: World) -> None:
    """A new version is offered beside the old one."""
    dearer = replace(STANDARD, version=2, usage_price_micros=250_000)
    catalogue = {"plans": [asdict(STANDARD), asdict(dearer)]}
    assert answer("plans", "add", "-", file=catalogue) == {
        "added": ["standard@2"],
        "unchanged": ["standard@1"],
    }
    assert world.accounts.plan("standard@2") == dearer
    assert "standard@2" in run("plans", "list").stdout


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_never_changes(version: int, world: World) -> None:
    """A version that says something else is refused with the difference, and nothing beside it is added."""
    plans = [
        replace(STANDARD, version=2),
        replace(STANDARD, version=version, name="Basic", usage_price_micros=1),
    ]
    reason = refusal("plans", "add", "-", file={"plans": [asdict(plan) for plan in plans]})
    assert reason == (
        f"standard@{version} exists and never changes"
        " (name is Standard, not Basic, usage_price_micros is 200000, not 1): add another version"
    )
    assert "standard@2" not in world.accounts.known_plans


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"usage_price": 1}, "plans/0/usage_price: is not known"),
        ({"usage_price_micros": 0.2}, "plans/0/usage_price_micros: must be a valid integer"),
        ({"kind": "gold"}, "plans/0/kind: must be 'trial', 'prepaid', 'subscription' or 'enterprise'"),
        ({"monthly_fee_micros": 1}, "a prepaid plan has no fee and includes no sessions"),
    ],
)
def test_what_no_plan_can_be(changes: dict[str, Any], rule: str) -> None:
    """A catalogue with a bad plan is refused with its member and rule."""
    catalogue = {"plans": [{**asdict(STANDARD), "version": 2, **changes}]}
    assert rule in refusal("plans", "add", "-", file=catalogue)
