"""Notices of orders lead whoever may pay them to their pages: the pages over the real API, over fakes."""

import pytest

from botmeter.domain.members import Member
from tests.fakes.console import Console
from tests.fakes.world import ADMIN, OWNER, TRANSFER, VIEWER


@pytest.mark.parametrize(("who", "leads"), [(ADMIN, True), (OWNER, True), (VIEWER, False)])
@pytest.mark.parametrize(("at", "to"), [("bots", "./orders/"), ("bots/bot_standard", "../orders/")])
def test_order_that_waits_is_found_by_who_may_pay_it(
    monkeypatch: pytest.MonkeyPatch, who: Member, leads: bool, at: str, to: str
) -> None:
    """From the table and from the bot's own page; others are told of it all the same."""
    console = Console()
    console.wire(monkeypatch)
    order_id = console.world.order(method=TRANSFER).order_id
    page = console.browser(who).get(at)

    assert f"The order {order_id} waits for its payment." in page.html
    link = f'<a href="{to}{order_id}" aria-label="Open the order {order_id}">Open the order</a>'
    assert (link in page.html) == leads
