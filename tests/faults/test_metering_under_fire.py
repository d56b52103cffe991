"""Events into records, totals and money through the functions themselves, while everything goes wrong."""

from collections import Counter

import pytest

from tests.faults import author, oracle
from tests.faults.cloud import Cloud
from tests.faults.play import Play
from tests.faults.script import Fault, Script
from tests.faults.shrink import shortest

AGAIN = "again: .venv/bin/pytest tests/faults/test_metering_under_fire.py"


def play(cloud: Cloud, script: Script) -> Counter[Fault]:
    met = Play(cloud, script).run()
    oracle.check(cloud, script)
    return met


def fails(cloud: Cloud, script: Script) -> bool:
    """Whether anything goes wrong that may not."""
    try:
        play(cloud, script)
    except Exception:  # noqa: BLE001 (whatever it is, it may not)
        return True
    return False


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_records_totals_and_money_are_the_rules_whatever_goes_wrong(
    cloud: Cloud, seeds: range, request: pytest.FixtureRequest
) -> None:
    """Nothing is lost, doubled or left: what is billed follows from the set of events alone."""
    met: Counter[Fault] = Counter()
    scale = request.config.getoption("--scale", default=1)
    for seed in seeds:
        script = author.write(seed, scale=scale)
        try:
            met += play(cloud, script)
        except Exception as error:
            short = shortest(script, lambda shorter: fails(cloud, shorter))
            raise AssertionError(f"{error}\n{AGAIN} --seed {seed} --scale {scale}\n{short}") from error
    assert len(seeds) == 1 or set(met) == set(Fault), f"what never happened proves nothing: {met}"
