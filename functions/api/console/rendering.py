"""Templates: from what a page shows to the HTML that is sent."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.console.words import sentence

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_HERE = Path(__file__).parent
_ASSETS = _HERE / "assets"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def render(template: str, **values: Any) -> str:
    """The HTML of `template`; whatever is put into it is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def assets() -> dict[str, str]:
    """The files that pages load, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in _ASSETS.iterdir()}


@cache
def asset_version() -> str:
    """Changes with any of the files, so that browsers may keep them for ever."""
    digest = hashlib.sha256()
    for name, text in sorted(assets().items()):
        digest.update(f"{name}\n{text}".encode())
    return digest.hexdigest()[:12]


def _is_day(text: str) -> bool:
    """Whether a text is a day as browsers write it."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _breakable(name: str) -> Markup:
    """A user name that a narrow column breaks before its `@`, not somewhere in a word."""
    from markupsafe import Markup  # noqa: PLC0415 (not at a cold start)

    return Markup("<wbr>@").join(name.split("@"))


@cache
def _environment() -> Environment:
    """Jinja2, which is loaded with the first page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 (not at a cold start)

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["sentence"] = sentence
    environment.filters["breakable"] = _breakable
    environment.tests["day"] = _is_day
    environment.globals["asset_version"] = asset_version()
    return environment
