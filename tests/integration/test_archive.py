"""The archive in S3, through the real adapter."""

import gzip
import json
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from botmeter.adapters.event_reader import read
from botmeter.adapters.s3.archive import S3Archive, name_of, prefix
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.events import Report
from botmeter.ports.metering import ArchiveUnreadable
from tests.fakes.demo import conversation
from tests.integration.conftest import ARCHIVE
from tests.integration.stores import Answering
from tests.integration.test_metering_on_dynamodb import NOW_MS, event

DAY = date(2026, 10, 20)


@pytest.fixture
def archive(wired: Wiring) -> S3Archive:
    return wired.archive


def reports(*texts: str) -> list[Report]:
    return [report for text in texts for report in read(text)]


def stored() -> dict[str, list[Any]]:
    """All objects of the archive, as the events in them."""
    client = boto3.client("s3")
    found = client.list_objects_v2(Bucket=ARCHIVE).get("Contents", [])
    bodies = {o["Key"]: client.get_object(Bucket=ARCHIVE, Key=o["Key"])["Body"].read() for o in found}
    return {
        key: [json.loads(line) for line in gzip.decompress(body).splitlines()] for key, body in bodies.items()
    }


def test_batch_is_an_object_for_each_account_and_day(archive: S3Archive) -> None:
    """Days are those of the events, in UTC."""
    foreign = event(3).replace("acct_acme", "acct_other")
    night = event(2).replace("2026-10-20T10:02:00Z", "2026-10-21T01:30:00+02:00")
    next_day = event(2).replace("2026-10-20", "2026-10-21")
    assert archive.keep(reports(event(0), event(1), foreign, night, next_day)) == set()
    found = {key.rpartition("/")[0]: len(events) for key, events in stored().items()}

    assert found == {
        "archive/account=acct_acme/day=2026-10-20": 3,
        "archive/account=acct_other/day=2026-10-20": 1,
        "archive/account=acct_acme/day=2026-10-21": 1,
    }


def test_batch_that_comes_again_is_the_same_object(archive: S3Archive) -> None:
    """Whatever its order, and however often an event is in it."""
    archive.keep(reports(event(0), event(1)))
    archive.keep(reports(event(1), event(0), event(1)))

    assert [len(events) for events in stored().values()] == [2]


def test_what_is_not_known_of_an_event_is_not_kept(archive: S3Archive) -> None:
    """Message text above all."""
    told = json.loads(event(0))
    told["data"]["text"] = "my password is"
    archive.keep(reports(json.dumps({**told, "note": "private"})))
    ((kept,),) = stored().values()

    assert kept == json.loads(event(0)) | {"data": kept["data"]}
    assert kept["data"] == json.loads(event(0))["data"] | {"test": False}


def test_marks_of_a_conversation_are_found_again(archive: S3Archive) -> None:
    """Those of its days, but for tests and for others whose names are like its own."""
    test = event(7).replace('"role"', '"test": true, "role"')
    archive.keep(reports(event(0), event(1, "c-10"), event(2, bot_id="bot_trial"), test))
    archive.keep(reports(event(5)))

    expected = {report.sighting.mark for report in reports(event(0), event(5))}
    assert archive.marks(conversation("c-1"), [DAY], None) == expected
    assert archive.marks(conversation("c-1"), [date(2026, 10, 19)], None) == frozenset()


def test_events_that_are_not_stored_are_named() -> None:
    """By their positions: they must come again."""
    refused = ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")
    client: Any = Answering(refused, {})
    foreign = event(3).replace("acct_acme", "acct_other")

    assert S3Archive(client, ARCHIVE, in_flight=1).keep(reports(event(0), foreign, event(1))) == {0, 2}


def test_archive_that_cannot_be_read_is_told() -> None:
    """In the domain's words."""
    client = boto3.client("s3", endpoint_url="http://127.0.0.1:1", region_name="eu-central-1")
    unreachable: Any = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    client.meta.events.register("before-send.s3", lambda **_: (_ for _ in ()).throw(unreachable))
    with pytest.raises(StoreUnavailable):
        S3Archive(client, ARCHIVE).marks(conversation(), [DAY], None)


STRANGE = b'{"name": "c-1"}'
PACKED = gzip.compress(STRANGE, mtime=0)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (name_of(b""), b"no gzip", "is damaged"),
        (name_of(b""), b"\x1f\x8b", "is damaged"),
        (name_of(b""), PACKED, "is damaged"),
        (name_of(STRANGE), PACKED, "lines that are no events"),
    ],
    ids=["not packed", "cut off", "of another name", "of something else"],
)
def test_objects_that_are_of_no_use_are_told(
    archive: S3Archive, name: str, content: bytes, told: str
) -> None:
    """Cut off, of another name, or of something else: marks that may be missing are no answer."""
    boto3.client("s3").put_object(Bucket=ARCHIVE, Key=prefix("acct_acme", DAY) + name, Body=content)
    with pytest.raises(ArchiveUnreadable, match=told):
        archive.marks(conversation("c-1"), [DAY], None)


def test_no_more_is_read_than_may_be(archive: S3Archive) -> None:
    """An account with very many objects would take longer than a request has."""
    archive.keep(reports(event(0)))
    archive.keep(reports(event(1)))
    assert len(archive.marks(conversation("c-1"), [DAY], 2)) == 2
    with pytest.raises(ArchiveUnreadable, match="more than 1 objects"):
        archive.marks(conversation("c-1"), [DAY], 1)


def test_event_is_archived_by_the_time_it_is_metered(provisioned: Wiring) -> None:
    """Ingest keeps what it accepts, and nothing else."""
    provisioned.record_events([event(0), "garbage", event(1, bot_id="bot_unknown")], NOW_MS)

    assert [len(events) for events in stored().values()] == [1]
