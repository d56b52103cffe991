"""More time."""

from api.schemas.extensions import ExtensionRequest
from api.views.common import instant, maybe_instant
from botmeter.domain import extensions


def extension_request(request: extensions.ExtensionRequest) -> ExtensionRequest:
    """A request and what became of it."""
    return {
        "request_id": request.request_id,
        "bot_id": request.bot_id,
        "status": request.status,
        "requested_days": request.requested_days,
        "reason": request.reason,
        "requested_at": instant(request.requested_at),
        "requested_by": request.requested_by,
        "days": request.days or None,
        "answer": request.answer,
        "decided_at": maybe_instant(request.decided_at),
        "decided_by": request.decided_by or None,
    }
