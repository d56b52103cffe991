"""The tables of the stand-in: items with their sizes, and indexes, which tell the units of each write."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.sizes import Item, item_size, write_units

Place = tuple[str, str]


@dataclass
class Index:
    """A sparse index: which items it has, below the value of its first attribute."""

    attributes: tuple[str, str]
    is_whole: bool
    entries: dict[str, dict[Place, Item]] = field(default_factory=lambda: defaultdict(dict))

    def view(self, item: Item) -> Item | None:
        """What the index keeps of an item; None if it is not in it."""
        if not all(name in item for name in self.attributes):
            return None
        if self.is_whole:
            return item
        return {name: item[name] for name in dict.fromkeys((*self.attributes, "pk", "sk"))}

    def replace(self, place: Place, before: Item, after: Item) -> int:
        """Follow a change of an item; returns the units of it: two if the entry moves, none if it stays."""
        old, new = self.view(before), self.view(after)
        if old == new:
            return 0
        moved = old is None or new is None or any(old[name] != new[name] for name in self.attributes)
        if old is not None:
            del self.entries[old[self.attributes[0]]["S"]][place]
        if new is not None:
            self.entries[new[self.attributes[0]]["S"]][place] = new
        units = [write_units(item_size(view)) for view in (old, new) if view is not None]
        return sum(units) if moved else max(units)


@dataclass
class Table:
    """Items by their keys, with their sizes."""

    indexes: dict[str, Index]
    items: dict[Place, tuple[Item, int]] = field(default_factory=dict)

    def item(self, place: Place) -> Item:
        """The item of a key, empty if there is none."""
        return self.items[place][0] if place in self.items else {}

    def put(self, place: Place, item: Item) -> tuple[int, int]:
        """Write an item whole; returns the units of table and indexes."""
        before, size_before = self.items.get(place, ({}, 0))
        size = item_size(item)
        self.items[place] = item, size
        of_indexes = sum(index.replace(place, before, item) for index in self.indexes.values())
        return write_units(max(size, size_before)), of_indexes


def copy_of(client: Any, name: str) -> Table:
    """A table with its indexes and items."""
    indexes = {}
    for declared in client.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]:
        first, second = (part["AttributeName"] for part in declared["KeySchema"])
        is_whole = declared["Projection"]["ProjectionType"] == "ALL"
        indexes[declared["IndexName"]] = Index((first, second), is_whole)
    table = Table(indexes)
    for page in client.get_paginator("scan").paginate(TableName=name):
        for item in page["Items"]:
            table.put(place_of(item), item)
    return table


def place_of(item: Item) -> Place:
    """The key of an item."""
    return item["pk"]["S"], item["sk"]["S"]
