"""The shortest scenario that fails: parts are left out as long as it still does."""

from collections.abc import Callable

from tests.faults.script import Script

# So often a scenario is played at most, to find a shorter one.
_TRIES = 300


def shortest(script: Script, fails: Callable[[Script], bool]) -> Script:
    """`script` without what it can do without."""
    tries = 0

    def still_fails(shorter: Script) -> bool:
        nonlocal tries
        tries += 1
        return tries <= _TRIES and fails(shorter)

    script = _without_faults(script, still_fails)
    for delivery in sorted({d for act in script.acts for d in act.deliveries}, key=str):
        shorter = script.without_deliveries({delivery})
        if still_fails(shorter):
            script = shorter
    return _without_faults(script, still_fails)


def _without_faults(script: Script, fails: Callable[[Script], bool]) -> Script:
    """Half of the faults left out at a time, then a quarter, down to each."""
    size = len(script.faults)
    while size:
        first = 0
        while first < len(script.faults):
            shorter = script.without_faults(first, size)
            if fails(shorter):
                script = shorter
            else:
                first += size
        size //= 2
    return script
