"""Show members: who belongs to an account."""

from dataclasses import dataclass

from botmeter.domain.errors import NotAllowed, NotFound
from botmeter.domain.members import Member
from botmeter.ports.billing import MemberDirectory


@dataclass(frozen=True, slots=True)
class ShowMembers:
    """Answers who belongs to an account, as the user pool knows it."""

    directory: MemberDirectory

    def has(self, account_id: str, user_id: str) -> bool:
        """Whether a user belongs to an account, and is not disabled."""
        return self.directory.account_of(user_id) == account_id

    def require(self, member: Member, user_id: str) -> None:
        """Raise `NotFound` unless a user belongs to the member's account; `NotAllowed` unless it may ask."""
        if not member.is_billing_admin:
            raise NotAllowed("who belongs to the account is for billing admins")
        if not self.has(member.account_id, user_id):
            raise NotFound(f"the account has no member {user_id}")
