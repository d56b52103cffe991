"""Pictures of the demo and of its console for the documentation: `make pictures`.

Every page at three widths, so that whoever changes the style sheet can look at what it does.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from terminal import draw_report

from bootstrap import find_browser
from botmeter.domain.money import Money
from botmeter.domain.periods import BillingPeriod, Calendar, to_ms, to_rfc3339
from botmeter.ports.invoices import ParkedBill
from botmeter.services.bill_accounts import Unusual
from botmeter_cli.api_client import ApiClient, sign_in
from botmeter_cli.aws import invoke
from botmeter_cli.demo import run_demo
from botmeter_cli.demo_users import ADMIN, OPERATOR, let_in
from botmeter_cli.output import Output
from botmeter_cli.provisioning import demo_account
from botmeter_cli.sample import last_full_month
from botmeter_cli.wiring import wiring_for
from botmeter_local import Stack

PLACE = Path(__file__).parents[2] / "docs/img/console"
WIDTHS = (360, 768, 1440)
HEIGHT = 900
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# Name of the picture, who looks, at which page. `{names}` are of the demo.
Pages = tuple[tuple[str, str, str], ...]
PAGES: Pages = (
    ("sign-in", "", "sign-in"),
    ("plan-and-usage", ADMIN, "bots"),
    ("manage", ADMIN, "bots/bot_orders"),
    (
        "change-plan",
        ADMIN,
        "bots/bot_orders/plan?plan_id=essential-eur&payment_method=bank_transfer&review=1",
    ),
    ("add-funds", ADMIN, "bots/bot_orders/funds?amount=250&payment_method=bank_transfer&review=1"),
    ("invoice", ADMIN, "invoices/{invoice}"),
    ("usage", ADMIN, "usage?range=custom&from={first}&to={last}"),
    ("usage-table", ADMIN, "usage?range=custom&from={first}&to={last}&view=table"),
    (
        "billing-sessions",
        ADMIN,
        "usage/sessions?bot_id=bot_support&since={since}&until={until}&range=custom&from={first}&to={last}",
    ),
    ("conversation", ADMIN, "bots/bot_support/conversations/{conversation}"),
    ("extension-requests", OPERATOR, "operator/extensions"),
    ("parked-bills", OPERATOR, "operator/parked"),
    ("quarantine", OPERATOR, "operator/quarantine"),
)
# Pages that have an order to be paid. While there is one, no other funds can be added.
WITH_ORDER: Pages = (
    ("orders-and-invoices", ADMIN, "orders"),
    ("order", ADMIN, "orders/{order}"),
    ("accounts", OPERATOR, "operator/accounts/acct_acme"),
)
# Seen at night as well.
DARK = {"manage", "usage", "conversation"}


def main(stack_name: str) -> None:
    """Run the demo and draw them all."""
    draw_report(run_demo(stack_name, Output()), PLACE.parent)
    stack = Stack.load(stack_name)
    admin = ApiClient(stack.api_url, sign_in(stack, ADMIN, "acct_acme", "billing_admin"))
    names = prepare(stack, admin)
    password = let_in(stack, "acct_acme")
    PLACE.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        draw(browser, f"{stack.api_url}/console", password, names, PAGES)
        names["order"] = order_funds(admin)
        draw(browser, f"{stack.api_url}/console", password, names, WITH_ORDER)
        browser.close()


def prepare(stack: Stack, admin: ApiClient) -> dict[str, str]:
    """Leave something to decide and something to repair, and nothing to pay; the same each time."""
    account = demo_account()
    body: dict[str, Any] = {"days": 21, "reason": "The new flows are not ready yet"}
    admin.send("POST", "/bots/bot_onboarding/extension-requests", body, key="pictures-extension")
    for earlier in admin.get("/orders?status=pending")["items"]:
        admin.send("DELETE", f"/orders/{earlier['number']}")
    invoke(stack, "IngestFunctionName", {"events": [misspelt("bot_order"), misspelt("bot_suport")]})
    invoice = next(e["number"] for e in admin.get("/orders")["items"] if e["type"] == "invoice")
    month = last_full_month(datetime.now(UTC), Calendar(account["time_zone"]))
    park(stack, account["account_id"], month)
    record = longest(admin, "bot_support", month.label)
    since = datetime.fromisoformat(record["started_at"]).replace(minute=0, second=0, microsecond=0)
    return {
        "invoice": invoice,
        "first": month.first_day.isoformat(),
        "last": month.last_day.isoformat(),
        "conversation": record["subject"],
        "since": to_rfc3339(to_ms(since)),
        "until": to_rfc3339(to_ms(since + timedelta(hours=1))),
    }


def order_funds(admin: ApiClient) -> str:
    """Order funds by bank transfer; returns the order's id, another one each time."""
    body = {"amount": {"amount": 25_000, "currency": "EUR"}, "payment_method": "bank_transfer"}
    key = f"pictures-{datetime.now(UTC).isoformat()}"
    placed = admin.send("POST", "/bots/bot_orders/funds", body, key=key).body
    return str(placed["order"]["order_id"])


def park(stack: Stack, account_id: str, period: BillingPeriod) -> None:
    """Put a bill aside that is unusually high."""
    high = Unusual(Money(128_460, "EUR"), Money(152_867, "EUR"))
    bill = ParkedBill(
        account_id,
        period,
        str(high),
        needs_approval=True,
        parked_at=datetime.now(UTC),
        net=high.net,
        total=high.total,
    )
    wiring_for(stack).parked.park(bill)


def misspelt(bot_id: str) -> dict[str, Any]:
    """An event of a bot that there is not."""
    data = {"account_id": "acct_acme", "bot_id": bot_id, "conversation_id": "c-81", "role": "user"}
    return {
        "specversion": "1.0",
        "id": bot_id,
        "source": "bots/acme/eu-1",
        "type": "conversation.message",
        "time": to_rfc3339(to_ms(datetime.now(UTC))),
        "data": data,
    }


def longest(admin: ApiClient, bot_id: str, period: str) -> dict[str, Any]:
    """The record of a bot's conversation in which an agent took part, the one with most sessions."""
    records: list[dict[str, Any]] = []
    path = f"/bots/{bot_id}/sessions?period={period}&limit=100"
    page = admin.get(path)
    records += page["items"]
    while "next_cursor" in page:
        page = admin.get(f"{path}&cursor={page['next_cursor']}")
        records += page["items"]
    return max(records, key=lambda record: (record["agent_ms"] > 0, record["sessions"]))


def draw(browser: Browser, base: str, password: str, names: dict[str, str], pages: Pages) -> None:
    """Pages as those see them who look at them, each at all widths."""
    for who in dict.fromkeys(seer for _, seer, _ in pages):
        page = opened(browser, base, who, password)
        for name, place in ((name, place) for name, seer, place in pages if seer == who):
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                page.goto(f"{base}/{place.format(**names)}")
                take(page, name, width)


def opened(browser: Browser, base: str, who: str, password: str) -> Page:
    """The console, with `who` signed in if that is anybody."""
    # What fades in or out is there or gone at once: no picture shows it halfway.
    page = browser.new_context(locale="en-GB", reduced_motion="reduce").new_page()
    page.goto(f"{base}/sign-in")
    if who:
        page.get_by_label("User name").fill(who)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        # The mouse rests on nothing.
        page.mouse.move(0, 0)
    return page


def take(page: Page, name: str, width: int) -> None:
    """The pictures of a page at a width."""
    page.screenshot(path=PLACE / f"{name}-{width}.png", full_page=True)
    if name in DARK and width == WIDTHS[-1]:
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=PLACE / f"{name}-{width}-dark.png", full_page=True)
        page.emulate_media(color_scheme="light")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "botmeter-local")
