"""Where the project's own files are: the command runs from a clone of it."""

from pathlib import Path
from typing import Final

INFRA: Final = Path(__file__).resolve().parents[2]
CATALOGUE: Final = INFRA / "catalogue.json"
SELLERS: Final = INFRA / "sellers.json"
DEMO_ACCOUNT: Final = INFRA / "demo" / "account.json"
DEMO_SAMPLE: Final = INFRA / "demo" / "sample.csv.gz"
# What the demo leaves for its user; never under version control.
DEMO_OUTPUT: Final = INFRA.parent / ".botmeter" / "demo"
