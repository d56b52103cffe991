"""Setting up the legal entities that bill."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from botmeter.domain.errors import Conflict, NotAllowed, NotFound, Refused
from botmeter.domain.parties import Seller
from tests.fakes.demo import SELLER
from tests.fakes.world import ADMIN, NOW, OPERATOR, World

SWISS = replace(
    SELLER,
    code="swiss",
    name="Botmeter AG",
    address=replace(SELLER.address, city="Zürich", postal_code="8000", country="CH"),
    vat_id="CHE107787577MWST",
    invoice_prefix="CH",
    credit_note_prefix="CH-CN",
)


@pytest.fixture
def world() -> World:
    return World([])


def trail(world: World, code: str) -> list[Any]:
    """Who did what to a seller, newest first."""
    return [*world.manage_sellers.audit_of(OPERATOR, code, 10, None).items]


def test_operator_adds_and_changes_sellers(world: World) -> None:
    """Numbers are kept in their short form; each change is noted with what it changed."""
    manage = world.manage_sellers
    added = manage.put(OPERATOR, replace(SWISS, vat_id="CHE-107.787.577 MWST"), NOW)
    later = NOW + timedelta(days=1)
    manage.put(OPERATOR, replace(SWISS, payment_days=30, bank=None), later)

    assert added == SWISS
    assert manage.all_sellers(OPERATOR) == [SELLER, replace(SWISS, payment_days=30, bank=None)]
    changed, first = trail(world, "swiss")
    assert (first.operation, first.at, first.actor.actor_id) == ("seller.added", NOW, "u-operator")
    assert first.after["address/lines"] == "Invalidenstraße 1"
    assert (changed.operation, changed.at) == ("seller.changed", later)
    assert changed.before == {
        "payment_days": "14",
        "bank/holder": "Botmeter GmbH",
        "bank/iban": "DE89370400440532013000",
        "bank/bic": "COBADEFFXXX",
    }
    assert changed.after == {"payment_days": "30"}


def test_same_seller_again_changes_nothing(world: World) -> None:
    """No entry, no write."""
    assert world.manage_sellers.put(OPERATOR, SELLER, NOW) == SELLER
    assert trail(world, "default") == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (replace(SELLER, invoice_prefix="RE"), "invoice_prefix: must stay INV: documents are numbered"),
        (replace(SELLER, credit_note_prefix="GS"), "credit_note_prefix: must stay CN"),
        (replace(SWISS, invoice_prefix="INV"), "invoice_prefix: must be another: INV is that of"),
        (replace(SWISS, invoice_prefix="CN"), "invoice_prefix: must be another: CN is that of"),
        (replace(SWISS, credit_note_prefix="INV"), "credit_note_prefix: must be another: INV is that"),
        (replace(SWISS, vat_id="CHE1"), "vat_id: must be a valid VAT number of CH"),
        (replace(SWISS, name=""), "name: must be 1 to 120 characters"),
    ],
)
def test_bad_seller_is_refused(world: World, changed: Seller, rule: str) -> None:
    """Nothing is written; the first rule that is broken is told."""
    with pytest.raises(Refused, match=f"^{rule}"):
        world.manage_sellers.put(OPERATOR, changed, NOW)
    assert world.accounts.sellers() == [SELLER]


def test_prefix_that_is_taken_meanwhile_is_a_conflict(world: World) -> None:
    """The store has the last word, so no two sellers ever number alike."""
    read = world.accounts.sellers
    world.accounts.sellers = list  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        world.manage_sellers.put(OPERATOR, replace(SWISS, invoice_prefix="INV"), NOW)
    assert read() == [SELLER]


def test_trail_of_nobody_is_not_found(world: World) -> None:
    """A seller that is none has no trail."""
    with pytest.raises(NotFound):
        trail(world, "nobody")


CALLS: dict[str, Callable[[World], object]] = {
    "all_sellers": lambda w: w.manage_sellers.all_sellers(ADMIN),
    "checked": lambda w: w.manage_sellers.checked(ADMIN, SWISS, NOW),
    "put": lambda w: w.manage_sellers.put(ADMIN, SWISS, NOW),
    "audit_of": lambda w: w.manage_sellers.audit_of(ADMIN, "default", 10, None),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_sellers_are_the_operators_alone(world: World, call: Callable[[World], object]) -> None:
    """Not even an account's admin sees them here."""
    with pytest.raises(NotAllowed):
        call(world)
    assert world.accounts.sellers() == [SELLER]
