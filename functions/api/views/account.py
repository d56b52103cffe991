"""The own account, as a member sees it."""

from api.schemas.account import Availability, OwnAccount
from botmeter.services.show_account import AccountView


def own_account(view: AccountView) -> OwnAccount:
    """An account, and what the member may do in it."""
    account = view.account
    return {
        "account_id": account.account_id,
        "name": account.name,
        "currency": account.currency,
        "time_zone": account.calendar.zone_at(view.at).key,
        "billing_day": account.anchor_day,
        "first_period": account.first_period.label,
        "running_period": account.calendar.period_containing(view.at).label,
        "member": {"user_id": view.member.user_id, "roles": sorted(view.member.roles)},
        "orders_and_invoices": _availability(view.orders_refusal),
        "shared_ledger": _availability(view.ledger_refusal),
        "payment_methods": list(view.payment_methods),
    }


def _availability(refusal: str | None) -> Availability:
    """Whether there is something for the caller, or why not."""
    return {"is_available": refusal is None, "reason": refusal}
