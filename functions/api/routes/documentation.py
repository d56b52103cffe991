"""Documentation of the API."""

from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from chalice.app import Blueprint, Chalice

from api.call import Answer, Call
from api.operation import PUBLIC, declare
from api.schemas.typed import Text
from botmeter.domain.errors import NotFound

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Documentation", roles=PUBLIC)

AssetName = Annotated[str, Text("^[a-z.-]{1,40}$", "start.js", "A file that the page needs.")]

_PAGE = Path(__file__).parents[1] / "page"
_CSS, _JAVASCRIPT = "text/css", "text/javascript"
_A_DAY = {"Cache-Control": "public, max-age=86400"}
# Nothing but what this API serves itself, and the images within the style sheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@operation("GET", "/openapi.json")
def openapi(call: Call[None]) -> dict[str, Any]:  # noqa: ARG001 (each route gets its call)
    """Describe the API for programs, as OpenAPI 3.1."""
    return _document(routes.current_app)


@operation("GET", "/docs", media_types=("text/html",))
def docs(call: Call[None]) -> Answer[str]:  # noqa: ARG001 (each route gets its call)
    """Describe the API for people."""
    headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
    return Answer((_PAGE / "index.html").read_text(encoding="utf-8"), headers=headers)


@operation("GET", "/docs/{asset}", media_types=(_CSS, _JAVASCRIPT))
def docs_asset(call: Call[None], asset: AssetName) -> Answer[str]:  # noqa: ARG001 (each route gets its call)
    """Give a script or a style of the page for people."""
    path = _assets().get(asset)
    if path is None:
        raise NotFound(f"the page has no file {asset}")
    media_type = _CSS if path.suffix == ".css" else _JAVASCRIPT
    return Answer(path.read_text(encoding="utf-8"), headers={"Content-Type": media_type, **_A_DAY})


@cache
def _document(app: Chalice) -> dict[str, Any]:
    """The document, with the API's address as seen from the document's own."""
    from api.openapi import document  # noqa: PLC0415 (not at a cold start)

    return document(app, {"url": "."})


@cache
def _assets() -> dict[str, Path]:
    """The files of the page by name: Swagger UI comes with Powertools, which need not be imported for it."""
    powertools = find_spec("aws_lambda_powertools")
    if powertools is None or powertools.origin is None:
        raise FileNotFoundError("the layer has no Powertools")
    ui = Path(powertools.origin).parent / "event_handler/openapi/swagger_ui"
    return {
        "swagger-ui.css": ui / "swagger-ui.min.css",
        "swagger-ui.js": ui / "swagger-ui-bundle.min.js",
        "start.js": _PAGE / "start.js",
        "page.css": _PAGE / "page.css",
    }
