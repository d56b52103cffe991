"""Plans: what they cost, and what no plan can be."""

from dataclasses import replace
from typing import Any

import pytest

from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.sessions import Unit
from tests.fakes.demo import ADVANCED, ENTERPRISE, ESSENTIAL, STANDARD, TRIAL, WELCOMING


@pytest.mark.parametrize(
    ("plan", "changes", "rule"),
    [
        (STANDARD, {"plan_id": "a#b"}, "plan_id: must be 1 to 128 characters"),
        (STANDARD, {"version": 0}, "numbers must not be negative, and the version from 1"),
        (STANDARD, {"usage_price_micros": -1}, "numbers must not be negative"),
        (STANDARD, {"currency": "euro"}, "currency: must be an ISO 4217 code"),
        (STANDARD, {"funds_min_minor": 3, "funds_max_minor": 2}, "must not exceed funds_max_minor"),
        (STANDARD, {"usage_price_micros": 0}, "usage_price_micros of a prepaid plan must be 1 or more"),
        (STANDARD, {"monthly_fee_micros": 1}, "a prepaid plan has no fee and includes no sessions"),
        (STANDARD, {"included_usage_sessions": 1}, "a prepaid plan has no fee and includes no sessions"),
        (STANDARD, {"included_alert_sessions": 1}, "a prepaid plan has no fee and includes no sessions"),
        (TRIAL, {"trial_days": 0}, "trial_days must be 1 or more"),
        (WELCOMING, {"free_credits_days": 0}, "free_credits_days must be 1 or more"),
    ],
)
def test_what_no_plan_can_be(plan: PlanVersion, changes: dict[str, Any], rule: str) -> None:
    """A plan that could not be billed is refused with the rule that it breaks."""
    with pytest.raises(ValueError, match=rule):
        replace(plan, **changes)


def test_version_is_named_by_plan_and_number() -> None:
    """The reference is what records and lines are stamped with."""
    assert replace(STANDARD, version=3).ref == "standard@3"


def test_price_is_that_of_the_unit() -> None:
    """Usage and alerts have prices and allowances of their own."""
    assert [STANDARD.price_micros(unit) for unit in (Unit.USAGE, Unit.ALERT)] == [200_000, 50_000]
    assert [ESSENTIAL.included(unit) for unit in (Unit.USAGE, Unit.ALERT)] == [5, 2]


def test_only_prepaid_sessions_take_from_the_balance() -> None:
    """Sessions of other plans are invoiced, or free."""
    assert STANDARD.debit_micros(Unit.USAGE, 3) == 600_000
    assert STANDARD.debit_micros(Unit.ALERT, -1) == -50_000
    assert ESSENTIAL.debit_micros(Unit.USAGE, 3) == 0


def test_who_takes_funds() -> None:
    """Funds go to prepaid plans that have limits for them."""
    assert STANDARD.takes_funds
    assert not replace(STANDARD, funds_min_minor=0, funds_max_minor=0).takes_funds
    assert not replace(ESSENTIAL, funds_max_minor=100).takes_funds


def test_what_customers_choose() -> None:
    """Trials begin with the bot, contracts are the operator's, the rest is the customer's choice."""
    choices = [p for p in (TRIAL, STANDARD, ESSENTIAL, ADVANCED, ENTERPRISE) if p.is_self_service]

    assert choices == [STANDARD, ESSENTIAL, ADVANCED]
    assert {p.kind for p in choices} == {PlanKind.PREPAID, PlanKind.SUBSCRIPTION}
