"""The recount: what archived events should bill, by SQL. It shares no code with the meter, nor with billing.

An import rule keeps it so: a mistake in the meter must not be made here for a second time.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

_RULE: Final = Path(__file__).with_name("recount.sql")
_ROWS = 10_000
# Whether a window that concerns the period may go on where no events were read.
_AT_THE_EDGE = """
    SELECT count(*) FROM recounted JOIN bots USING (bot)
    WHERE unit = 'usage' AND (start_ms - idle_ms < $from_ms OR end_ms + idle_ms >= $to_ms)
"""
_RESULT = """
    SELECT unit, bot_id, name, start_ms, end_ms, agent_ms, session_starts_ms
    FROM recounted JOIN bots USING (bot)
"""


class Span(NamedTuple):
    """From `from_ms` until before `to_ms`, in ms since 1970 UTC."""

    from_ms: int
    to_ms: int


class Window(NamedTuple):
    """A window of a conversation, or an alert delivered (`name` is then `alert/user`). Instants in ms.

    `unit` is what its sessions are: `usage` or `alert`.
    """

    unit: str
    bot_id: str
    name: str
    start_ms: int
    end_ms: int
    agent_ms: int
    session_starts_ms: tuple[int, ...]


class Recount:
    """Archived events counted anew for `period`.

    `files` are compressed lines of canonical events, at least one; `idle_timeouts_ms` are the bots that
    exist. What does not fit into memory goes to `folder` for a while. Raises `duckdb.Error` for lines that
    are no events.
    """

    def __init__(
        self, files: Sequence[Path], idle_timeouts_ms: Mapping[str, int], period: Span, folder: Path
    ) -> None:
        self._connection = duckdb.connect(config={"temp_directory": str(folder / "spilled")})
        run = self._connection.execute
        run("SET preserve_insertion_order = false")
        run("CREATE TEMP TABLE bots (bot SMALLINT, bot_id VARCHAR, idle_ms BIGINT)")
        for number, (bot_id, idle_ms) in enumerate(idle_timeouts_ms.items()):
            run("INSERT INTO bots VALUES (?, ?, ?)", [number, bot_id, idle_ms])
        run("SET VARIABLE files = $files", {"files": [str(file) for file in files]})
        run("SET VARIABLE from_ms = $from_ms", {"from_ms": period.from_ms})
        run("SET VARIABLE to_ms = $to_ms", {"to_ms": period.to_ms})
        run(_RULE.read_text(encoding="utf-8"))

    def reaches_beyond(self, read: Span) -> bool:
        """Whether windows may have begun before, or go on after, the time of which events were `read`."""
        return bool(self._one(_AT_THE_EDGE, {"from_ms": read.from_ms, "to_ms": read.to_ms}))

    def windows(self) -> Iterator[Window]:
        """Those that share time with the period, in any order."""
        found = self._connection.execute(_RESULT)
        while rows := found.fetchmany(_ROWS):
            for unit, bot_id, name, start_ms, end_ms, agent_ms, starts_ms in rows:
                yield Window(unit, bot_id, name, start_ms, end_ms, agent_ms, tuple(starts_ms))

    @property
    def marks(self) -> int:
        """How many different marks were read, alerts and tests apart."""
        return self._one("SELECT count(*) FROM marks", {})

    def close(self) -> None:
        """Give memory and disk back."""
        self._connection.close()

    def _one(self, query: str, values: Mapping[str, int]) -> int:
        """The one number that a query gives."""
        row = self._connection.execute(query, dict(values)).fetchone()
        return int(row[0]) if row else 0
