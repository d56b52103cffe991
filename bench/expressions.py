"""Expressions of DynamoDB's as functions: of those, the parts that Botmeter's tables are written with.

An operand is an attribute's value in wire form (`{"N": "5"}`) or None where there is none. Numbers are whole.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from bench.sizes import Item

_TOKENS = re.compile(r"[=<>]+|[(),]|[#:]?\w+")
_CLAUSES = {"SET", "REMOVE", "ADD", "DELETE"}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Given(NamedTuple):
    """What an expression is about: an item (empty if there is none), and what stands for names and values."""

    item: Item
    names: Mapping[str, str]
    values: Item


Operand = Callable[[Given], dict[str, Any] | None]
Condition = Callable[[Given], bool]
Change = Callable[[Given, Item], None]


@cache
def condition(text: str) -> Condition:
    """A condition as a function; raises `ValueError` for what is not known here."""
    reader = _Reader(text)
    found = _any_of(reader)
    reader.end()
    return found


def updated(item: Item, text: str, names: Mapping[str, str], values: Item) -> Item:
    """An item as an update leaves it; raises `ValueError` for what is not known here."""
    given, result = Given(item, names, values), dict(item)
    for change in _changes(text):
        change(given, result)
    return result


class _Reader:
    """The words of an expression, one after the other."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = [*_TOKENS.findall(text), ""]
        self._at = 0

    def next(self) -> str:
        """The next word, which is then done; empty at the end."""
        word = self._words[self._at]
        self._at += 1
        return word

    def take(self, *words: str) -> str:
        """The next word if it is one of these, which is then done; else nothing."""
        return self.next() if self._words[self._at] in words else ""

    def expect(self, word: str) -> None:
        """The next word must be this one."""
        if not self.take(word):
            raise ValueError(f"{word} was expected, not {self._words[self._at]}")

    def end(self) -> None:
        """There must be no more."""
        if self._words[self._at]:
            raise ValueError(f"{self._words[self._at]} is not known here")

    def listed(self) -> Iterator[None]:
        """A turn for each part of a list with commas."""
        yield
        while self.take(","):
            yield


def _any_of(reader: _Reader) -> Condition:
    found = _all_of(reader)
    while reader.take("OR"):
        found = _either(found, _all_of(reader))
    return found


def _all_of(reader: _Reader) -> Condition:
    found = _one(reader)
    while reader.take("AND"):
        found = _both(found, _one(reader))
    return found


def _either(left: Condition, right: Condition) -> Condition:
    return lambda given: left(given) or right(given)


def _both(left: Condition, right: Condition) -> Condition:
    return lambda given: left(given) and right(given)


def _one(reader: _Reader) -> Condition:
    """A condition in brackets, of an attribute's presence, or a comparison."""
    if reader.take("("):
        found = _any_of(reader)
        reader.expect(")")
        return found
    if function := reader.take("attribute_exists", "attribute_not_exists"):
        operand = _in_brackets(reader)
        return lambda given: (operand(given) is None) == (function == "attribute_not_exists")
    left = _operand(reader)
    if reader.take("IN"):
        reader.expect("(")
        options = [_operand(reader) for _ in reader.listed()]
        reader.expect(")")
        return lambda given: any(left(given) == option(given) for option in options)
    return _comparison(left, reader.next(), _operand(reader))


def _comparison(left: Operand, sign: str, right: Operand) -> Condition:
    """Whether two operands are of one type and compare so."""
    if sign not in _COMPARISONS:
        raise ValueError(f"{sign} is not known here")
    compare = _COMPARISONS[sign]

    def holds(given: Given) -> bool:
        one, other = left(given), right(given)
        if one is None or other is None or one.keys() != other.keys():
            return False
        return compare(_comparable(one), _comparable(other))

    return holds


def _comparable(operand: dict[str, Any]) -> Any:
    ((kind, content),) = operand.items()
    return int(content) if kind == "N" else content


def _operand(reader: _Reader) -> Operand:
    """A value, an attribute, or its size."""
    if reader.take("size"):
        measured = _in_brackets(reader)
        return lambda given: _size(measured(given))
    word = reader.next()
    if word.startswith(":"):
        return lambda given: given.values[word]
    return lambda given: given.item.get(given.names.get(word, word))


def _in_brackets(reader: _Reader) -> Operand:
    reader.expect("(")
    operand = _operand(reader)
    reader.expect(")")
    return operand


def _size(operand: dict[str, Any] | None) -> dict[str, Any] | None:
    """How many members or letters there are."""
    return None if operand is None else {"N": str(len(next(iter(operand.values()))))}


@cache
def _changes(text: str) -> tuple[Change, ...]:
    """The changes that an update makes, each to the item as it was."""
    reader, changes = _Reader(text), list[Change]()
    while verb := reader.take(*_CLAUSES):
        changes += [_change(verb, reader) for _ in reader.listed()]
    reader.end()
    return tuple(changes)


def _change(verb: str, reader: _Reader) -> Change:
    """One change of a clause."""
    name = reader.next()
    if verb == "REMOVE":
        return lambda given, result: _put(result, given.names.get(name, name), None)
    if verb == "SET":
        reader.expect("=")
        value = _assigned(reader)
        return lambda given, result: _put(result, given.names.get(name, name), value(given))
    operand, combine = _operand(reader), _added if verb == "ADD" else _without

    def change(given: Given, result: Item) -> None:
        place = given.names.get(name, name)
        _put(result, place, combine(given.item.get(place), operand(given)))

    return change


def _assigned(reader: _Reader) -> Operand:
    """What SET assigns."""
    if not reader.take("if_not_exists"):
        return _operand(reader)
    reader.expect("(")
    present = _operand(reader)
    reader.expect(",")
    other = _operand(reader)
    reader.expect(")")
    return lambda given: present(given) or other(given)


def _put(item: Item, name: str, value: dict[str, Any] | None) -> None:
    """Give an attribute a value, or take it away."""
    if value is None:
        item.pop(name, None)
    else:
        item[name] = value


def _added(before: dict[str, Any] | None, more: dict[str, Any] | None) -> dict[str, Any]:
    """A number and a number more, or a set and members more."""
    assert more is not None
    ((kind, content),) = more.items()
    if kind == "N":
        return {kind: str(int(before[kind] if before else 0) + int(content))}
    return {kind: list({*(before[kind] if before else ()), *content})}


def _without(before: dict[str, Any] | None, less: dict[str, Any] | None) -> dict[str, Any] | None:
    """A set without members; None where none is left."""
    assert less is not None
    ((kind, content),) = less.items()
    left = [one for one in (before[kind] if before else ()) if one not in set(content)]
    return {kind: left} if left else None
