"""What holds of canonical events whatever sources send."""

import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.adapters.cloudevents import parse_event, read_event
from botmeter.adapters.event_reader import read
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Report
from tests.fuzz.seeds import canonical

EVENTS = canonical()
LONGEST_RULE = 500

# Texts with halves of surrogate pairs too: JSON can spell them.
texts = st.text(st.characters(exclude_categories=()), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
numbers = st.integers(0, 99).map(lambda number: f"{number:02d}")
# Times that look like one, whether a calendar has them or not.
times = st.builds(
    lambda year, month, day, hour, minute, fraction, offset: (
        f"{year:04d}-{month}-{day}T{hour}:{minute}:30{fraction}{offset}"
    ),
    st.integers(0, 9999),
    numbers,
    numbers,
    numbers,
    numbers,
    st.sampled_from(["", ".1", ".999999999", ".", ".1234567890"]),
    st.one_of(
        st.sampled_from(["Z", "z", ""]), st.builds("{}{}:{}".format, st.sampled_from("+-"), numbers, numbers)
    ),
)
changes = st.one_of(
    st.tuples(st.sampled_from(["specversion", "id", "source", "type", "time", "data"]), values),
    st.tuples(st.just("time"), times),
    st.tuples(st.sampled_from(["account_id", "bot_id", "conversation_id", "role", "test", "more"]), values),
)


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """An event in which some members are anything, or missing, or that is cut or joined somewhere."""
    event = deepcopy(draw(st.sampled_from(EVENTS)))
    for name, value in draw(st.lists(changes, max_size=2)):
        data = event.get("data")
        place: Any = data if isinstance(data, dict) and name in data else event
        if draw(st.integers(0, 3)):
            place[name] = value
        else:
            place.pop(name, None)
    text = json.dumps(event, ensure_ascii=draw(st.booleans()))
    first, last = (draw(st.integers(0, len(text))) for _ in range(2))
    spliced = text[:first] + draw(texts) + text[last:]
    return draw(st.sampled_from([text, text, spliced]))


def reports_of(text: str) -> list[Report]:
    """What a text reports; none if it is refused, with a reason that fits a log. Nothing else is raised."""
    refusal = None
    try:
        return read(text)
    except InvalidEvent as error:
        refusal = error
    assert refusal.field
    assert 0 < len(refusal.rule) <= LONGEST_RULE
    return []


@given(st.one_of(texts, values.map(json.dumps)))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is an event, or refused with a field and a rule."""
    reports_of(text)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    """Nor do bytes that are no text."""
    for parse in (parse_event, read_event):
        with suppress(InvalidEvent):
            parse(data)


@settings(max_examples=1_000)
@given(spoilt())
def test_what_is_read_means_the_same_when_read_from_the_archive(text: str) -> None:
    """A damaged event is refused, or kept as one line that says what it said."""
    for report in reports_of(text):
        assert "\n" not in report.canonical
        assert read(report.canonical) == [report]


@given(st.sampled_from(EVENTS), st.dictionaries(texts, values, min_size=1, max_size=4))
def test_what_is_not_known_of_an_event_is_not_kept(event: dict[str, Any], more: dict[str, Any]) -> None:
    """Members that events do not have, such as the text of a message, change nothing."""
    unknown = {f"x-{name}": value for name, value in more.items()}
    (known,) = read(json.dumps(event))
    found = reports_of(json.dumps({**event, **unknown, "data": {**event["data"], **unknown}}))

    assert found in ([known], [])
