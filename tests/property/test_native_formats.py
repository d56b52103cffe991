"""What holds of native records whatever their sources send."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.adapters.event_reader import read
from botmeter.adapters.sources import FORMATS, Origin, events_of
from botmeter.adapters.sources.canonical import identifier
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.identifiers import is_identifier
from tests.fakes.native import documented, envelope, records

RECORDS = {name: [*records(name), *documented(name)] for name in FORMATS}

# Texts with lone surrogates too: JSON can spell them.
texts = st.text(st.characters(exclude_categories=()), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**400) | texts
words = st.sampled_from(
    ["message", "event", "handoff", "handoff.status", "state", "user", "Bot", "action", "incoming", "closed"]
) | st.sampled_from(["2026-10-05T00:00:00Z", "2026-10-05 00:00:00 UTC"])
values = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | words, inner, max_size=4),
    max_leaves=12,
)


def change(draw: st.DrawFn, place: dict[str, Any]) -> None:
    """Let one member of an object, or of one in it, be anything, or missing."""
    if not place:
        return
    key = draw(st.sampled_from(sorted(place)))
    if isinstance(place[key], dict) and draw(st.booleans()):
        change(draw, place[key])
    elif draw(st.booleans()):
        place[key] = draw(values)
    else:
        del place[key]


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, Any]:
    """A format and a real record of it, in which some members are anything, or missing."""
    name = draw(st.sampled_from([*FORMATS]))
    record = deepcopy(draw(st.sampled_from(RECORDS[name])))
    for _ in range(draw(st.integers(1, 3))):
        change(draw, record)
    return name, record


def outcome(name: str, record: Any) -> Any:
    """The events of a record, or the member that it is refused for. No other error is caught."""
    try:
        return events_of(record, Origin(name, "acct_acme", "bot_standard"))
    except InvalidEvent as error:
        return error.field


def read_outcome(name: str, record: Any) -> Any:
    """The same, of the record in its envelope."""
    try:
        return [json.loads(report.canonical) for report in read(json.dumps(envelope(name, record)))]
    except InvalidEvent as error:
        return error.field


@given(st.sampled_from([*FORMATS]), values)
def test_no_value_breaks_a_format(name: str, record: Any) -> None:
    """Any JSON value is a record, or refused with the member that is wrong."""
    found = outcome(name, record)

    assert isinstance(found, list) or found.split(".")[0] == "record"


@settings(max_examples=500)
@given(spoilt())
def test_no_damage_breaks_a_format(damaged: tuple[str, Any]) -> None:
    """Nor does a real record with members missing or changed; the outcome is always the same."""
    name, record = damaged

    assert outcome(name, record) == outcome(name, deepcopy(record))


@settings(max_examples=500)
@given(spoilt())
def test_events_of_formats_pass_as_canonical(damaged: tuple[str, Any]) -> None:
    """What a format makes of any record is valid as it is: the reader has nothing more to refuse."""
    assert read_outcome(*damaged) == outcome(*damaged)


@given(st.dictionaries(st.sampled_from(["format", "account_id", "bot_id", "record", "test"]), values))
def test_no_envelope_breaks_the_reader(value: dict[str, Any]) -> None:
    """An envelope of anything is read or refused."""
    try:
        read(json.dumps(value))
    except InvalidEvent:
        return


@given(st.lists(st.text(min_size=1), unique=True))
def test_different_ids_stay_different(natives: list[str]) -> None:
    """Each becomes an identifier, and no two the same."""
    derived = [identifier(native) for native in natives]

    assert all(map(is_identifier, derived))
    assert len(set(derived)) == len(natives)
