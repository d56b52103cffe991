"""How deep a JSON text is, told without a parser."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.nesting import MAX_NESTING, end_of_nested, is_too_deep

VALUES = st.recursive(
    st.none() | st.integers() | st.text('[]{}"\\a'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"\\a'), inner, max_size=3),
    max_leaves=8,
)


def nested(value: object, levels: int) -> object:
    """A value in so many lists."""
    for _ in range(levels):
        value = [value]
    return value


def depth(value: object) -> int:
    """How deep a value is."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUES, st.integers(MAX_NESTING - 4, MAX_NESTING + 1))
def test_depth_is_that_of_the_value(value: object, levels: int) -> None:
    """Brackets in texts are none."""
    whole = nested(value, levels)

    assert is_too_deep(json.dumps(whole)) is (depth(whole) > MAX_NESTING)


@given(VALUES.filter(depth), st.text('[]{}" ,'))
def test_end_of_a_value_is_where_a_parser_finds_it(value: object, rest: str) -> None:
    """Whatever comes after it."""
    text = json.dumps(value)

    assert end_of_nested(f"  {text}{rest}", 2) == len(text) + 2


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("[" * MAX_NESTING, False),
        ("[" * (MAX_NESTING + 1), True),
        ("[]" * 1_000, False),
        ("]" * 1_000 + "[" * 1_000, False),
        ("[" * 40 + '"' + "[" * 40, False),
        ("[" * 40 + '"\\"' + "[" * 40, False),
        ("[" * 40 + '"\\\\"' + "[" * 40, True),
        ("[" * 65 + '"\\', True),
        ('{"a":' * 65, True),
    ],
)
def test_text_that_is_no_json_is_as_deep_as_a_parser_would_get(text: str, *, deep: bool) -> None:
    """It stops at the first mistake: what comes after an open text, or after too many ends, it never sees."""
    assert is_too_deep(text) is deep


def test_what_does_not_end() -> None:
    """It is told."""
    with pytest.raises(ValueError, match="does not end"):
        end_of_nested("[[]", 0)
