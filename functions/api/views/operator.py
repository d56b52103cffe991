"""What the operator sees."""

from datetime import datetime

from api.schemas.operator import Account, PendingExtension
from api.views.extensions import extension_request
from api.views.parties import customer
from botmeter.domain import accounts
from botmeter.domain.errors import NotFound


def account(shown: accounts.Account, now: datetime) -> Account:
    """A customer of the platform, as it is `now`."""
    return {
        "account_id": shown.account_id,
        "name": shown.name,
        "customer": customer(shown.customer),
        "seller": shown.seller,
        "currency": shown.currency,
        "time_zone": shown.calendar.zone_at(now).key,
        "moves": [{"first_day": day.isoformat(), "time_zone": time_zone} for day, time_zone in shown.moves],
        "billing_day": shown.anchor_day,
        "invoice_grace_hours": shown.invoice_grace_hours,
        "first_period": shown.first_period.label,
    }


def pending_extension(bot: accounts.Bot) -> PendingExtension:
    """A request that waits for a decision."""
    if bot.extension is None:
        raise NotFound(f"the bot {bot.bot_id} has no request")
    return {
        "account_id": bot.account_id,
        "bot_id": bot.bot_id,
        "bot_name": bot.name,
        "request": extension_request(bot.extension),
    }
