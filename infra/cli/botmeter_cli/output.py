"""What the command says: progress to standard error, the result to standard output."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

WIDTH_OF_FILES = 120


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
            # Paths and commands stay whole, so that they can be copied.
            console.print(renderable, soft_wrap=isinstance(renderable, Text))


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
