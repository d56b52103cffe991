"""Actors: members who act, as the audit trail names them, and whether they run the platform."""

from botmeter.domain.audit import Actor
from botmeter.domain.errors import NotAllowed
from botmeter.domain.members import Member, Role


def actor_of(member: Member) -> Actor:
    """The member as it appears in the audit trail, in the role that let it act."""
    acting = (Role.OPERATOR, Role.BILLING_ADMIN, Role.BOT_OWNER, Role.VIEWER)
    return Actor(member.user_id, next(role for role in acting if role in member.roles))


def require_operator(member: Member) -> None:
    """Raise `NotAllowed` unless the platform is this member's to run."""
    if not member.is_operator:
        raise NotAllowed("this is for the platform's operator")
