"""What requests have to keep to beyond the API's description."""

import hashlib
import hmac
import time
from typing import Any

from tests.fakes.stripe import WEBHOOK_SECRET


def put_in_order(path: str, query: Any) -> None:
    """What is beyond the description: the order of days, what excludes what, which time zones there are."""
    if path.endswith("/sessions") and {"from", "to"} & set(query):
        query |= {"from": "2026-10-05T00:00:00Z", "to": "2026-10-06T00:00:00+05:30"}
        query.pop("period", None)
    elif "from" in query:
        query["to"] = query["from"]
    if query.get("group_by") != "account":
        query.pop("empty", None)
    if "time_zone" in query:
        query["time_zone"] = "Asia/Kolkata"


def signature_of(body: bytes) -> str:
    """Stripe's signature of a call that it makes now."""
    signed_at = round(time.time())
    code = hmac.new(WEBHOOK_SECRET.encode(), f"{signed_at}.".encode() + body, hashlib.sha256)
    return f"t={signed_at},v1={code.hexdigest()}"
