"""Builds the layer that WeasyPrint needs: Pango with the libraries it needs itself, and a font.

    python3 build.py --output DIR [--font FILE ...]

The libraries and fonts are those of the system on which this runs. The same system gives the same
files, down to their times. The standard library is enough.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# What WeasyPrint opens (weasyprint/text/ffi.py tries other names first, and these on Linux), with
# the Debian package of each.
REQUIRED = {
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libfontconfig.so.1": "libfontconfig1",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
}
# Without it WeasyPrint cuts fonts to size in Python, which takes three times as long as a short invoice.
RECOMMENDED = {"libharfbuzz-subset.so.0": "libharfbuzz-subset0"}

FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
FONT_PACKAGE = "fonts-dejavu-core"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))

# Every process has these from its own system; those of another one would break it.
GLIBC_ITSELF = re.compile(
    r"(linux-vdso|ld-linux.*|lib(c|m|mvec|pthread|dl|rt|resolv|util|anl|nss_\w+|BrokenLocale|thread_db))\.so(\.|$)"
)
# The C library of Lambda's Amazon Linux 2023, and of Debian's releases no older than that.
LAMBDA_GLIBC = (2, 34)
# Relative relocations are not a function with a version: a mark of its own tells that glibc 2.36 is needed.
RELATIVE_RELOCATIONS = (2, 36)

# 1 January 1980: the oldest time that a zip file can hold.
FIXED_TIME = 315_532_800

# Where Lambda unpacks layers; only /tmp can be written there.
FONT_CONFIGURATION = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>/opt/fonts</dir>
  <cachedir>/tmp/fontconfig</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>
"""


class LayerError(Exception):
    """The layer cannot be built or does not do; the message says why, and what to install."""


# ---------------------------------------------------------------------------------- libraries


def mapped_files(maps: str) -> set[Path]:
    """The files that a process has mapped, from the text of its /proc/PID/maps."""
    return {Path(match) for match in re.findall(r" (/.*)$", maps, flags=re.MULTILINE)}


def is_glibc(library: Path | str) -> bool:
    """Whether a library belongs to the C library."""
    return GLIBC_ITSELF.match(Path(library).name) is not None


def locate(library: str) -> Path | None:
    """The file that the dynamic linker takes for `library`, if it finds one."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return None
    mapped = mapped_files(Path("/proc/self/maps").read_text())
    return next(path for path in sorted(mapped) if path.name.startswith(library))


def dependencies(library: Path, first: Path | None = None) -> dict[str, Path]:
    """All that `library` needs, directly or not, except glibc: file by name.

    Looked for in the folder `first`, if given, before those of the system.
    """
    environment = os.environ | ({"LD_LIBRARY_PATH": str(first)} if first else {})
    listed = subprocess.run(
        ["ldd", library], env=environment, capture_output=True, text=True, check=True
    ).stdout
    missing = re.findall(r"^\s*(\S+) => not found", listed, flags=re.MULTILINE)
    if missing:
        raise LayerError(f"{library} needs {', '.join(missing)}, which this system does not have")
    found = re.findall(r"^\s*(\S+) => (/\S+)", listed, flags=re.MULTILINE)
    return {name: Path(path) for name, path in found if not is_glibc(name)}


def collect_libraries() -> dict[str, Path]:
    """The closure of what WeasyPrint opens: file by name."""
    located = {name: locate(name) for name in (*REQUIRED, *RECOMMENDED)}
    require([REQUIRED[name] for name in REQUIRED if located[name] is None])
    for name, package in RECOMMENDED.items():
        if located[name] is None:
            say(f"{name} is missing: rendering is slower without it (Debian package {package})")
    opened = {name: path for name, path in located.items() if path}
    return opened | {name: path for start in opened.values() for name, path in dependencies(start).items()}


def needed_glibc(library: Path) -> tuple[int, ...]:
    """The oldest glibc that `library` runs with, such as (2, 34): the newest version its symbols ask for."""
    content = library.read_bytes()
    versions = re.findall(rb"(?<=\0)GLIBC_(\d+(?:\.\d+)+)(?=\0)", content)
    needed = [tuple(int(number) for number in version.split(b".")) for version in versions]
    if b"\0GLIBC_ABI_DT_RELR\0" in content:
        needed.append(RELATIVE_RELOCATIONS)
    return max(needed, default=(2,))


def dotted(version: tuple[int, ...]) -> str:
    """A version in writing: 2.34."""
    return ".".join(map(str, version))


def require(packages: list[str]) -> None:
    """Stop with the names of Debian `packages`, if there are any."""
    if packages:
        raise LayerError(f"libraries or fonts are missing; on Debian: apt-get install {' '.join(packages)}")


# -------------------------------------------------------------------------------------- fonts


def collect_fonts(more: list[Path]) -> dict[str, Path]:
    """DejaVu Sans, upright and bold, and `more`: file by name."""
    found = {
        path.name: path for folder in FONT_FOLDERS for name in FONTS for path in sorted(folder.rglob(name))
    }
    require([] if set(found) == set(FONTS) else [FONT_PACKAGE])
    return found | {path.name: path for path in more}


# ------------------------------------------------------------------------------------- output


def say(message: str) -> None:
    """Tell the user what happens."""
    print(f"pango layer: {message}", flush=True)


def copy(files: dict[str, Path], folder: Path, mode: int) -> None:
    """Copy `files` into `folder` under their names: content only, not links, owners or times."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in sorted(files.items()):
        shutil.copyfile(source, folder / name)
        (folder / name).chmod(mode)


def fix_times(folder: Path) -> None:
    """Give everything in `folder` the same time."""
    for path in folder.rglob("*"):
        os.utime(path, (FIXED_TIME, FIXED_TIME))


def build(output: Path, more_fonts: list[Path]) -> None:
    """Make the layer in `output`: lib/, fonts/ and etc/fonts/fonts.conf."""
    copy(collect_libraries(), output / "lib", mode=0o755)
    copy(collect_fonts(more_fonts), output / "fonts", mode=0o644)
    configuration = output / "etc/fonts/fonts.conf"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(FONT_CONFIGURATION, encoding="utf-8")
    fix_times(output)


def report(output: Path) -> None:
    """Say how large the layer is and what it asks of the system on which it will run."""
    libraries = sorted((output / "lib").iterdir())
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    newest = max(libraries, key=needed_glibc)
    needed = needed_glibc(newest)
    say(f"{len(libraries)} libraries, {size / 1e6:.1f} MB; needs glibc {dotted(needed)} ({newest.name})")
    if needed > LAMBDA_GLIBC:
        say(f"WARNING: Lambda has glibc {dotted(LAMBDA_GLIBC)}: this layer is for local stacks only")


def main() -> int:
    """Read the command line, build, report."""
    parser = argparse.ArgumentParser(
        description="Collect Pango, what it needs, and a font, as a Lambda layer."
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder of the layer")
    parser.add_argument(
        "--font", type=Path, action="append", default=[], metavar="FILE", help="a font to add"
    )
    arguments = parser.parse_args()
    try:
        build(arguments.output, arguments.font)
    except (LayerError, OSError) as error:
        say(str(error))
        return 1
    report(arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
