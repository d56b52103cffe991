"""Bytes made up by a fuzzer that follows the code's branches: none breaks the reader of events."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from botmeter_local.paths import ROOT
from tests.fuzz.seeds import seeds

# Some ten seconds; `make soak` sets how long it fuzzes.
RUNS = "120000"


@pytest.mark.skipif(
    platform.machine() != "x86_64" or sys.version_info >= (3, 14), reason="there is no atheris for it"
)
def test_nothing_breaks_the_reader(tmp_path: Path) -> None:
    """Whatever comes is read or refused with the documented error."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, text in enumerate(seeds()):
        (corpus / f"seed-{number}").write_text(text, encoding="utf-8")
    seconds = os.environ.get("FUZZ_SECONDS")
    length = [f"-max_total_time={seconds}"] if seconds else [f"-runs={RUNS}", "-seed=1"]
    words = Path(__file__).with_name("words.dict")
    options = [*length, "-max_len=4096", f"-dict={words}", f"-artifact_prefix={tmp_path}/", str(corpus)]

    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.event_reader", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "Done" in done.stderr, "the fuzzer did not come to its end"
