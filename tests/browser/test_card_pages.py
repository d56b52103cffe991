"""Paying by card in the console, with a stand-in for Stripe's script and localstripe for its server."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Page, expect

from botmeter.settings import Settings
from botmeter_local import Stack
from tests.browser.local_pages import local_pages
from tests.browser.people import assert_accessible
from tests.browser.scene import NewPage, Scene
from tests.e2e.accounts import STRIPE_SECRET, chf, month_begin
from tests.e2e.client import User
from tests.fakes.stripe import Endpoint, LocalStripe, endpoint, local_stripe

# Declines the first time; then leads back, as Stripe's own does when the card is charged.
STRIPE_JS = """
window.Stripe = (key) => ({
  elements: (options) => ({
    create: () => ({ mount: (place) => { document.querySelector(place).textContent = `Card form ${key}`; } }),
    options,
  }),
  confirmPayment: async ({ elements, confirmParams }) => {
    window.asked = elements.options.clientSecret;
    if (!sessionStorage.declined) {
      sessionStorage.declined = "once";
      return { error: { message: "Your card was declined." } };
    }
    window.location = confirmParams.return_url;
    return {};
  },
});
"""


@dataclass(frozen=True)
class Shop:
    """The console that takes cards at `stripe`, which tells `hooks` of payments."""

    page: Page
    stripe: LocalStripe
    hooks: Endpoint
    stack: Stack

    def charged(self, scene: Scene, order_id: str) -> None:
        """The card is charged, and Stripe tells the deployed webhook."""
        order = scene.account.services.orders.order(scene.account.account_id, order_id)
        self.stripe.pay(order.reference)
        body, signature = self.hooks.next_signed("payment_intent.succeeded", order_id)
        told = User(self.stack.api_url).send("POST", "/webhooks/stripe", body, Stripe_Signature=signature)
        assert told.status == 204


@pytest.fixture
def shop(scene: Scene, stack: Stack, new_page: NewPage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The admin in the console of this process, which reaches localstripe."""
    function = stack.client("lambda").get_function_configuration(
        FunctionName=stack.outputs["ApiFunctionName"]
    )
    settings = Settings.read({**function["Environment"]["Variables"], "STRIPE_SECRET_ID": STRIPE_SECRET})
    with local_stripe() as stripe, endpoint() as hooks:
        stripe.call_back(hooks.url)
        services = replace(scene.account.services, settings=settings, stripe_url=stripe.base)
        with local_pages(services, monkeypatch) as address:
            page = new_page(base_url=address)
            page.route(
                "https://js.stripe.com/v3/",
                lambda route: route.fulfill(body=STRIPE_JS, content_type="text/javascript"),
            )
            yield Shop(page, stripe, hooks, stack)


def test_funds_are_paid_by_card_which_then_reloads_by_itself(scene: Scene, shop: Shop) -> None:
    """Declined, charged, told by the webhook; the card is known then, and auto-reload goes on and off."""
    scene.account.bot("bot_card", "standard-chf", month_begin())
    page = scene.visit(shop.page, "admin", "bots/bot_card/funds")
    page.get_by_label("Amount (CHF)").fill("60")
    page.get_by_role("radio", name="Card").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("as soon as the card is charged")).to_be_visible()
    page.get_by_role("button", name="Order the funds").click()
    expect(page.get_by_text("Card form pk_test_botmeter")).to_be_visible()
    order_id = page.url.partition("?")[0].rpartition("/")[2]
    policy = (page.reload() or pytest.fail("no page")).headers["content-security-policy"]
    assert "script-src 'self' https://js.stripe.com;" in policy
    assert "unsafe" not in policy

    page.get_by_role("button", name="Pay CHF 60.00").click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    assert page.evaluate("window.asked").startswith("pi_")
    assert_accessible(page)
    page.get_by_role("button", name="Pay CHF 60.00").click()
    page.wait_for_url(f"**/orders/{order_id}")
    shop.charged(scene, order_id)
    page.reload()
    expect(page.get_by_text("Receipt")).to_be_visible()
    assert scene.bot("bot_card")["balance"]["remaining"] == chf(6_000)

    page.goto("console/bots/bot_card")
    page.get_by_role("link", name="Set auto-reload").click()
    page.get_by_label("When less is left than (CHF)").fill("15")
    page.get_by_label("Add (CHF)").fill("50")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("It costs CHF 50.00 each time")).to_be_visible()
    page.get_by_role("button", name="Switch auto-reload on").click()
    expect(page.get_by_role("status")).to_have_text("Auto-reload is on.")
    assert scene.bot("bot_card")["auto_reload"] == {"threshold": chf(1_500), "amount": chf(5_000)}
    page.get_by_role("link", name="Switch it off").click()
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("status")).to_have_text("Auto-reload is off.")
    assert scene.bot("bot_card")["auto_reload"] is None


def test_auto_reload_needs_a_card_that_has_paid(scene: Scene, shop: Shop) -> None:
    """The bot's page says so, and there is no form."""
    scene.account.bot("bot_cardless", "standard-chf", month_begin())
    page = scene.visit(shop.page, "admin", "bots/bot_cardless")
    expect(page.get_by_text("It needs a card that has paid for this bot once")).to_be_visible()
    page.goto("console/bots/bot_cardless/auto-reload")

    expect(page.get_by_role("heading", name="This is not possible now")).to_be_visible()
    expect(page.get_by_text("It needs a card that has paid for this bot once")).to_be_visible()


def test_stripe_that_cannot_be_reached_is_told(scene: Scene, shop: Shop) -> None:
    """The order stays, and there is a way out."""
    scene.account.bot("bot_offline", "standard-chf", month_begin())
    shop.page.unroute("https://js.stripe.com/v3/")
    shop.page.route(
        "https://js.stripe.com/v3/", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    page = scene.visit(shop.page, "admin", "bots/bot_offline/funds?amount=20&payment_method=card&review=1")
    page.get_by_role("button", name="Order the funds").click()

    expect(page.get_by_role("alert")).to_contain_text("Stripe's form could not be loaded")
    expect(page.get_by_role("link", name="Cancel the order")).to_be_visible()
