"""The operator's commands on sellers: real services over a stack in memory."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from botmeter_cli.paths import SELLERS
from tests.fakes import cli
from tests.fakes.cli import ME, answer, refusal, run, stored
from tests.fakes.demo import SELLER
from tests.fakes.world import World
from tests.unit.test_manage_sellers import SWISS


@pytest.fixture
def world() -> World:
    return cli.world()


@pytest.fixture(autouse=True)
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the stacks that the commands asked for: each is the one in memory."""
    return cli.install(world, cli.FakeRegistry(), monkeypatch)


def file(*sellers: dict[str, Any]) -> dict[str, Any]:
    return {"sellers": list(sellers)}


def test_list_of_sellers_is_a_file() -> None:
    """What is listed as JSON can be set: nothing of it is new."""
    listed = answer("sellers", "list")

    assert [seller["code"] for seller in listed["sellers"]] == ["default"]
    assert answer("sellers", "set", "-", file=listed) == {
        "added": [],
        "changed": [],
        "unchanged": ["default"],
    }
    assert "Botmeter GmbH" in run("sellers", "list").stdout


def test_sets_sellers(world: World) -> None:
    """New ones are added, present ones are as the file says; the trail names who did it."""
    changed = {**asdict(SELLER), "payment_days": 30}

    assert answer("sellers", "set", "-", file=file(changed, asdict(SWISS))) == {
        "added": ["swiss"],
        "changed": ["default"],
        "unchanged": [],
    }
    assert world.accounts.seller("default").payment_days == 30
    assert world.accounts.seller("swiss") == SWISS
    (entry,) = answer("sellers", "audit", "default")["entries"]
    assert (entry["actor"]["id"], entry["after"]) == (ME, {"payment_days": "30"})


def test_shipped_sellers_can_be_set(world: World) -> None:
    """Over an empty stack, and again."""
    world.accounts.known_sellers.clear()
    shipped = json.loads(SELLERS.read_text(encoding="utf-8"))

    assert answer("sellers", "set", "-", file=shipped)["added"] == ["default"]
    assert answer("sellers", "set", "-", file=shipped)["unchanged"] == ["default"]


def test_all_mistakes_are_told_and_nothing_is_written(world: World) -> None:
    """Of all sellers of the file, with where they are."""
    before = stored(world)
    bad = {**asdict(SWISS), "vat_id": "CHE1", "time_zone": "Europe/Bern"}
    reason = refusal("sellers", "set", "-", file=file({**asdict(SELLER), "name": "New"}, bad))

    assert reason == (
        "sellers/1/time_zone: must be an IANA time zone such as Europe/Berlin; "
        "sellers/1/vat_id: must be a valid VAT number of CH: form or check digits are wrong"
    )
    assert stored(world) == before


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"code": "swiss"}, "sellers/1/code: must be another: swiss is there twice"),
        ({"invoice_prefix": "CH-CN"}, "sellers/1/invoice_prefix: must be another: CH-CN is there twice"),
        ({"credit_note_prefix": "CH"}, "sellers/1/credit_note_prefix: must be another: CH is there twice"),
    ],
)
def test_file_gives_nothing_twice(changes: dict[str, str], rule: str, world: World) -> None:
    """Two new sellers cannot have one code or one prefix."""
    twin = {**asdict(SWISS), "code": "b", "invoice_prefix": "B", "credit_note_prefix": "B-CN", **changes}

    assert rule in refusal("sellers", "set", "-", file=file(asdict(SWISS), twin))
    assert world.accounts.sellers() == [SELLER]


@pytest.mark.parametrize(
    ("seller", "rule"),
    [
        ({"code": "x"}, "sellers/0/name: is missing"),
        ({**asdict(SELLER), "adress": {}}, "sellers/0/adress: is not known"),
        ({**asdict(SELLER), "payment_days": "14"}, "sellers/0/payment_days: must be a valid integer"),
        ({**asdict(SELLER), "bank": {"iban": "DE1"}}, "sellers/0/bank/holder: is missing"),
    ],
)
def test_what_no_seller_can_be(seller: dict[str, Any], rule: str) -> None:
    """The form of the file is checked before its content."""
    assert rule in refusal("sellers", "set", "-", file=file(seller))


def test_trail_of_nobody() -> None:
    """The reason is a line."""
    assert refusal("sellers", "audit", "nobody") == "there is no seller nobody"
