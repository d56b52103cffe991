"""Pages of the console over HTTP on the local stack, for an account of 200 bots and 50,000 sessions."""

import re
import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import urllib3

from bench.big_account import BigAccount
from bench.report import table
from botmeter_cli.api_client import EACH_KIND, sign_in
from botmeter_local import Stack, down, up

NAME = "bench-console"
USER, GROUP = "admin@big.example", "billing_admin"
REPEATED = 15
PAGES = (
    "bots",
    "bots/bot_0000",
    "orders",
    "usage?range=24h",
    "usage?range=7d",
    "usage?range=30d",
    "usage?range=90d",
    "usage/bots?range=90d",
    "usage?range=90d&bot_id=bot_0000",
    "invoices/preview",
)


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in: the console's address, and the cookie."""

    base: str
    cookie: str

    def get(self, place: str) -> bytes:
        """The page of a place."""
        url, headers = f"{self.base}/{place}", {"Cookie": self.cookie, "Accept-Language": "en-GB"}
        answer = urllib3.request("GET", url, headers=headers, redirect=False, timeout=60)
        assert answer.status == 200, (place, answer.status)
        return answer.data


def run() -> None:
    """Measure and print."""
    down(NAME)
    try:
        stack = up(NAME, on_progress=print)
        account = BigAccount(datetime.now(UTC).date())
        account.write(stack)
        visitor = _visitor(stack, account.account_id)
        style = re.search(rb'href="\./(assets/console\.css[^"]*)"', visitor.get("bots"))
        assert style
        # A file that the function has in memory: what gateway, function and HTTP take by themselves.
        rows = [_row(visitor, place) for place in (style[1].decode(), *PAGES)]
    finally:
        down(NAME)
    title = (
        f"Pages of the console: {account.bots} bots, {account.sessions:,} sessions, {REPEATED} requests each"
    )
    table(title, ["page", "median ms", "most ms", "KB"], rows)


def _row(visitor: Visitor, place: str) -> list[str]:
    """The times of a page, after two requests that warm it up."""
    content = [visitor.get(place) for _ in range(2)][-1]
    times = [_milliseconds(lambda: visitor.get(place)) for _ in range(REPEATED)]
    name = place.partition("?v=")[0]
    return [name, f"{statistics.median(times):.0f}", f"{max(times):.0f}", f"{len(content) / 1000:.1f}"]


def _milliseconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _visitor(stack: Stack, account_id: str) -> Visitor:
    """An admin of the account who has signed in as people do."""
    sign_in(stack, USER, account_id, GROUP)
    password = secrets.token_urlsafe(12) + EACH_KIND
    stack.client("cognito-idp").admin_set_user_password(
        UserPoolId=stack.outputs["UserPoolId"], Username=USER, Password=password, Permanent=True
    )
    base = f"{stack.api_url}/console"
    form = urllib3.request("GET", f"{base}/sign-in", timeout=60)
    token = re.search(rb'name="form_token" value="(\w+)"', form.data)
    assert token
    fields = {"form_token": token[1].decode(), "username": USER, "password": password}
    headers = {
        "Cookie": form.headers["Set-Cookie"].partition(";")[0],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = urllib3.request(
        "POST", f"{base}/sign-in", body=urlencode(fields), headers=headers, redirect=False, timeout=60
    )
    assert answer.status == 303, answer.data
    return Visitor(base, answer.headers["Set-Cookie"].partition(";")[0])
