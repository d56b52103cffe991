"""The console over DynamoDB: from a form to what is done, once."""

import pytest

import api.call
import api.console.page
import api.console.pages.sign_in
from botmeter.bootstrap import Wiring
from tests.fakes.console import Browser
from tests.fakes.demo import ACCOUNT
from tests.fakes.logins import FakeIdentity
from tests.fakes.payments import FakeMembers
from tests.fakes.world import ADMIN

FUNDS = "bots/bot_standard/funds"
ORDERED = f"{FUNDS}?amount=1.250%2C50&payment_method=bank_transfer&review=1"


@pytest.fixture
def browser(provisioned: Wiring, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A German admin's browser; the login is in the billing table."""
    for module in (api.call, api.console.page, api.console.pages.sign_in):
        monkeypatch.setattr(module, "wiring", lambda: provisioned)
    provisioned.__dict__.update(
        identity=FakeIdentity(), members=FakeMembers({ADMIN.user_id: ADMIN.account_id})
    )
    browser = Browser(headers={"Accept-Language": "de-DE"})
    assert browser.enter().status == 303
    return browser


def test_funds_are_ordered_once_however_often_the_form_is_sent(browser: Browser, provisioned: Wiring) -> None:
    """The review says what it costs, and sending it twice leads to the same order."""
    review = browser.get(ORDERED)
    assert "1.250,50\xa0€" in review.html
    first, second = browser.submit(review, FUNDS), browser.submit(review, FUNDS)

    orders = list(provisioned.orders.of_account(ACCOUNT.account_id))
    assert [order.amount_minor for order in orders] == [1_250_50]
    assert first.location == second.location == f"orders/{orders[0].order_id}?done=funds-ordered"
    assert browser.get(first.location).status == 200


def test_amount_beyond_the_limits_is_not_ordered(browser: Browser, provisioned: Wiring) -> None:
    """The form says from what to what it may be."""
    page = browser.get(ORDERED.replace("1.250", "1"))

    assert page.status == 422
    assert "This must be from 100,00\xa0€ to 20.000,00\xa0€." in page.html


def test_plan_that_somebody_else_has_changed_is_reviewed_again(browser: Browser, provisioned: Wiring) -> None:
    """What was seen is what is changed, or nothing is."""
    plan = "bots/bot_standard/plan"
    review = browser.get(f"{plan}?plan_id=essential&payment_method=bank_transfer&review=1")
    assert review.status == 200
    other = Browser()
    other.enter()
    owner = "bots/bot_standard/owner"
    handed_over = other.submit(other.get(f"{owner}?owner_id=u-admin&review=1"), owner)
    assert handed_over.status == 303
    again = browser.submit(review, plan)

    assert (again.status, "This click changed nothing" in again.html) == (412, True)
    assert again.hidden["seen"] != review.hidden["seen"]
    assert browser.submit(again, plan).status == 303


def test_reason_may_have_several_lines(browser: Browser, provisioned: Wiring) -> None:
    """Browsers end each with two characters."""
    place = "bots/bot_trial/extension"
    review = browser.get(f"{place}?days=5&reason=One%0D%0ATwo&review=1")
    page = browser.submit(review, place)

    assert (page.status, page.location) == (303, "bots/bot_trial?done=extension")
