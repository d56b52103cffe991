"""`botmeter sessions` on a million events."""

import json
import tempfile
import time
from pathlib import Path

from bench.processes import in_a_new_process
from bench.report import table
from botmeter.domain.periods import to_rfc3339

EVENTS = 1_000_000
PER_CONVERSATION = 10
_START_MS = 1_790_000_000_000

# The command, and its peak in MB.
_COMMAND = """
import sys
from bench.processes import peak_mb
from botmeter_cli.main import main

try:
    main()
finally:
    print(peak_mb(), file=sys.stderr)
"""


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.jsonl"
        _write(file)
        summary = _run(file, "--summary")
        windows = _run(file)
        size = file.stat().st_size / 1e6
    rows = [["--summary", *summary], ["a line for each window", *windows]]
    table(
        f"botmeter sessions, {EVENTS:,} events, {size:,.0f} MB of text",
        ["", "seconds", "peak memory, MB"],
        rows,
    )


def _write(file: Path) -> None:
    """Events of conversations that overlap, as a platform's log has them."""
    with file.open("w", encoding="utf-8") as lines:
        for n in range(EVENTS):
            lines.write(json.dumps(_event(n)) + "\n")


def _event(n: int) -> dict[str, object]:
    open_at_once = 1_000
    group, place = divmod(n, open_at_once * PER_CONVERSATION)
    return {
        "specversion": "1.0",
        "id": f"01JB8W2M3Q6Y{n:08d}",
        "source": "bots/acme/eu-1",
        "type": "conversation.message",
        "time": to_rfc3339(_START_MS + n * 50),
        "data": {
            "account_id": "acct_acme",
            "bot_id": f"bot_{n % 5}",
            "conversation_id": f"c-{group * open_at_once + place % open_at_once}",
            "user_id": "u-7",
            "role": "user" if n % 2 else "bot",
            "channel": "web",
            "test": False,
        },
    }


def _run(file: Path, *options: str) -> list[str]:
    """Elapsed seconds and peak memory of a run."""
    began = time.perf_counter()
    *_, peak_mb = in_a_new_process(_COMMAND, "sessions", str(file), *options)
    return [f"{time.perf_counter() - began:.1f}", f"{float(peak_mb):,.0f}"]
