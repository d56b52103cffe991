"""Which web pages may read the API's answers."""

from typing import Any

import pytest

import api.call
from api.app import handler
from botmeter.bootstrap import Wiring
from botmeter.settings import Settings
from tests.fakes.context import FakeContext, payload

CONSOLE = "https://console.example.com"


def ask(method: str, path: str, origin: str | None) -> dict[str, Any]:
    """The headers of the answer to a page on `origin`."""
    event = payload("api_get_bots.json")
    event.update(httpMethod=method, path=path, resource=path)
    event["requestContext"].update(
        httpMethod=method, resourcePath="/{proxy+}" if method == "OPTIONS" else path
    )
    # Header names arrive in any case.
    event["headers"] = {} if origin is None else {"oRigin": origin}
    answer = handler(event, FakeContext())  # type: ignore[arg-type]
    assert answer["statusCode"] == (204 if method == "OPTIONS" else 200)
    found: dict[str, Any] = answer["headers"]
    return found


def allow(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    """Configure origins as the template does."""
    wiring = Wiring(Settings.read({"ALLOWED_ORIGINS": origins}))
    monkeypatch.setattr(api.call, "wiring", lambda: wiring)


@pytest.fixture(autouse=True)
def _origins(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, f"{CONSOLE}, http://localhost:3000")


def test_known_origin_may_send_and_read() -> None:
    """A preflight names the very origin, what may be sent, and which headers may be read."""
    headers = ask("OPTIONS", "/bots/bot_trial", CONSOLE)

    assert headers["Access-Control-Allow-Origin"] == CONSOLE
    assert headers["Vary"] == "Origin"
    assert "PUT" in headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in headers["Access-Control-Allow-Headers"]
    assert headers["Access-Control-Expose-Headers"] == "ETag, Location, Retry-After"


def test_answers_may_be_read_by_the_same_pages() -> None:
    """Each answer names the origin too."""
    assert (
        ask("GET", "/docs", "http://localhost:3000")["Access-Control-Allow-Origin"] == "http://localhost:3000"
    )


@pytest.mark.parametrize("origin", ["https://evil.example", f"{CONSOLE}.evil.example", "null", "*", "", None])
@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_other_origins_are_granted_nothing(method: str, origin: str | None) -> None:
    """A page that is not configured is answered, but its browser does not let it read."""
    headers = ask(method, "/docs", origin)

    assert not [name for name in headers if name.startswith("Access-Control")]
    assert headers["Vary"] == "Origin"


def test_without_configured_origins_answers_do_not_vary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default is that no page of another origin uses the API."""
    allow(monkeypatch, "")

    assert "Vary" not in ask("GET", "/docs", CONSOLE)
