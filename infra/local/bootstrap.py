"""Makes the virtual environments of this project from its hashed locks.

`make setup` runs this with the system's Python; it uses the standard library alone. `make test` runs it with
`--with-browser`, which also sees to the browser that the tests of pages need; `make bench` runs it with
`--for-bench`, which sees to the PostgreSQL server that it compares with.

    .venv        the project, its tests and checks
    .venv-sam    the SAM CLI, which builds and deploys
    .venv-cloud  the emulator, in which the functions run: it must not hold the project's packages

An environment is left alone while its locks and its interpreter are those it was made from.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11")
STAMP = "botmeter-stamp"

# The environments, and the files that each is made from beside the installer's lock.
ENVIRONMENTS = {
    ".venv": ("requirements/dev.txt", "functions/api/requirements.txt", "pyproject.toml"),
    ".venv-sam": ("requirements/sam.txt",),
    ".venv-cloud": ("requirements/cloud.txt",),
}
INSTALLER_LOCK = "requirements/uv.txt"

# Libraries that WeasyPrint loads, with the Debian package of each; these bring the others.
NATIVE_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
# Whatever speaks Chromium's protocol; Debian has the first.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Where Debian puts each version's server, and what keeps its package from making and starting one of its own.
POSTGRESQL = Path("/usr/lib/postgresql")
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/botmeter.conf")
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


class SetupError(Exception):
    """Something that the user has to do first; the message says what."""


def say(message: str) -> None:
    """Tell the user what happens."""
    print(f"setup: {message}", flush=True)


def run(*command: str | Path) -> None:
    """Run a command of the set-up; its output is shown only when it fails."""
    words = [str(part) for part in command]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SetupError(f"this failed: {' '.join(words)}\n{result.stdout}{result.stderr}")


# ------------------------------------------------------------------------------ interpreter


def require_python() -> None:
    """Go on with a Python that is new enough: this one, or another one on the path."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        if found and works(found):
            os.execv(found, [found, *sys.argv])  # noqa: S606  (the same script, newer Python)
    raise SetupError(
        f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed; this is {sys.version.split()[0]}.\n"
        "Install one, or name it: make PYTHON=/path/to/python3.12"
    )


def works(python: str) -> bool:
    """Whether `python` runs: a version manager may offer a name with nothing behind it."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


# -------------------------------------------------------------------------- system packages


def missing_packages(*, with_browser: bool, for_bench: bool) -> list[str]:
    """Debian packages whose content this machine lacks."""
    missing = [package for library, package in NATIVE_LIBRARIES.items() if not loads(library)]
    if not has_venv():
        missing.append(venv_package())
    if not FONT.exists() and not has_fonts():
        missing.append("fonts-dejavu-core")
    if with_browser and not find_browser():
        missing.append("chromium")
    if for_bench and not has_postgresql():
        missing.append("postgresql")
    return missing


def loads(library: str) -> bool:
    """Whether the dynamic linker finds `library`."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_venv() -> bool:
    """Whether this Python can make a virtual environment with pip; Debian packages that apart."""
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


def venv_package() -> str:
    """Debian's package with the `venv` of this interpreter."""
    return f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"


def has_fonts() -> bool:
    """Whether fontconfig knows any font at all."""
    lister = shutil.which("fc-list")
    return bool(lister and subprocess.run([lister], capture_output=True, check=False).stdout.strip())


def find_browser() -> str | None:
    """Where the browser for the tests is."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def has_postgresql() -> bool:
    """Whether there is a PostgreSQL server's program."""
    return bool(shutil.which("postgres") or any(POSTGRESQL.glob("*/bin/postgres")))


def install_packages(packages: list[str]) -> None:
    """Install Debian packages when we may, or say how to."""
    apt = shutil.which("apt-get")
    command = f"apt-get install --yes --no-install-recommends {' '.join(packages)}"
    if not apt:
        raise SetupError(f"these libraries are missing (named as in Debian): {' '.join(packages)}")
    if os.geteuid() != 0:
        raise SetupError(f"system packages are missing. Run this, then try again:\n    sudo {command}")
    say(f"installing {' '.join(packages)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    # A source that does not answer need not matter: if it does, the installation says so.
    subprocess.run([apt, "update", "--quiet"], capture_output=True, check=False)
    with no_cluster_of_debian() if "postgresql" in packages else contextlib.nullcontext():
        run(apt, *command.split()[1:])


@contextlib.contextmanager
def no_cluster_of_debian() -> Iterator[None]:
    """Let Debian's package make no database of its own meanwhile: `make bench` makes the one it needs."""
    NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    NO_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        NO_CLUSTER.unlink()


# ------------------------------------------------------------------------------ environments


def fingerprint(environment: str) -> str:
    """What `environment` is made from, as one word: files, interpreter and place."""
    digest = hashlib.sha256(f"{sys.version} {sysconfig.get_platform()} {sys.base_prefix} {ROOT}".encode())
    for name in (INSTALLER_LOCK, *ENVIRONMENTS[environment]):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_current(environment: str) -> bool:
    """Whether `environment` was made from what we have now."""
    stamp = ROOT / environment / STAMP
    return stamp.exists() and stamp.read_text() == fingerprint(environment)


def make_installer() -> Path:
    """Make `.venv` with nothing in it but pip and uv; give uv's path."""
    python = ROOT / ".venv/bin/python"
    shutil.rmtree(ROOT / ".venv", ignore_errors=True)
    run(sys.executable, "-m", "venv", ROOT / ".venv")
    run(python, "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "-r", INSTALLER_LOCK)
    return ROOT / ".venv/bin/uv"


def fill(environment: str, uv: Path) -> None:
    """Put exactly what its locks name into `environment`, making it first if need be."""
    python = ROOT / environment / "bin/python"
    if environment != ".venv":
        run(uv, "venv", "--clear", "--python", sys.executable, ROOT / environment)
    locks = [name for name in ENVIRONMENTS[environment] if name.endswith(".txt")]
    run(uv, "pip", "sync", "--python", python, "--require-hashes", *locks)
    if environment == ".venv":
        run(uv, "pip", "install", "--python", python, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    (ROOT / environment / STAMP).write_text(fingerprint(environment))


def bring_up_to_date() -> None:
    """Make or remake the environments that are not current."""
    stale = [environment for environment in ENVIRONMENTS if not is_current(environment)]
    uv = ROOT / ".venv/bin/uv"
    if ".venv" in stale or (stale and not uv.exists()):
        say(f"making the environments, Python {sys.version.split()[0]}")
        uv = make_installer()
        stale = [".venv", *(environment for environment in stale if environment != ".venv")]
    for environment in stale:
        say(f"filling {environment}")
        fill(environment, uv)


def main() -> int:
    """Check the machine, then bring every environment up to date."""
    try:
        require_python()
        asked = sys.argv[1:]
        packages = missing_packages(with_browser="--with-browser" in asked, for_bench="--for-bench" in asked)
        if packages:
            install_packages(packages)
        bring_up_to_date()
    except SetupError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
