"""The axis beside a chart of sessions."""

import pytest

from botmeter.domain.axes import axis


@pytest.mark.parametrize(
    ("most", "counts"),
    [
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (41, [0, 20, 40, 60]),
        (1_000_001, [0, 500_000, 1_000_000, 1_500_000]),
    ],
)
def test_axes_have_round_numbers(most: int, counts: list[int]) -> None:
    """The axis goes in round steps to just above the longest bar."""
    assert list(axis(most)) == counts
