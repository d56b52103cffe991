"""What the measurements count: expressions, sizes and units of DynamoDB, and what they cost."""

from typing import Any

import pytest

from bench.driver import Measured, Stage
from bench.expressions import Given, condition, updated
from bench.load import Way
from bench.pricing import parts, prices, total
from bench.requests import Taken
from bench.sizes import item_size, read_units, write_units

_ITEM: dict[str, dict[str, Any]] = {
    "pk": {"S": "CONV#a"},
    "marks": {"NS": ["8", "16"]},
    "due_at": {"N": "9"},
    "status": {"S": "pending"},
}
_VALUES: dict[str, dict[str, Any]] = {
    ":two": {"N": "2"},
    ":ten": {"N": "10"},
    ":pending": {"S": "pending"},
    ":set": {"NS": ["16", "24"]},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("size(marks) = :two", True),
        ("size(marks) < :two", False),
        ("attribute_not_exists(marks) OR size(marks) < :ten", True),
        ("attribute_not_exists(revision)", True),
        ("attribute_exists(revision)", False),
        ("due_at <= :ten AND size(marks) = :two", True),
        ("(attribute_exists(revision) OR due_at = :ten) AND size(marks) = :two", False),
        ("revision = :two", False),
        ("due_at < :pending", False),
        ("#status IN (:ten, :pending)", True),
        ("#status <> :pending", False),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    """A condition holds as DynamoDB documents it; numbers compare as numbers, other types never."""
    assert condition(text)(Given(_ITEM, {"#status": "status"}, _VALUES)) is holds


def test_unknown_condition() -> None:
    """What is not known is an error, not a condition that fails."""
    with pytest.raises(ValueError, match="not known here"):
        condition("begins_with(pk, :two) AND due_at = :ten")


def test_update() -> None:
    """An update changes a copy: sets grow and shrink, numbers add up, an empty set is gone."""
    text = "SET due_at = if_not_exists(due_at, :ten), seen = :two ADD marks :set, hits :two REMOVE #status"
    after = updated(_ITEM, text, {"#status": "status"}, _VALUES)
    assert set(after["marks"]["NS"]) == {"8", "16", "24"}
    assert (after["due_at"], after["seen"], after["hits"]) == ({"N": "9"}, {"N": "2"}, {"N": "2"})
    assert "status" not in after
    assert _ITEM["marks"] == {"NS": ["8", "16"]}
    assert "marks" not in updated(_ITEM, "DELETE marks :all", {}, {":all": {"NS": ["8", "16", "1"]}})


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "käse"}, 5),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "100"}, 2),
        ({"N": "150"}, 3),
        ({"N": "-1234"}, 4),
        ({"NS": ["1", "12345"]}, 6),
        ({"BOOL": True}, 1),
        ({"L": [{"N": "1"}]}, 6),
        ({"M": {"ab": {"S": "c"}}}, 7),
    ],
)
def test_sizes(value: dict[str, Any], size: int) -> None:
    """An attribute has the bytes of its name and of its value."""
    assert item_size({"n": value}) == 1 + size


def test_units() -> None:
    """Writes are counted by started KB, reads by started 4 KB, and nothing costs one."""
    assert [write_units(size) for size in (0, 1024, 1025)] == [1, 1, 2]
    assert [read_units(size) for size in (0, 4096, 4097)] == [1, 1, 2]


def test_cost() -> None:
    """A million events cost the sum of their parts, each at its price."""
    done = Measured(
        events=1_000,
        calls=10,
        ingest=Stage(Taken(write=200, calls=100)),
        settle=Stage(Taken(write=400, read=80)),
        objects=10,
    )
    https = parts(Way.HTTPS, done)
    assert https["API Gateway requests"] == pytest.approx(0.035)
    assert https["DynamoDB writes, ingest"] == pytest.approx(0.125)
    assert https["DynamoDB writes, settle"] == pytest.approx(0.25)
    assert https["DynamoDB reads"] == pytest.approx(0.01)
    assert https["S3 puts of the archive"] == pytest.approx(0.05)
    # 10 calls of 50 ms for the archive and 10 ms for marks, in a function of 1 GB.
    assert https["Lambda time, ingest"] == pytest.approx(0.6 * 1_000 * 0.0000166667)
    assert total(Way.HTTPS, done) == pytest.approx(sum(https.values()))


def test_queue_and_bus() -> None:
    """A message of the queue is three tenths of a request; the bus sends each alone, at its own price."""
    done = Measured(events=1_000, calls=1)
    assert parts(Way.QUEUE, done)["SQS requests"] == pytest.approx(0.12)
    assert parts(Way.BUS, done)["SQS requests"] == pytest.approx(0.48)
    assert parts(Way.BUS, done)["EventBridge events"] == pytest.approx(1.0)


def test_price_sheet() -> None:
    """The sheet says which region and month its prices are of."""
    assert prices().region == "us-east-1"
    assert prices().date == "2025-12"
    assert all(usd > 0 for usd in prices().usd.values())
