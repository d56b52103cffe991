"""What the command says: progress to standard error, the result to standard output."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

WIDTH_OF_FILES = 120
WIDEST = 1000

# The columns of a table: titles, and what of a row stands under each.
Columns = Mapping[str, Callable[[dict[str, Any]], str]]


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command tells what it does and what came of it."""

    as_json: bool = False
    _progress: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show that `title` is under way, and how long it took; the callable tells how far it is."""
        started = time.monotonic()
        with self._progress.status(title) as status:
            yield lambda text: status.update(f"{title}: {text}")
        self._progress.print(f"[green]✓[/] {title} [dim]({time.monotonic() - started:.1f} s)[/]")

    @contextmanager
    def bar(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Show a progress bar; the callable moves it on by so many."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._progress) as progress:
            task = progress.add_task(title, total=total)
            yield lambda count: progress.advance(task, count)

    def warn(self, text: str) -> None:
        """Say what the user should not miss."""
        self._progress.print(f"[yellow]![/] {text}")

    def result(self, value: dict[str, Any], *shown: RenderableType) -> None:
        """Print `value` for machines; for people `shown`, or else the value as a table."""
        if self.as_json:
            sys.stdout.write(json.dumps(value) + "\n")
            return
        console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_FILES)
        for renderable in shown or (facts(value),):
            # Rather than that an id is cut, a line is longer than the terminal.
            console.width = max(console.width, _least_width(console, renderable))
            # Paths and commands stay whole, so that they can be copied.
            console.print(renderable, soft_wrap=isinstance(renderable, Text))

    def listing(
        self,
        name: str,
        rows: Sequence[dict[str, Any]],
        columns: Columns,
        for_people: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        """Print rows: under their `name` for machines, as a table (perhaps of other rows) for people."""
        shown = rows if for_people is None else for_people
        self.result(
            {name: list(rows)}, table(shown, columns) if shown else Text(f"no {name.replace('_', ' ')}")
        )

    def row(self, row: dict[str, Any], columns: Columns) -> None:
        """Print one thing: by itself for machines, as a table for people."""
        self.result(row, table([row], columns))


def table(rows: Sequence[dict[str, Any]], columns: Columns) -> Table:
    """A line for each row. Columns of single words are never narrowed: their ids can be copied."""
    shown = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title, cell in columns.items():
        texts = [cell(row) for row in rows]
        whole = all(len(text.split()) <= 1 for text in texts)
        width = max(map(len, [*title.split("\n"), *texts])) if whole else None
        shown.add_column(title, overflow="fold", no_wrap=whole, min_width=width)
    for row in rows:
        shown.add_row(*(Text(cell(row)) for cell in columns.values()))
    return shown


def _least_width(console: Console, renderable: RenderableType) -> int:
    """How wide a table has to be at least; 0 for anything else."""
    if not isinstance(renderable, Table):
        return 0
    return Measurement.get(console, console.options.update(width=WIDEST), renderable).minimum


def facts(value: dict[str, Any]) -> Text:
    """A line for each name and its value."""
    labels = {name: name.replace("_", " ") for name in value}
    width = max(map(len, labels.values()), default=0)
    lines = [(f"{labels[name]:{width}}  ", "bold", as_text(fact)) for name, fact in value.items()]
    return Text("\n").join(Text.assemble((label, style), fact) for label, style, fact in lines)


def as_text(fact: Any) -> str:
    """A fact for people: thousands separated, nested facts in one line."""
    if isinstance(fact, dict):
        return ", ".join(f"{name} {as_text(value)}" for name, value in fact.items())
    if isinstance(fact, int) and not isinstance(fact, bool):
        return f"{fact:,}"
    return "none" if fact is None else str(fact)
