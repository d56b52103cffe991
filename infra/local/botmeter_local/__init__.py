"""The local stack: `template.yaml` deployed to an AWS emulator that runs on this machine.

`up` starts the emulator, builds and deploys; `down` stops it; `Stack` reaches what was deployed,
locally or on AWS. It never holds business rules, and Botmeter's own code never imports it.
"""

from botmeter_local.lifecycle import StackStatus, down, status, up
from botmeter_local.paths import LocalStackError
from botmeter_local.stack import Stack

__all__ = ["LocalStackError", "Stack", "StackStatus", "down", "status", "up"]
