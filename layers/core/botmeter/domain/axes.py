"""Axes: the round numbers beside a chart of sessions."""

# An axis takes at most so many steps; each is one of these, times a power of ten.
_STEPS = 4
_ROUND = (1, 2, 5, 10)


def axis(most: int) -> range:
    """From 0 in equal, round steps to the first that reaches `most`, which is at least 1."""
    step = _step(most)
    return range(0, step * -(-most // step) + 1, step)


def _step(most: int) -> int:
    """The least round number of which `_STEPS` reach `most`."""
    power = 1
    while _ROUND[-1] * power * _STEPS < most:
        power *= 10
    return next(step * power for step in _ROUND if step * power * _STEPS >= most)
