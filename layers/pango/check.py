"""Proves that WeasyPrint renders with nothing but the libraries and fonts of a layer.

    python3 check.py DIR [--lambda]

Needs an interpreter with WeasyPrint and pypdf. A child process gets the layer as Lambda would give it,
renders a page and shows what it has mapped: a library or font from elsewhere fails the check.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layers.pango import build
else:  # Run as a script, this folder is where modules are looked for.
    import build

TEXT = "Ωmega Жуков 1,234.50"
FONT = "DejaVu-Sans"

CHILD = """
import base64, json, pathlib, sys, weasyprint
pdf = weasyprint.HTML(string=f"<p style='font-family: sans-serif'>{sys.argv[1]}").write_pdf()
maps = pathlib.Path("/proc/self/maps").read_text()
print(json.dumps({"maps": maps, "pdf": base64.b64encode(pdf).decode()}))
"""


def render_with(layer: Path) -> tuple[set[Path], bytes]:
    """Render a page with `layer` in a process of its own: the files that it had mapped then, and the PDF."""
    with tempfile.TemporaryDirectory() as scratch:
        configuration = (layer / "etc/fonts/fonts.conf").read_text(encoding="utf-8")
        local = configuration.replace("/tmp/", f"{scratch}/").replace("/opt/", f"{layer}/")  # noqa: S108
        (Path(scratch) / "fonts.conf").write_text(local, encoding="utf-8")
        environment = {"LD_LIBRARY_PATH": str(layer / "lib"), "FONTCONFIG_FILE": f"{scratch}/fonts.conf"}
        result = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", CHILD, TEXT],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode:
        raise build.LayerError(f"WeasyPrint fails with this layer:\n{result.stdout}{result.stderr}".rstrip())
    report = json.loads(result.stdout)
    return build.mapped_files(report["maps"]), base64.b64decode(report["pdf"])


def check_closure(layer: Path, libraries: list[Path]) -> None:
    """Fail if a library of the layer needs one from elsewhere."""
    needed = {path for library in libraries for path in build.dependencies(library, layer / "lib").values()}
    refuse("libraries needed from outside of the layer", needed - set(libraries))


def check_libraries(libraries: list[Path], mapped: set[Path]) -> None:
    """Fail if a library of the layer was taken from elsewhere, or not at all."""
    names = tuple(library.name for library in libraries)
    ours = {path for path in mapped if path.name.startswith(names)}
    refuse("taken from outside of the layer", ours - set(libraries))
    refuse("in the layer, but not used", set(libraries) - mapped)


def check_fonts(layer: Path, mapped: set[Path], pdf: bytes) -> None:
    """Fail if the text did not come out, or came out in a font from elsewhere."""
    from pypdf import PdfReader  # noqa: PLC0415 (not needed to say what the libraries lack)

    fonts = {path for path in mapped if path.suffix in {".ttf", ".otf", ".ttc"}}
    refuse("fonts from outside of the layer", fonts - set((layer / "fonts").iterdir()))
    names: set[str] = set()

    def note_font(text: str, _user: list[float], _line: list[float], font: Any, _size: float) -> None:
        if text.strip():
            names.add(str(font["/BaseFont"]))

    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text(visitor_text=note_font)
    if text.strip() != TEXT or not all(FONT in name for name in names):
        raise build.LayerError(f"the page says {text!r} in {', '.join(sorted(names))}")


def refuse(what: str, paths: set[Path]) -> None:
    """Fail if there are such `paths`."""
    if paths:
        raise build.LayerError(f"{what}: {', '.join(str(path) for path in sorted(paths))}")


def check_glibc(libraries: list[Path]) -> None:
    """Fail if a library needs a newer C library than Lambda has."""
    too_new = [library.name for library in libraries if build.needed_glibc(library) > build.LAMBDA_GLIBC]
    if too_new:
        present = build.dotted(build.LAMBDA_GLIBC)
        raise build.LayerError(f"Lambda has glibc {present}; a newer one is needed by {', '.join(too_new)}")


def check(layer: Path, *, for_lambda: bool) -> str:
    """Check the layer in the folder `layer`; say what was found good."""
    libraries = sorted((layer / "lib").glob("*"))
    absent = [name for name in build.REQUIRED if layer / "lib" / name not in libraries]
    if absent:
        raise build.LayerError(f"not a complete layer: {', '.join(absent)} absent from {layer / 'lib'}")
    check_closure(layer, libraries)
    mapped, pdf = render_with(layer)
    check_libraries(libraries, mapped)
    check_fonts(layer, mapped, pdf)
    if for_lambda:
        check_glibc(libraries)
    return f"good: WeasyPrint renders with its {len(libraries)} libraries and its fonts alone"


def main() -> int:
    """Read the command line, check, say the outcome."""
    parser = argparse.ArgumentParser(
        description="Check that WeasyPrint needs nothing but a layer's libraries."
    )
    parser.add_argument("layer", type=Path, metavar="DIR", help="folder that build.py made")
    parser.add_argument(
        "--lambda", dest="for_lambda", action="store_true", help="fail if Lambda's glibc is too old"
    )
    arguments = parser.parse_args()
    try:
        build.say(check(arguments.layer.resolve(), for_lambda=arguments.for_lambda))
    except build.LayerError as error:
        build.say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
