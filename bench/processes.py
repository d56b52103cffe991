"""What a process takes of the machine's memory and processors, as Linux counts it.

`ru_maxrss` is no measure of a child: it begins with what its parent had when it was started.
"""

import os
import subprocess
import sys
from pathlib import Path


def peak_mb() -> float:
    """The most memory that this process has had resident, in MB."""
    return _status("VmHWM")


def resident_mb() -> float:
    """The memory that this process has resident now, in MB."""
    return _status("VmRSS")


def processor_seconds(pid: int) -> float:
    """The processor time that a process has taken so far, to a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_a_new_process(code: str, *arguments: str) -> list[str]:
    """What `code` says on its standard error, in words, when it runs in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    run = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return run.stderr.split()


def _status(name: str) -> float:
    """A line of this process's status, which is in kB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
