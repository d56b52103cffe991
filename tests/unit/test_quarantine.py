"""Events in quarantine: their ids, and what their texts name."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.quarantine import EXCERPT_LENGTH, QuarantinedEvent, Selection, bot_named_in, day_of

HASH = "0f" * 32
EVENT = QuarantinedEvent(f"2026-10-05-{HASH}", 0, "data.bot_id", "must be a bot", "x" * 1_000, "1")


def test_id_tells_the_day() -> None:
    """The day is the first part of it."""
    assert day_of(EVENT.event_id) == date(2026, 10, 5)


@pytest.mark.parametrize(
    "event_id", ["", "2026-10-05", f"2026-02-30-{HASH}", f"2026-10-05-{HASH}0", f"2026-10-05-{HASH}\n"]
)
def test_what_is_no_id(event_id: str) -> None:
    """A cursor is an id: anything else is refused."""
    with pytest.raises(ValueError):  # noqa: PT011 (the calendar has words of its own)
        day_of(event_id)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"data": {"account_id": "acct_acme", "bot_id": "bot_orders"}}', ("acct_acme", "bot_orders")),
        ('{"data": {"account_id": "acct_acme", "bot_id": 7}}', ("acct_acme", None)),
        ('{"data": {"account_id": "a#b"}}', (None, None)),
        (
            '{"format": "rasa", "account_id": "acct_acme", "bot_id": "bot_orders"}',
            ("acct_acme", "bot_orders"),
        ),
        ('{"data": []}', (None, None)),
        ("[]", (None, None)),
        ("{", (None, None)),
        ("[" * 100_000, (None, None)),
        ("9" * 10_000, (None, None)),
    ],
)
def test_names_as_far_as_they_can_be_read(text: str, named: tuple[str | None, str | None]) -> None:
    """A text that is no event at all names nothing."""
    assert bot_named_in(text) == named


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    """Whatever a source sends, its names are identifiers or none."""
    assert bot_named_in(text) == (None, None)


def test_excerpt_is_the_beginning() -> None:
    """So long that an event can be told from others."""
    assert EVENT.excerpt == "x" * EXCERPT_LENGTH


@pytest.mark.parametrize(("field", "takes"), [(None, True), ("data.bot_id", True), ("data", False)])
def test_selection_is_by_field(field: str | None, *, takes: bool) -> None:
    """Without a field, any will do."""
    assert Selection(field=field).takes(EVENT) is takes
