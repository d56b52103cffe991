"""What the pages call things: the API's words in a reader's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.console.formats import Formats


@dataclass(frozen=True, slots=True)
class Label:
    """A word, and whether it is good or bad news: good, warn, bad, or nothing.

    `order_id` is the order that it is about, if it is about one.
    """

    text: str
    tone: str = ""
    order_id: str = ""


BOT_STATUS = {
    "active": Label("Active", "good"),
    "suspended": Label("Suspended", "bad"),
    "ended": Label("Ended", "bad"),
}
BALANCE_STATUS = {
    "sufficient": Label("Sufficient funds", "good"),
    "low": Label("Low balance", "warn"),
    "free_credits": Label("Using free credits"),
    "exhausted": Label("Exhausted", "bad"),
    "inactive": Label("Inactive", "bad"),
}
PAYMENT_STATUS = {
    "pending": Label("Pending payment", "warn"),
    "issued": Label("Open", "warn"),
    "paid": Label("Paid", "good"),
    "failed": Label("Failed", "bad"),
    "void": Label("Void"),
}
# An order whose status the API calls failed, since nobody is to pay it any more.
CANCELLED = Label("Cancelled")
EXTENSION_STATUS = {
    "pending": Label("Waits for a decision", "warn"),
    "approved": Label("Approved", "good"),
    "declined": Label("Declined", "bad"),
}
PLAN_KIND = {
    "trial": "Trial",
    "prepaid": "Prepaid",
    "subscription": "Subscription",
    "enterprise": "Contract",
}
PAYMENT_METHOD = {"bank_transfer": "Bank transfer", "card": "Card"}
ORDER_KIND = {"funds": "Funds", "plan_change": "Change of plan"}
LINE_KIND = {
    "fee": "Monthly fee",
    "proration": "Fee, prorated",
    "included_usage": "Usage sessions, included",
    "usage": "Usage sessions",
    "included_alerts": "Alert sessions, included",
    "alerts": "Alert sessions",
    "free_credits": "Free credits",
}
PAID_BEFORE = {"balance": "From the balance of", "order": "Order", "credit": "Credit of"}
LEDGER_REASON = {
    "top_up": "Funds added",
    "free_credits": "Free credits",
    "usage": "Sessions",
    "correction": "Correction",
    "expiry": "Expired",
}
MARK = {
    "user_message": "User",
    "bot_message": "Bot",
    "agent_message": "Agent",
    "agent_joined": "Agent joined",
    "agent_left": "Agent left",
    "conversation_ended": "Conversation ended",
}
# What stands in place of a balance.
WITHOUT_BALANCE = {"subscription": "By invoice", "enterprise": "By contract"}
WHY_NOT_BILLED = {
    "no_user_message": "no user wrote to the bot",
    "user_spoke_to_agents_only": "the user wrote only while an agent held the conversation",
}

# What a page says after something was done.
DONE = {
    "signed-out": "You are signed out.",
    "password-set": "The new password is set. You can sign in with it.",
    "owner": "The bot has its new owner.",
    "plan": "The plan has been changed.",
    "plan-scheduled": "The change of plan is scheduled. It can be cancelled until it takes effect.",
    "plan-kept": "The scheduled change is cancelled. The bot stays on its plan.",
    "extension": "The request has been sent. The operator decides.",
    "reload": "Auto-reload is on.",
    "reload-off": "Auto-reload is off.",
    "funds-ordered": "The order has been placed. The funds count as soon as they are paid.",
    "plan-ordered": "The plan has been changed, and the order of its fee has been placed.",
    "cancelled": "The order is cancelled.",
    "approved": "The request is approved. The account has more days.",
    "declined": "The request is declined.",
    "confirmed": "The payment is confirmed.",
    "given-up": "The order has been given up.",
    "released": "The bill is being tried again. See the account's invoices in a minute.",
    "redriven": "The event was sent again. If it still breaks a rule, it will come back here.",
    "all-redriven": "{count} events were sent again. Those that still break a rule will come back here.",
    "some-redriven": "{count} events were sent again, and there are more: send the rest again, too.",
}

_NOTICES = {
    "downgrade_scheduled": ("", "Changes to {plan_name} on {at}."),
    "plan_expires": ("warn", "The plan expires on {at}, in {days}."),
    "trial_ended": ("bad", "The trial ended on {at}."),
    "plan_ended": ("bad", "The plan ended on {at}."),
    "low_balance": ("warn", "The balance is low. It still covers {covered_sessions}."),
    "balance_exhausted": ("bad", "Nothing is left: the bot may not answer until funds are added."),
    "free_credits_expire": ("warn", "Free credits expire on {at}, in {days}."),
    "extension_pending": ("", "More time was asked for: {days}. The operator decides."),
    "extension_approved": ("good", "More time was granted on {at}: {days}."),
    "extension_declined": ("warn", "More time was declined on {at}. {reason}"),
    "payment_pending": ("warn", "The order {order_id} waits for its payment."),
    "payment_failed": ("bad", "The payment of the order {order_id} failed."),
}
# What the API calls the parts of requests that are rules' subjects.
FIELD = {
    "amount": "amount",
    "currency": "currency",
    "days": "number of days",
    "ends_at": "end",
    "extension": "request for more time",
    "Idempotency-Key": "form",
    "order": "order",
    "owner_id": "new owner",
    "payment_method": "payment method",
    "plan": "plan",
    "plan_id": "new plan",
    "reason": "reason",
    "text": "text of the event",
    "threshold": "threshold",
}
# How rules begin that need a subject.
_PREDICATES = ("must ", "cannot ", "was ", "is ", "has ")
# Details that are numbers: of what, of one and of several.
_COUNTED = {"days": ("day", "days"), "covered_sessions": ("usage session", "usage sessions")}


def notice(found: Mapping[str, Any], formats: Formats) -> Label:
    """A notice of a bot in words."""
    tone, text = _NOTICES[found["kind"]]
    at = formats.date_of(found["at"]) if found["at"] else ""
    details = {name: _detail(name, detail, formats) for name, detail in found["details"].items()}
    return Label(text.format(at=at, **details).strip(), tone, details.get("order_id", ""))


def broken_rule(field: str, rule: str) -> str:
    """A broken rule of something that is no field of the reader's form, as a sentence."""
    has_subject = not rule.startswith(_PREDICATES)
    return sentence(rule if has_subject else f"the {FIELD.get(field, 'request')} {rule}")


def sentence(text: str) -> str:
    """What the API says of an error, as a sentence of a page."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _detail(name: str, text: str, formats: Formats) -> str:
    """A detail of a notice, with its unit where it is a number."""
    if name not in _COUNTED:
        return text
    one, several = _COUNTED[name]
    return f"{formats.number(int(text))} {one if text == '1' else several}"


def worst(labels: list[Label]) -> str:
    """The tone of the worst news among them."""
    tones = {label.tone for label in labels}
    return next((tone for tone in ("bad", "warn") if tone in tones), "")


def prices(plan: Mapping[str, Any], formats: Formats) -> str:
    """What a plan costs, in one line."""
    f, currency = formats, plan["currency"]
    parts = []
    if plan["monthly_fee_micros"]:
        parts.append(f"{f.micros(plan['monthly_fee_micros'], currency)} a month")
    for unit in ("usage", "alert"):
        included, price = plan[f"included_{unit}_sessions"], plan[f"{unit}_price_micros"]
        if included:
            parts.append(f"{f.number(included)} {unit} sessions included")
        if price:
            more = "each further" if included else "each"
            parts.append(f"{f.micros(price, currency)} {more} {unit} session")
    return ", ".join(parts) or "free of charge"
