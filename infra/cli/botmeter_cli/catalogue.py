"""Adds plan versions to a stack's catalogue."""

from collections.abc import Sequence
from dataclasses import asdict

from botmeter.bootstrap import Wiring
from botmeter.domain.errors import Conflict
from botmeter.domain.plans import PlanVersion
from botmeter_cli.wiring import operator


def add_plans(services: Wiring, plans: Sequence[PlanVersion]) -> dict[str, list[str]]:
    """Offer plan versions; returns which are new, and which were there.

    Raises `Conflict` if one exists and says something else; then none is added.
    """
    who = operator()
    present = {plan.ref: plan for plan in services.operate.plans(who)}
    new: dict[str, PlanVersion] = {}
    for plan in plans:
        _require_same(present.get(plan.ref) or new.get(plan.ref) or plan, plan)
        if plan.ref not in present:
            new[plan.ref] = plan
    for plan in new.values():
        services.operate.add_plan(who, plan)
    return {"added": list(new), "unchanged": [plan.ref for plan in plans if plan.ref not in new]}


def _require_same(present: PlanVersion, plan: PlanVersion) -> None:
    """Raise `Conflict`, with the differences, unless a version says what it said before."""
    was, now = asdict(present), asdict(plan)
    changes = [f"{name} is {was[name]}, not {now[name]}" for name in was if was[name] != now[name]]
    if changes:
        raise Conflict(f"{plan.ref} exists and never changes ({', '.join(changes)}): add another version")
