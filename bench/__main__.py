"""`python -m bench [name …]`: all measurements, or those named."""

import importlib
import os
import sys

from bench import report

# What the template and AWS tell a function; the handlers' libraries read it when they are imported.
os.environ.update(
    POWERTOOLS_METRICS_NAMESPACE="Botmeter",
    POWERTOOLS_SERVICE_NAME="bench",
    AWS_ACCESS_KEY_ID="bench",
    AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106 (opens nothing)
    AWS_DEFAULT_REGION="eu-central-1",
)

NAMES = ("ingest", "units", "entitlement", "imports", "documents", "offline")


def main() -> None:
    """Measure and print."""
    chosen = sys.argv[1:] or NAMES
    report.machine()
    for name in chosen:
        importlib.import_module(f"bench.{name}").run()


main()
