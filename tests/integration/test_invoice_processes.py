"""The document of an invoice in processes of their own, as functions run."""

import os
import pickle
import subprocess
import sys

from invoice.rendering import render_invoice
from tests.integration.test_invoice_rendering import DEMO

RENDER_IN_ANOTHER_PROCESS = """
import pickle, sys
from invoice.rendering import render_invoice
sys.stdout.buffer.write(render_invoice(pickle.load(sys.stdin.buffer)))
"""


def test_another_process_gives_the_same_bytes() -> None:
    """Another process, with other hashes and another local time, does not change a byte."""
    first = render_invoice(DEMO)
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"}
    elsewhere = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RENDER_IN_ANOTHER_PROCESS],
        input=pickle.dumps(DEMO),
        env=os.environ | environment,
        capture_output=True,
        check=True,
    ).stdout

    assert first.startswith(b"%PDF-")
    assert elsewhere == first


def test_the_handler_starts_without_weasyprint() -> None:
    """Importing the module imports neither Jinja2 nor WeasyPrint."""
    probe = "import invoice.rendering, sys; print({'jinja2', 'weasyprint'} & set(sys.modules))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    output = subprocess.run(
        [sys.executable, "-c", probe], env=environment, capture_output=True, text=True, check=True
    )

    assert output.stdout.strip() == "set()"
