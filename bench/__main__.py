"""`python -m bench [name …] [--accounts n]`: all measurements, or those named."""

import argparse
import importlib
import os

from bench import report

# What the template and AWS tell a function; the handlers' libraries read it when they are imported.
os.environ.update(
    POWERTOOLS_METRICS_NAMESPACE="Botmeter",
    POWERTOOLS_SERVICE_NAME="bench",
    AWS_ACCESS_KEY_ID="bench",
    AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106 (opens nothing)
    AWS_DEFAULT_REGION="eu-central-1",
)

NAMES = ("ingest", "units", "entitlement", "imports", "console-pages", "billing-run", "documents", "offline")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(NAMES)}; else all")
    parser.add_argument("--accounts", type=int, help="how many accounts the billing run has")
    asked = parser.parse_args()
    report.machine()
    for name in asked.names or NAMES:
        options = {"accounts": asked.accounts} if name == "billing-run" and asked.accounts else {}
        importlib.import_module(f"bench.{name.replace('-', '_')}").run(**options)


main()
