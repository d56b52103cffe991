"""Batches of events over HTTP: cut apart into the texts that were sent, whatever stands in them."""

import contextlib
import json
from typing import Any

import pytest
from chalice.app import Request
from hypothesis import given
from hypothesis import strategies as st

from api.call import Call
from api.event_batches import BODIES, MANY, ONE, read_events
from api.problems import InvalidRequest
from botmeter.domain.members import Member
from tests.fakes.context import FakeContext, payload

JSON = "application/json"
SPACE = st.text(" \t\n\r", max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=4)


def read(body: str | bytes, media_type: str = JSON) -> list[str]:
    """The texts of the events in a body."""
    event = payload("api_get_bots.json")
    event.update(body=body, headers={"content-type": media_type})
    call: Call[None] = Call(Member("", "", frozenset()), None, Request(event, FakeContext()), "")
    return read_events(call)


def refusal(body: str | bytes, media_type: str = JSON) -> tuple[int, str]:
    """The status and the words of a refusal."""
    with pytest.raises(InvalidRequest) as refused:
        read(body, media_type)
    return refused.value.status, str(refused.value)


@given(values=st.lists(VALUES, min_size=1, max_size=6), space=SPACE, is_ascii=st.booleans())
def test_texts_of_a_batch_are_those_that_were_sent(values: list[Any], space: str, *, is_ascii: bool) -> None:
    """In their order, without the space around them, and character by character."""
    texts = [json.dumps(value, ensure_ascii=is_ascii) for value in values]
    body = f"{space}[{space}{f'{space},{space}'.join(texts)}{space}]{space}"

    assert read(body) == read(body, MANY) == texts
    assert refusal(body, ONE)[0] == 422


@given(value=OBJECTS, space=SPACE)
def test_one_event_is_a_batch_of_one(value: dict[str, Any], space: str) -> None:
    """In structured mode, and as plain JSON; an array is expected in batch mode."""
    text = json.dumps(value)

    assert read(f"{space}{text}{space}") == read(text, f"{ONE}; charset=utf-8") == [text]
    assert refusal(text, MANY)[0] == 422


@given(body=st.text() | st.binary())
def test_whatever_is_sent_is_read_or_refused(body: str | bytes) -> None:
    """There is no other error."""
    for media_type in BODIES:
        with contextlib.suppress(InvalidRequest):
            assert read(body, media_type)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1]x",
        "{}{}",
        "{",
        "nonsense",
        "[" * 100_000,
        b"\xff",
        b"[\xed\xa0\x80]",
    ],
)
def test_what_is_no_json_is_refused_as_a_whole(body: str | bytes) -> None:
    """Where an event ends cannot be said: 400."""
    status, words = refusal(body)

    assert (status, words.startswith("the body must be JSON")) == (400, True)


@given(levels=st.integers(1, 3_000), values=st.lists(VALUES, min_size=1, max_size=3))
def test_depth_of_an_event_is_its_own_matter(levels: int, values: list[Any]) -> None:
    """It holds up no other, even if no parser goes down as deep."""
    deep = '{"a":[' * levels + '"]}"' + "]}" * levels
    texts = [json.dumps(values[0]), deep, *map(json.dumps, values)]

    assert read(f"[{','.join(texts)}]") == texts
    assert read(deep) == [deep]


def test_numbers_are_not_looked_at() -> None:
    """However long one is, it is its event's own matter."""
    text = '{"id": ' + "7" * 5000 + "}"

    assert read(f"[{text}, {{}}]") == [text, "{}"]


@pytest.mark.parametrize("body", ["1", '"event"', "null", "true"])
def test_single_values_are_no_events(body: str) -> None:
    """Alone they are refused; beside others they would be rejected one by one."""
    assert refusal(body) == (422, "the body must be an event or an array of events")
    assert read(f"[{body}]") == [body]


@pytest.mark.parametrize(("number", "is_taken"), [(0, False), (1, True), (500, True), (501, False)])
def test_batch_has_1_to_500_events(number: int, *, is_taken: bool) -> None:
    """More or fewer are 422."""
    body = json.dumps([{}] * number)
    if is_taken:
        assert len(read(body)) == number
    else:
        assert refusal(body) == (422, f"the body must be 1 to 500 events, not {number}")


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "", "application/cloudevents"])
def test_other_media_types_are_refused(media_type: str) -> None:
    """415 says which there are."""
    status, words = refusal("{}", media_type)

    assert status == 415
    assert all(name in words for name in (JSON, ONE, MANY))
