"""Bytes made up by a fuzzer that follows the code's branches: none breaks the reader, nor a format."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from botmeter_local.paths import ROOT
from tests.fuzz.seeds import seeds

# Some ten seconds; `make soak` sets how long it fuzzes.
RUNS = "200000"
needs_atheris = pytest.mark.skipif(
    platform.machine() != "x86_64" or sys.version_info >= (3, 14), reason="there is no atheris for it"
)


def fuzz(target: str, folder: Path, *length: str) -> subprocess.CompletedProcess[str]:
    """Run a target, from the seeds on."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, text in enumerate(seeds()):
        (corpus / f"seed-{number}").write_text(text, encoding="utf-8")
    words = Path(__file__).with_name("words.dict")
    options = [*length, "-max_len=4096", f"-dict={words}", f"-artifact_prefix={folder}/", str(corpus)]
    return subprocess.run(
        [sys.executable, "-m", f"tests.fuzz.{target}", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@needs_atheris
def test_nothing_breaks_the_reader(tmp_path: Path) -> None:
    """Whatever comes is read or refused with the documented error."""
    seconds = os.environ.get("FUZZ_SECONDS")
    length = [f"-max_total_time={seconds}"] if seconds else [f"-runs={RUNS}", "-seed=1"]
    done = fuzz("event_reader", tmp_path, *length)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "Done" in done.stderr, "the fuzzer did not come to its end"


@needs_atheris
def test_mistake_of_an_adapter_is_found(tmp_path: Path) -> None:
    """One that no seed shows, and that the reader would answer like a bad record."""
    done = fuzz("planted", tmp_path, f"-runs={RUNS}", "-seed=1")

    assert done.returncode != 0
    assert "KeyError" in done.stdout + done.stderr
    assert [*tmp_path.glob("crash-*")]
