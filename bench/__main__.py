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

NAMES = (
    *("ingest", "paths", "units", "cost", "flat", "hot-bot", "entitlement", "imports", "console-pages"),
    *("billing-run", "documents", "offline", "recount"),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(NAMES)}; else all")
    parser.add_argument("--accounts", type=int, help="how many accounts the billing run has")
    parser.add_argument("--events", type=int, help="up to how many events `flat` goes")
    asked = parser.parse_args()
    report.machine()
    options = {"billing-run": {"accounts": asked.accounts}, "flat": {"events": asked.events}}
    for name in asked.names or NAMES:
        given = {key: value for key, value in options.get(name, {}).items() if value}
        importlib.import_module(f"bench.{name.replace('-', '_')}").run(**given)


main()
