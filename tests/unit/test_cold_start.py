"""What functions load before their first request."""

import subprocess
import sys

import pytest

from botmeter_local.paths import ROOT


@pytest.mark.parametrize(
    ("module", "later"),
    [
        ("api.app", ["api.console", "jinja2", "babel", "markupsafe"]),
        ("api.console.app", ["jinja2", "babel"]),
        ("ingest.handler", ["jwt", "cryptography"]),
        ("ingest.authorizer", ["jwt", "cryptography", "pydantic", "pynamodb"]),
    ],
)
def test_nobody_waits_for_what_others_need(module: str, later: list[str]) -> None:
    """The API loads no pages, and pages load templates and countries' formats when one is shown.

    What checks tokens is loaded by the authorizer alone, and with the first token.
    """
    code = f"import sys, {module}; print([name for name in {later} if name in sys.modules])"
    paths = ":".join(str(ROOT / folder) for folder in ("functions", "layers/core"))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"AWS_DEFAULT_REGION": "eu-central-1", "PYTHONPATH": paths},
    )

    assert done.stdout.strip() == "[]"
