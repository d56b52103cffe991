"""What pages say a change of plan costs: now, each month, and of the credit that is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.console.formats import Formats

# The plan does not wait for its payment.
UNPAID_FEE = "the plan stays, and the fee comes with the next invoice"


def monthly(plan: Mapping[str, Any], formats: Formats) -> str:
    """What the plan that a bot is on costs each month, as a clause."""
    fee = plan["monthly_fee"]
    return _monthly(plan["name"], formats.money(fee) if fee["amount"] else "")


def monthly_of_option(plan: Mapping[str, Any], formats: Formats) -> str:
    """The same of a plan that can be chosen."""
    fee_micros = plan["monthly_fee_micros"]
    return _monthly(plan["name"], formats.micros(fee_micros, plan["currency"]) if fee_micros else "")


def upgrade_cost(change: Mapping[str, Any], formats: Formats) -> str:
    """What a change charges at once: net, the tax where its rate is known, and both."""
    due, tax = change["due_now"], change["tax"]
    now = f"It costs {formats.money(due)} now, for the rest of the month"
    if tax is None:
        return f"{now}. The next invoice adds tax, if there is any."
    total = {**due, "amount": due["amount"] + tax["amount"]}
    return f"{now}. The next invoice adds {formats.money(tax)} tax: {formats.money(total)} in all."


def left_behind(bot: Mapping[str, Any], plan: Mapping[str, Any], formats: Formats) -> list[tuple[str, str]]:
    """What becomes of the balance of a bot that leaves a prepaid plan, as a fact; none if nothing does."""
    own = bot["balance"]["own"]
    if bot["plan"]["kind"] != "prepaid" or plan["kind"] == "prepaid" or not own["amount"]:
        return []
    kept = "stay its credit, but pay for no sessions until it is on a prepaid plan again"
    return [("Its balance", f"{formats.money(own)} {kept}")]


def _monthly(name: str, fee: str) -> str:
    """What a plan costs each month; `fee` is empty for none."""
    return f"{name} costs {fee} a month, and tax" if fee else f"{name} has no monthly fee"
