"""Import time of each handler beside a bare botocore DynamoDB client, each in a fresh process."""

import statistics
import subprocess
import sys

from bench.report import table

REPETITIONS = 7
_CLIENT = "botocore.session.get_session().create_client('dynamodb', region_name='eu-central-1')"
_WIRED = "import botmeter.bootstrap as b; import {module}; b.wiring().{service}"
STATEMENTS = {
    "bare botocore DynamoDB client (yardstick)": f"import botocore.session; {_CLIENT}",
    "ingest.handler": "import ingest.handler",
    "meter.handler": "import meter.handler",
    "meter.lifecycle": "import meter.lifecycle",
    "invoice.run": "import invoice.run",
    "invoice.handler": "import invoice.handler",
    "api.app": "import api.app",
    "ingest.handler, and its clients": _WIRED.format(module="ingest.handler", service="record_events"),
    "meter.handler, and its clients": _WIRED.format(module="meter.handler", service="settle_conversations"),
}


def run() -> None:
    """Measure and print."""
    seconds = {name: _seconds(statement) for name, statement in STATEMENTS.items()}
    yardstick = next(iter(seconds.values()))
    rows = [[name, f"{s * 1000:.0f}", f"{s / yardstick:.2f}"] for name, s in seconds.items()]
    table(
        f"Import time, median of {REPETITIONS} fresh processes",
        ["", "ms of processor time", "x yardstick"],
        rows,
    )


def _seconds(statement: str) -> float:
    """Processor time of a statement in a process of its own, the start of Python not counted."""
    code = f"import time; t = time.process_time()\n{statement}\nprint(time.process_time() - t)"
    runs = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
        for _ in range(REPETITIONS)
    ]
    return statistics.median(runs)
