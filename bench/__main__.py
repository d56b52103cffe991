"""`python -m bench [name …]`: all measurements, or those named."""

import importlib
import sys

from bench import report

NAMES = ("ingest", "units", "imports", "documents", "offline")


def main() -> None:
    """Measure and print."""
    chosen = sys.argv[1:] or NAMES
    report.machine()
    for name in chosen:
        importlib.import_module(f"bench.{name}").run()


main()
