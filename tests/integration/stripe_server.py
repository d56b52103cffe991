"""Localstripe on the loopback interface, with what Stripe has and it lacks. Run as a process of its own.

It writes the port that it chose to its output, and ends when its input does: with whoever started it.
Added to localstripe 1.15, from Stripe's documentation:

* idempotency keys: the first answer again for a day, an error when the parameters differ;
* searches by metadata, which know what there was when `POST /_config/next-day` was last called;
* `POST /_config/next-day`: the keys are forgotten, the searches up to date;
* `setup_future_usage`, which keeps the card, and `allowed_payment_method_types`, which took the place of
  `payment_method_types` in Stripe's API of September 2026;
* nothing is written to a shared file in /tmp, and nothing listens on other interfaces.
"""

import asyncio
import hashlib
import json
import re
import socket
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from aiohttp import web

# Localstripe publishes no types.
resources: Any = import_module("localstripe.resources")
errors: Any = import_module("localstripe.errors")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Stripe keeps an answer when it began to do something: not these, given before.
_NOT_KEPT = {400, 401, 404, 409, 429}

kept: dict[str, tuple[str, int, bytes]] = {}
searchable: set[str] = set()


class Found:
    """The answer of a search."""

    def __init__(self, things: list[Any]) -> None:
        self._things = things

    def _export(self, expand: Any = None) -> dict[str, Any]:
        data = [thing._export(expand=expand) for thing in self._things]
        return {"object": "search_result", "data": data, "has_more": False, "next_page": None, "url": "/"}


def search(kind: str) -> Callable[..., Found]:
    """The search among things of `kind`."""

    def by_metadata(query: str = "", **_: Any) -> Found:
        match = re.fullmatch(r'metadata\["(\w+)"\]:("(?:[^"\\]|\\.)*")', query)
        if not match:
            raise errors.UserError(400, "Bad query")
        name, value = match[1], json.loads(match[2]).lower()
        known = (resources.store.get(key) for key in searchable if key.startswith(f"{kind}:"))
        return Found([one for one in known if one and one.metadata.get(name, "").lower() == value])

    return by_metadata


def add_searches() -> None:
    """Before localstripe's server is imported: it makes its routes then."""
    for kind in ("customer", "payment_intent"):
        resources.extra_apis.append(("GET", f"/v1/{kind}s/search", search(kind)))


def add_intent_parameters() -> None:
    """Let intents take what localstripe does not know, and keep the card of those that shall."""
    intent = resources.PaymentIntent
    create, succeed = intent._api_create, intent._on_success

    def create_with_more(
        setup_future_usage: str | None = None, allowed_payment_method_types: Any = None, **data: Any
    ) -> Any:
        if "payment_method_types" in data:
            raise errors.UserError(400, "payment_method_types_no_longer_supported")
        made = create(**data)
        # Stripe does not show it; a test wants to see that it was asked for.
        made.off_session = data.get("off_session")
        made.setup_future_usage = setup_future_usage
        made.payment_method_types = allowed_payment_method_types or ["card"]
        return made

    def succeed_and_keep_card(self: Any) -> None:
        if getattr(self, "setup_future_usage", None):
            resources.PaymentMethod._api_attach(self.payment_method, customer=self.customer)
        succeed(self)

    intent._api_create = create_with_more
    intent._on_success = succeed_and_keep_card


@web.middleware
async def idempotency(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the first answer again to a request with the key of an earlier one."""
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or not key:
        return await handler(request)
    asked = hashlib.sha256(request.path.encode() + await request.read()).hexdigest()
    if key in kept:
        first, status, body = kept[key]
        if first != asked:
            error = {"type": "idempotency_error", "message": "This key was used with other parameters."}
            return web.json_response({"error": error}, status=400)
        return web.Response(status=status, body=body, content_type="application/json")
    answer = await handler(request)
    if isinstance(answer, web.Response) and answer.status not in _NOT_KEPT:
        assert isinstance(answer.body, bytes)
        kept[key] = asked, answer.status, answer.body
    return answer


async def next_day(_: web.Request) -> web.Response:
    """Forget the keys and let the searches know everything."""
    kept.clear()
    searchable.update(resources.store)
    return web.Response()


def application() -> web.Application:
    """Localstripe's application with the additions."""
    resources.Store.dump_to_disk = lambda _: None
    add_searches()
    add_intent_parameters()
    app: web.Application = import_module("localstripe.server").app
    app.middlewares.insert(0, idempotency)
    app.router.add_post("/_config/next-day", next_day)
    return app


async def serve() -> None:
    """Serve until the input ends."""
    runner = web.AppRunner(application())
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await web.SockSite(runner, listener).start()
        print(listener.getsockname()[1], flush=True)  # noqa: T201  (whoever started it waits for this)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
