"""What a page is asked for: an event of API Gateway as the console reads it."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from api.console.cookies import read_cookies

PREFIX = "console/"
_MAX_FIELDS = 50


@dataclass(frozen=True)
class PageRequest:
    """A request for a page, or a form that was sent."""

    event: Mapping[str, Any]

    @property
    def method(self) -> str:
        """GET or POST."""
        method: str = self.event["httpMethod"]
        return method

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers, by their names in small letters."""
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies."""
        return read_cookies(self.headers)

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters of the address; of one that is given twice, the last."""
        given = self.event.get("multiValueQueryStringParameters") or {}
        return {name: values[-1] for name, values in given.items() if values}

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form that was sent; empty for anything else."""
        body = self.event.get("body") or ""
        if self.event.get("isBase64Encoded"):
            body = b64decode(body).decode(errors="replace")
        try:
            return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
        except ValueError:
            return {}

    @property
    def place(self) -> str:
        """The address below the console's own, without parameters: `bots/bot_orders`; names are encoded."""
        names = {n: quote(v, safe="@:") for n, v in (self.event.get("pathParameters") or {}).items()}
        path: str = self.event["requestContext"]["resourcePath"]
        return path.strip("/").format_map(names).removeprefix(PREFIX)

    @property
    def root(self) -> str:
        """How links of this page begin, to be relative to the console's own address."""
        return "../" * self.place.count("/") or "./"

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether the browser says that another site has sent it."""
        return self.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}

    def again(self) -> str:
        """The address that shows the same page with everything that was typed."""
        typed = self.form if self.method == "POST" else self.query
        kept = {name: value for name, value in typed.items() if name not in {"form_token", "key"}}
        return f"{self.place}?{urlencode(kept)}" if kept else self.place
