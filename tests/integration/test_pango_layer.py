"""The layer with Pango, built from this system's libraries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAYER = Path(__file__).resolve().parents[2] / "layers/pango"


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], env=os.environ | environment, capture_output=True, text=True, check=False
    )


def contents(folder: Path) -> dict[str, tuple[bytes, float]]:
    """Content and time of each file."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime) for path in files}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer, built once."""
    folder = tmp_path_factory.mktemp("layer")
    built = run(LAYER / "build.py", "--output", folder)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "MB; needs glibc 2." in built.stdout
    return folder


def test_weasyprint_renders_with_the_layer_alone(layer: Path) -> None:
    """Text comes out in the layer's font, and no library was taken from elsewhere."""
    checked = run(LAYER / "check.py", layer)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith("pango layer: good: ")


def test_building_again_gives_the_same_files(layer: Path, tmp_path: Path) -> None:
    """The same system gives the same layer, so an unchanged one is not deployed again."""
    run(LAYER / "build.py", "--output", tmp_path)

    assert contents(tmp_path) == contents(layer)


def test_the_c_library_is_not_in_the_layer(layer: Path) -> None:
    """A process has its own; links would be lost in a zip file."""
    libraries = {path.name for path in (layer / "lib").iterdir()}

    assert "libpangoft2-1.0.so.0" in libraries
    assert not libraries & {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2"}
    assert not any(path.is_symlink() for path in layer.rglob("*"))


def test_an_incomplete_layer_fails_the_check(layer: Path, tmp_path: Path) -> None:
    """A library that would be taken from the system is named."""
    for name, (content, _) in contents(layer).items():
        if not name.startswith("lib/libfribidi"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
    checked = run(LAYER / "check.py", tmp_path)

    assert checked.returncode == 1
    assert "from outside of the layer: " in checked.stdout
    assert "libfribidi" in checked.stdout


def test_a_missing_library_is_named_with_its_package(tmp_path: Path) -> None:
    """Who lacks something learns what to install."""
    probe = (
        "import sys; sys.argv[1:] = ['--output', sys.argv[1]]\n"
        "import build; build.REQUIRED['libnosuch.so.9'] = 'libnosuch9'; sys.exit(build.main())"
    )
    built = run("-c", probe, tmp_path, PYTHONPATH=str(LAYER))

    assert built.returncode == 1
    assert "on Debian: apt-get install libnosuch9" in built.stdout
