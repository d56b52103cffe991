"""Clients of AWS that do all of their own work and are answered without a connection."""

from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders


def client_without_socket(service: str, body: bytes = b"{}") -> Any:
    """A client of `service` to which every call is answered with `body`."""
    client = botocore.session.get_session().create_client(service)

    def answer(request: Any, **_: Any) -> Any:
        raw = SimpleNamespace(stream=lambda *_args, **_kwargs: iter([body]), read=lambda *_args: body)
        return AWSResponse(request.url, 200, HTTPHeaders(), raw)

    client.meta.events.register(f"before-send.{service}", answer)
    return client
