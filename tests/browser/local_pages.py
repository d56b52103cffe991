"""The console served by this process over a deployed stack's data, to reach what functions cannot."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

import api.app
import api.call
import api.console.page
import api.console.pages.sign_in
from botmeter.bootstrap import Wiring
from tests.fakes.context import FakeContext

_STAGE = "/v1"


@contextmanager
def local_pages(services: Wiring, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the console over `services`, one request at a time; gives its address, ends with the block."""
    for module in (api.call, api.console.page, api.console.pages.sign_in):
        monkeypatch.setattr(module, "wiring", lambda: services)
    one_at_a_time = threading.Lock()

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            event = event_of(self.command, self.path, dict(self.headers), self.rfile.read(length).decode())
            with one_at_a_time:
                answer = api.app.handler(event, FakeContext())  # type: ignore[arg-type]
            body = answer["body"].encode()
            self.send_response(answer["statusCode"])
            several = [
                (name, value) for name, values in answer["multiValueHeaders"].items() for value in values
            ]
            for name, value in (*answer["headers"].items(), *several):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is given)
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{_STAGE}/"
        finally:
            server.shutdown()


def event_of(method: str, address: str, headers: dict[str, str], body: str) -> dict[str, Any]:
    """A request as API Gateway hands it to the function."""
    parts = urlsplit(address)
    place = unquote(parts.path.removeprefix(f"{_STAGE}/console").lstrip("/"))
    return {
        "resource": "/console/{proxy+}" if place else "/console",
        "path": parts.path.removeprefix(_STAGE),
        "httpMethod": method,
        "headers": headers,
        "multiValueQueryStringParameters": parse_qs(parts.query, keep_blank_values=True) or None,
        "pathParameters": {"proxy": place} if place else None,
        "requestContext": {"httpMethod": method, "identity": {"sourceIp": "127.0.0.1"}},
        "stageVariables": None,
        "body": body or None,
        "isBase64Encoded": False,
    }
