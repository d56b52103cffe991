"""The real template on the embedded AWS, with its own state, for the time of the tests."""

from collections.abc import Iterator

import pytest

from botmeter_local import Stack, down, up

NAME = "botmeter-e2e"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A fresh deployed stack, with IAM enforced; it ends with the tests."""
    down(NAME)
    try:
        yield up(NAME, on_progress=print)
    finally:
        down(NAME)
