"""How deep arrays and objects lie in one another in a JSON text, told without recursion.

A parser goes down as deep, and how deep it can go depends on who calls it. So depth is looked at first.
"""

import re
from itertools import accumulate

# No bot platform's record comes near it, and every parser takes it, whoever calls it.
MAX_NESTING = 64
NESTING_RULE = f"must not have arrays and objects more than {MAX_NESTING} deep in one another"

# A string, which may lack its end, or a bracket. Nothing is tried twice: the time is that of one look.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def is_too_deep(text: str) -> bool:
    """Whether arrays and objects lie more than `MAX_NESTING` deep in one another.

    Of a text that is no JSON: whether a parser could get as deep before it found out, or even then not.
    """
    # Most texts have fewer brackets altogether.
    if text.count("[") + text.count("{") <= MAX_NESTING:
        return False
    steps = (_STEPS.get(token[0], 0) for token in _TOKEN.finditer(text))
    return any(depth > MAX_NESTING for depth in accumulate(steps))


def end_of_nested(text: str, begin: int) -> int:
    """Where the array or object that begins at `begin` ends, going by its brackets alone.

    Raises `ValueError` if it does not.
    """
    depth = 0
    for token in _TOKEN.finditer(text, begin):
        depth += _STEPS.get(token[0], 0)
        if depth == 0:
            return token.end()
    raise ValueError("an array or object does not end")
