"""Scenarios by seed: `pytest tests/faults --seed 17` plays one, `--scenarios 20000` so many, longer ones."""

from collections.abc import Iterator

import pytest

from tests.faults.cloud import Cloud
from tests.faults.cloud import cloud as one_cloud

# In `make test`.
SCENARIOS = 500
# Played by one test, which also sees that all kinds of faults were met.
PORTION = 25


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make soak` asks for."""
    parser.addoption("--seed", type=int, help="play the scenario of this seed alone")
    parser.addoption("--scenarios", type=int, default=SCENARIOS, help="play so many scenarios")
    parser.addoption("--conversations", type=int, default=2_000, help="of a bot that everybody talks to")
    parser.addoption("--scale", type=int, default=1, help="how much larger than usual scenarios are")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each portion of the scenarios."""
    if "seeds" in metafunc.fixturenames:
        seed = metafunc.config.getoption("--seed", default=None)
        scenarios = metafunc.config.getoption("--scenarios", default=SCENARIOS)
        firsts = range(0, scenarios, PORTION) if seed is None else [seed]
        portions = [range(first, first + (PORTION if seed is None else 1)) for first in firsts]
        metafunc.parametrize("seeds", portions, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """One AWS in memory for all scenarios of a worker."""
    yield from one_cloud()
