"""Headers that routes understand: which copy the caller changes, and what makes a repeated request one."""

import re
import uuid
from collections.abc import Mapping
from enum import Enum, auto

from api.problems import InvalidHeader
from botmeter.domain.errors import Outdated

IDEMPOTENCY_KEY = "Idempotency-Key"
IDEMPOTENCY_KEY_PATTERN = "^[\x21-\x7e]{1,255}$"
IF_MATCH = "If-Match"
# An entity tag in quotes (RFC 9110), or a star for "whatever there is".
IF_MATCH_PATTERN = '^(\\*|(W/)?"[\x21\x23-\x7e]*")$'


class Key(Enum):
    """What a route does with the header Idempotency-Key."""

    IGNORED = auto()
    OPTIONAL = auto()
    REQUIRED = auto()
    # Required, but the answer is not remembered, since it holds a secret: the service repeats what it did.
    UNREMEMBERED = auto()

    @property
    def must_be_given(self) -> bool:
        """Whether a request without one is refused."""
        return self in {Key.REQUIRED, Key.UNREMEMBERED}

    @classmethod
    def usual(cls, method: str) -> "Key":
        """A POST needs one; what may be repeated by its nature takes one; reading needs none."""
        return {"GET": cls.IGNORED, "POST": cls.REQUIRED}.get(method, cls.OPTIONAL)


def idempotency_key(headers: Mapping[str, str], use: Key) -> str | None:
    """The caller's key, if the route takes one; raises `InvalidHeader`."""
    given = headers.get(IDEMPOTENCY_KEY)
    if use is Key.IGNORED or (given is None and use is Key.OPTIONAL):
        return None
    if given is None:
        raise InvalidHeader(IDEMPOTENCY_KEY, "is required, so that a repeated request is done once")
    if not re.fullmatch(IDEMPOTENCY_KEY_PATTERN, given):
        raise InvalidHeader(IDEMPOTENCY_KEY, "must be 1 to 255 visible ASCII characters")
    return given


def made_up_key() -> str:
    """A key for a request that came without."""
    return uuid.uuid4().hex


def if_match(headers: Mapping[str, str]) -> str | None:
    """The entity tag that the caller's copy has: its text without quotes, `*`, or None.

    Raises `Outdated` for a weak one, which proves nothing, and `InvalidHeader` for anything else.
    """
    given = headers.get(IF_MATCH)
    if given is None:
        return None
    if not re.fullmatch(IF_MATCH_PATTERN, given):
        raise InvalidHeader(IF_MATCH, 'must be one entity tag in quotes, such as "7", or *')
    if given.startswith("W/"):
        raise Outdated("If-Match: a weak entity tag does not say that nothing has changed")
    return given.strip('"')


def entity_tag(opaque: str) -> str:
    """The header value of an entity tag."""
    return f'"{opaque}"'
