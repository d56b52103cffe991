"""Identifiers: names that become parts of keys."""

import hashlib
import re

IDENTIFIER_PATTERN = r"^[A-Za-z0-9._:@-]{1,128}$"
IDENTIFIER_RULE = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -"
_IDENTIFIER = re.compile(IDENTIFIER_PATTERN, re.ASCII)


def is_identifier(value: str) -> bool:
    """Whether `value` can be part of a key: none contains `#` or `/`, so keys cannot run into one another."""
    return _IDENTIFIER.fullmatch(value) is not None


def derived_id(prefix: str, *parts: str) -> str:
    """An id that is the same whenever the same thing is asked for again: the prefix and 20 digits.

    It is printed on bank transfers, which take no underscore.
    """
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{prefix}-{digest[:20]}"
