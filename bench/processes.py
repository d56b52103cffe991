"""What a process takes of the machine's memory and processors, as Linux counts it.

`ru_maxrss` is no measure of a child: it begins with what its parent had when it was started.
"""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path


def peak_mb() -> float:
    """The most memory that this process has had resident, in MB."""
    return _status("VmHWM")


def resident_mb() -> float:
    """The memory that this process has resident now, in MB."""
    return _status("VmRSS")


def processor_seconds(pid: int) -> float:
    """The processor time that a process has taken so far, to a hundredth of a second."""
    return sum(int(tick) for tick in _stat(pid)[11:13]) / os.sysconf("SC_CLK_TCK")


def family_seconds(pid: int) -> float:
    """The processor time of a process, of those it has started, and of those that have ended meanwhile."""
    fields = {int(path.name): _stat(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    children: dict[int, list[int]] = defaultdict(list)
    for child, stat in fields.items():
        if stat:
            children[int(stat[1])].append(child)
    family, waiting = [], [pid]
    while waiting:
        family.append(waiting.pop())
        waiting += children[family[-1]]
    ticks = sum(int(tick) for member in family for tick in fields.get(member, [])[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def in_a_new_process(code: str, *arguments: str) -> list[str]:
    """What `code` says on its standard error, in words, when it runs in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    run = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return run.stderr.split()


def _stat(pid: int) -> list[str]:
    """What Linux counts of a process, from its state on; nothing if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _status(name: str) -> float:
    """A line of this process's status, which is in kB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
