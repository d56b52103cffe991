"""Plan options: what each plan would cost, which are open to a bot, and which is suggested."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.views import plans as plan_views
from botmeter.adapters.tax_rates import tax_table
from botmeter.domain.errors import NotAllowed, NotFound
from botmeter.domain.plan_options import PlanOption
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.domain.tax import Tax, TaxCategory
from botmeter.services.show_plan_options import PlanOptions, ShowPlanOptions
from tests.fakes.demo import ACCOUNT, ADVANCED, CUSTOMER, ESSENTIAL, SINCE, STANDARD, TRIAL, bot
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, STRANGER, TRANSFER, VIEWER, World

TAXES = tax_table()
ABROAD = replace(CUSTOMER, address=replace(CUSTOMER.address, country="GR"), vat_id="")
FEBRUARY = datetime(2027, 2, 10, tzinfo=UTC)


def options(world: World, bot_id: str = "bot_standard", now: datetime = NOW) -> PlanOptions:
    return ShowPlanOptions(world.edit, world.usage, TAXES)(ADMIN, bot_id, now)


def by_plan(shown: PlanOptions) -> dict[str, PlanOption]:
    return {option.plan.plan_id: option for option in shown.options}


def used(world: World, bot_id: str, day: date, usage: int, alerts: int = 0) -> None:
    """Let a bot have had sessions."""
    for unit, count in ((Unit.USAGE, usage), (Unit.ALERT, alerts)):
        world.usage.counts[bot_id, TotalKey(day, "standard@1"), Bucket(unit, 9)] += count


def test_costs_are_the_mean_of_the_last_three_full_months() -> None:
    """Neither the running month nor earlier ones count, and sessions that a plan includes cost nothing."""
    world = World()
    for month, usage in ((10, 9000), (11, 100), (12, 40), (13, 10), (14, 5000)):
        used(world, "bot_standard", date(2026 + month // 13, (month - 1) % 12 + 1, 3), usage, alerts=2)
    shown = options(world, now=FEBRUARY)

    assert [(m.period.label, m.usage_sessions) for m in shown.months] == [
        ("2027-01", 10),
        ("2026-12", 40),
        ("2026-11", 100),
    ]
    assert shown.running.usage_sessions == 5000
    costs = {name: option.monthly_cost_minor for name, option in by_plan(shown).items()}
    # 50 sessions at 0.20, 2 alerts at 0.05. Essential includes 5 and 2, Advanced 50 and 20.
    assert costs["standard"] == 1010
    assert costs["essential"] == 4900 + (5 + 35 + 95) * 15 // 3
    assert costs["advanced"] == 19900 + 167


def test_bot_in_its_first_month_is_judged_by_that() -> None:
    """There is nothing else to go by."""
    world = World()
    used(world, "bot_standard", date(2026, 10, 4), 30)
    shown = options(world)

    assert shown.months == ()
    assert by_plan(shown)["standard"].monthly_cost_minor == 600


def test_months_before_the_bot_began_do_not_count() -> None:
    """A mean over months in which there was no bot would make every plan look cheap."""
    assert [m.period.label for m in options(World(), now=datetime(2026, 12, 5, tzinfo=UTC)).months] == [
        "2026-11",
        "2026-10",
    ]


def test_one_plan_is_suggested() -> None:
    """The cheapest that may be chosen; who has it keeps it."""
    world = World([bot(STANDARD), bot(ADVANCED)])
    for name in ("bot_standard", "bot_advanced"):
        used(world, name, date(2026, 10, 4), 4000)
    for name in ("bot_standard", "bot_advanced"):
        suggested = [o.plan.plan_id for o in options(world, name).options if o.is_suggested]
        assert suggested == ["advanced"]


def test_options_say_what_choosing_them_would_do() -> None:
    """At once for a fee, at the month's end, or why not; the present plan is marked, and may be kept."""
    found = by_plan(options(World(), "bot_essential"))

    assert found["essential"].is_current
    assert (found["essential"].refusal, found["standard"].refusal, found["advanced"].refusal) == (None,) * 3
    assert found["advanced"].change is not None
    assert found["advanced"].change.fee is not None
    assert found["advanced"].change.effective_at == NOW
    assert found["standard"].change is not None
    assert found["standard"].change.effective_at == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert found["standard"].change.is_scheduled
    assert found["trial"].refusal is not None
    assert (found["enterprise"].refusal or "").endswith("ask the operator")
    assert found["enterprise"].change is None


def test_what_is_shown_is_what_changing_does() -> None:
    """Price and time of the option are those of the order."""
    world = World()
    option = by_plan(options(world))["essential"]
    order = world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="k").order

    assert option.change is not None
    assert order is not None
    assert order.fee == option.change.fee


def test_change_from_a_trial_waits_for_nothing() -> None:
    """Also where nothing is charged for it."""
    found = by_plan(options(World(), "bot_trial"))

    assert not any(option.change.is_scheduled for option in found.values() if option.change)


def test_fee_has_the_tax_of_its_month() -> None:
    """As the invoice that charges it: by the seller's and the customer's country."""
    world = World()
    shown = options(world)
    assert shown.tax == Tax(TaxCategory.STANDARD, 1900, "DE")
    essential = next(o for o in plan_views.options(shown)["options"] if o["plan"]["plan_id"] == "essential")
    # Of 42.68, 19 % are 8.1092.
    assert essential["change"] is not None
    assert essential["change"]["due_now"] == {"amount": 4268, "currency": "EUR"}
    assert essential["change"]["tax"] == {"amount": 811, "currency": "EUR"}


@pytest.mark.parametrize("changed", [{"seller": "gone"}, {"customer": ABROAD}])
def test_tax_that_nobody_knows_is_none(changed: dict[str, Any]) -> None:
    """Its bill would be parked; what the plans cost can be told all the same."""
    world = World()
    account = world.accounts.account(ACCOUNT.account_id)
    world.accounts.put_account(replace(account, **changed))
    rates = {"DE": TAXES.rates["DE"]}
    shown = ShowPlanOptions(world.edit, world.usage, replace(TAXES, rates=rates))(ADMIN, "bot_standard", NOW)

    assert shown.tax is None
    changes = [option["change"] for option in plan_views.options(shown)["options"]]
    assert all(change["tax"] is None for change in changes if change)


def test_plans_of_other_currencies_and_old_versions_are_not_offered() -> None:
    """Only the latest version in the account's currency."""
    world = World()
    world.accounts.put_plan(replace(STANDARD, plan_id="dollars", currency="USD"))
    world.accounts.put_plan(replace(STANDARD, version=2))
    shown = options(world)

    refs = [option.plan.ref for option in shown.options]
    assert refs == ["trial@1", "standard@2", "welcoming@1", "essential@1", "advanced@1", "enterprise@1"]
    assert by_plan(shown)["standard"].is_current
    assert by_plan(shown)["standard"].change is not None


def test_plan_that_present_use_exceeds_says_so() -> None:
    """And is not suggested, however cheap."""
    world = World([bot(ADVANCED)])
    world.accounts.put_plan(replace(ESSENTIAL, version=2, usage_limit_sessions=100, usage_price_micros=0))
    used(world, "bot_advanced", date(2026, 10, 4), 5000)
    option = by_plan(options(world, "bot_advanced"))["essential"]

    assert option.refusal is not None
    assert "5,000 usage sessions" in option.refusal
    assert not option.is_suggested


def test_trial_that_is_over_is_no_option() -> None:
    """It costs nothing, but it cannot be had again: something else is suggested."""
    world = World([bot(TRIAL)])
    found = by_plan(options(world, "bot_trial", SINCE + timedelta(days=20)))

    assert (found["trial"].is_current, found["trial"].is_suggested) == (True, False)
    assert "only at the beginning" in (found["trial"].refusal or "")
    assert [name for name, option in found.items() if option.is_suggested] == ["standard"]


def test_members_see_the_options_of_the_bots_that_they_see() -> None:
    """A viewer may look; another owner may not; a stranger finds none."""
    world = World()
    show = ShowPlanOptions(world.edit, world.usage, TAXES)

    assert show(VIEWER, "bot_standard", NOW).options
    with pytest.raises(NotAllowed):
        show(COLLEAGUE, "bot_standard", NOW)
    with pytest.raises(NotFound):
        show(STRANGER, "bot_standard", NOW)
