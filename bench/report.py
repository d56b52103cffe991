"""Tables of measurements, and what machine they were taken on."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

console = Console(width=110)


def machine() -> None:
    """Describe the machine and the packages that matter."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("botocore", "pydantic", "pynamodb", "weasyprint")
    )
    console.print(f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}\n")


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table, the first column as text and the others as numbers."""
    shown = Table(title=title, title_justify="left")
    for n, column in enumerate(columns):
        shown.add_column(column, justify="left" if n == 0 else "right")
    for row in rows:
        shown.add_row(*row)
    console.print(shown)


def cpu_seconds(work: Callable[[], object], repetitions: int) -> float:
    """The least processor time of this process (all threads) that `work` took, in seconds."""
    best = float("inf")
    for _ in range(repetitions):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def interleaved(works: Mapping[str, Callable[[], object]], repetitions: int) -> dict[str, float]:
    """The least processor time of each work, which take turns: what disturbs one disturbs the others."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(repetitions):
        for name, work in works.items():
            best[name] = min(best[name], cpu_seconds(work, 1))
    return best
