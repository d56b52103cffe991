"""Events in quarantine by the thousand: listed in pages, and sent again many at once."""

from datetime import date, timedelta
from typing import Any

import pytest

from botmeter.domain.quarantine import Selection
from botmeter.ports.billing import Page
from botmeter.services.manage_quarantine import COUNTED, LOOKED_AT, MOST_AT_ONCE
from tests.fakes.quarantine import Ingest
from tests.fakes.world import NOW, OPERATOR

ALL = Selection()
DAY = timedelta(days=1)


@pytest.fixture
def ingest() -> Ingest:
    return Ingest()


def ids(page: Page[Any]) -> list[str]:
    return [found.event_id for found in page.items]


def test_lists_the_newest_day_first(ingest: Ingest) -> None:
    """In pages, which go on where the one before ended."""
    ingest.hold(3, NOW - DAY)
    ingest.hold(2, NOW)
    first = ingest.manage.page(OPERATOR, ALL, 3, None)
    second = ingest.manage.page(OPERATOR, ALL, 3, first.next_cursor)

    assert [found[:10] for found in ids(first)] == ["2026-10-05", "2026-10-05", "2026-10-04"]
    assert (len(second.items), second.next_cursor) == (2, None)
    assert {*ids(first), *ids(second)} == {*ingest.quarantine.events}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_page_that_holds_all_has_no_cursor(ingest: Ingest, count: int) -> None:
    """Neither an empty one nor a full one."""
    ingest.hold(count)
    page = ingest.manage.page(OPERATOR, ALL, 2, None)

    assert (len(page.items), page.next_cursor) == (count, None)


def test_lists_one_day(ingest: Ingest) -> None:
    """A cursor of another day is none."""
    ingest.hold(3, NOW - DAY)
    ingest.hold(2, NOW)
    page = ingest.manage.page(OPERATOR, Selection(date(2026, 10, 4)), 2, None)

    assert (len(page.items), page.next_cursor) == (2, ids(page)[-1])
    with pytest.raises(ValueError, match="is not of 2026-10-05"):
        ingest.manage.page(OPERATOR, Selection(NOW.date()), 2, page.next_cursor)
    with pytest.raises(ValueError, match="is no id"):
        ingest.manage.page(OPERATOR, ALL, 2, "2026-10-04")


def test_lists_one_field(ingest: Ingest) -> None:
    """Pages are full as long as there are events of it nearby, and none is left out or shown twice."""
    ingest.hold(150, NOW, "time")
    ingest.hold(150, NOW, "event")
    found, cursor = [], None
    while True:
        page = ingest.manage.page(OPERATOR, Selection(field="time"), 40, cursor)
        found += ids(page)
        cursor = page.next_cursor
        if cursor is None:
            break

    assert len(found) == len({*found}) == 150
    assert all(ingest.quarantine.events[one].field == "time" for one in found)


def test_list_of_one_field_looks_at_so_many_events_and_no_more(ingest: Ingest) -> None:
    """A page without any of it has a cursor, and the last one has none."""
    ingest.hold(LOOKED_AT + 5, NOW)
    first = ingest.manage.page(OPERATOR, Selection(field="time"), 10, None)
    looked_at = ingest.quarantine.reads
    second = ingest.manage.page(OPERATOR, Selection(field="time"), 10, first.next_cursor)

    assert (first.items, looked_at) == ([], LOOKED_AT)
    assert first.next_cursor is not None
    assert (second.items, second.next_cursor) == ([], None)


# ------------------------------------------------------------------------------------------- many


def test_many_are_sent_at_most_so_many_at_once(ingest: Ingest) -> None:
    """The answer counts what is left, and says where to go on."""
    ingest.hold(MOST_AT_ONCE + 3)
    first = ingest.manage.redrive_matching(OPERATOR, ALL, None, NOW)
    second = ingest.manage.redrive_matching(OPERATOR, ALL, first.next_cursor, NOW)

    assert (first.sent, first.failed, first.left) == (MOST_AT_ONCE, 0, 3)
    assert (second.sent, second.left, second.next_cursor) == (3, 0, None)
    assert len(ingest.queue.waiting) == MOST_AT_ONCE + 3


def test_going_on_leaves_alone_what_came_back(ingest: Ingest) -> None:
    """Events that are still bad are not sent around in circles."""
    ingest.hold(MOST_AT_ONCE + 3, NOW - DAY)
    cursor, sent = None, 0
    while True:
        done = ingest.manage.redrive_matching(OPERATOR, ALL, cursor, NOW)
        ingest.work()
        sent, cursor = sent + done.sent, done.next_cursor
        if cursor is None:
            break

    assert sent == len(ingest.quarantine.events) == MOST_AT_ONCE + 3


def test_many_of_one_field_of_one_day(ingest: Ingest) -> None:
    """Others stay."""
    ingest.hold(3, NOW, "time")
    ingest.hold(3, NOW)
    ingest.hold(3, NOW - DAY, "time")
    done = ingest.manage.redrive_matching(OPERATOR, Selection(NOW.date(), "time"), None, NOW)

    assert (done.sent, done.left, len(ingest.quarantine.events)) == (3, 0, 6)


def test_text_that_the_queue_does_not_take_holds_up_no_other(ingest: Ingest) -> None:
    """It is counted, and stays; where no other is sent, nothing is noted."""
    long = ingest.receive("x" * 20_000)
    ingest.hold(2)
    both = ingest.manage.redrive_matching(OPERATOR, ALL, None, NOW)
    alone = ingest.manage.redrive_matching(OPERATOR, ALL, None, NOW + DAY)

    assert ((both.sent, both.failed), (alone.sent, alone.failed)) == ((2, 1), (0, 1))
    assert [*ingest.quarantine.events] == [long]
    assert len(ingest.manage.audit_of(OPERATOR, 10, None).items) == 1


def test_what_is_left_is_counted_up_to_a_limit(ingest: Ingest) -> None:
    """A number that large says enough."""
    ingest.hold(MOST_AT_ONCE + COUNTED + 1)

    assert ingest.manage.redrive_matching(OPERATOR, ALL, None, NOW).left == COUNTED
