"""Documents in processes of their own, as functions run."""

import gc
import os
import pickle
import subprocess
import sys

import pytest

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from invoice.rendering import render_pdf
from tests.fakes.documents import credit_note, invoice, lines
from tests.integration.pdf import XML

MAX_MEMORY_MB = 512

# The peak since the program was started: that of `getrusage` is also that of the process it was forked from.
RENDER_IN_ANOTHER_PROCESS = """
import pickle, sys
from pathlib import Path
from invoice.rendering import render_pdf
sys.stdout.buffer.write(render_pdf(*pickle.load(sys.stdin.buffer)))
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


def render_elsewhere(document: Invoice | CreditNote) -> tuple[bytes, int]:
    """The PDF from another process, with other hashes and another local time, and its peak memory in MB."""
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RENDER_IN_ANOTHER_PROCESS],
        input=pickle.dumps((document, XML)),
        env=os.environ | environment | {"LC_ALL": "C"},
        capture_output=True,
        check=True,
    )
    return done.stdout, int(done.stderr.split()[-1]) // 1024


@pytest.mark.parametrize("document", [invoice(), invoice(locale="de", number=""), credit_note()])
def test_the_same_document_gives_the_same_bytes(document: Invoice | CreditNote) -> None:
    """Neither a second run nor another process changes a byte."""
    first = render_pdf(document, XML)

    assert first.startswith(b"%PDF-")
    assert render_pdf(document, XML) == first
    assert render_elsewhere(document)[0] == first


def test_fifteen_hundred_lines_fit_in_memory() -> None:
    """A platform's largest customers have such invoices."""
    pdf, memory = render_elsewhere(invoice(lines(1_500)))

    assert pdf.startswith(b"%PDF-")
    assert memory < MAX_MEMORY_MB


def test_rendering_leaves_the_garbage_collector_alone() -> None:
    """What is set for the time of rendering is set back."""
    before = gc.get_threshold()
    render_pdf(invoice(), None)

    assert gc.get_threshold() == before


def test_the_handler_starts_without_weasyprint() -> None:
    """Importing the module imports none of the large libraries."""
    probe = (
        "import invoice.rendering, sys; print({'babel', 'jinja2', 'segno', 'weasyprint'} & set(sys.modules))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    output = subprocess.run(
        [sys.executable, "-c", probe], env=environment, capture_output=True, text=True, check=True
    )

    assert output.stdout.strip() == "set()"
