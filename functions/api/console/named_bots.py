"""Bots by their names: what a member sees of them, and which one is meant by what was typed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

from api.console.api_calls import ApiRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.console.visit import Visit


_NAMES_AT_ONCE = 1_000


@dataclass(frozen=True)
class NamedBots:
    """The names of bots by their ids, in the order of the names."""

    names: Mapping[str, str]

    def called(self, bot_id: str) -> str:
        """The name of a bot; its id if the member does not see it."""
        return self.names.get(bot_id, bot_id)

    @cached_property
    def _ids(self) -> dict[str, list[str]]:
        """The bots of each name, in small letters."""
        found: dict[str, list[str]] = defaultdict(list)
        for bot_id, name in self.names.items():
            found[_plain(name)].append(bot_id)
        return {**found}

    def choice(self, bot_id: str) -> str:
        """What to type for a bot: its name, or its id where that is not clear."""
        name = self.called(bot_id)
        is_clear = len(self._ids.get(_plain(name), ())) == 1 and name not in self.names
        return name if is_clear else bot_id

    def find(self, text: str) -> str:
        """The id of the bot that a filter names by its id or its name; empty if it names none.

        Raises `ApiRefused`, as the API would, for a name that no bot has, or several.
        """
        if not text or text in self.names:
            return text
        found = self._ids.get(_plain(text), [])
        if len(found) == 1:
            return found[0]
        rule = f"No bot that you see has the name or the id {text}."
        if found:
            rule = f"Several bots have the name {text}: choose one by its id, such as {found[0]}."
        broken = [{"parameter": "bot_id", "detail": rule}]
        raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": rule, "errors": broken})


def _plain(name: str) -> str:
    """A name as it is compared."""
    return name.strip().casefold()


def named_bots(visit: Visit) -> NamedBots:
    """The bots that the member sees; none for whoever sees no bots, but what they are billed for."""
    found = visit.api.items("/usage/bots", _NAMES_AT_ONCE) if visit.roles else ()
    return NamedBots({bot["bot_id"]: bot["name"] for bot in found})
