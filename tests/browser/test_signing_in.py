"""Signing in and out, and what happens when the time is up."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from botmeter_local import Stack
from tests.browser.scene import ACCOUNT, PASSWORD, NewPage, Scene


def heading(page: Page, name: str) -> None:
    """The page has this heading."""
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def end_logins(stack: Stack) -> None:
    """Let the time of everybody who is signed in be up."""
    table, dynamodb = stack.outputs["BillingTableName"], stack.client("dynamodb")
    found = dynamodb.scan(
        TableName=table, FilterExpression="sk = :sk", ExpressionAttributeValues={":sk": {"S": "LOGIN"}}
    )
    for item in found["Items"]:
        dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})


def test_admin_signs_in_and_out(scene: Scene, page: Page) -> None:
    """Signing in leads to Plan & Usage; after signing out, no page opens any more."""
    scene.sign_in(page, "admin")
    heading(page, "Plan & Usage")

    page.get_by_label(f"Account of {scene.user_id('admin')}").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.goto("console/bots")
    heading(page, "Sign in")


def test_browser_holds_a_secret_that_scripts_and_other_sites_do_not_get(scene: Scene, page: Page) -> None:
    """One cookie for the console's addresses alone, and no token anywhere."""
    scene.sign_in(page, "admin")

    (cookie,) = [c for c in page.context.cookies() if c["name"] == "botmeter"]
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
    assert cookie["path"].endswith("/console")
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


@pytest.mark.parametrize("who", ["admin", "nobody-at-all"])
def test_wrong_password_and_unknown_user_sound_the_same(scene: Scene, page: Page, who: str) -> None:
    """Nobody learns who exists."""
    page.goto("console/sign-in")
    page.get_by_label("User name").fill(scene.user_id(who))
    page.get_by_label("Password", exact=True).fill("Wrong-Horse-9-Battery")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_have_text(
        "You are not signed in: the user name or the password is wrong."
    )
    expect(page.get_by_label("User name")).to_have_value(scene.user_id(who))


def test_page_that_was_asked_for_comes_after_signing_in(scene: Scene, page: Page) -> None:
    """A link from a mail leads to its page."""
    scene.sign_in(page, "admin", "bots/bot_orders")

    heading(page, "Order desk")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(scene: Scene, page: Page, elsewhere: str) -> None:
    """What a stranger's link names is not followed."""
    page.goto(f"console/sign-in?next={elsewhere}")
    scene.enter(page, "admin")

    heading(page, "Plan & Usage")


def test_time_that_is_up_loses_nothing_that_was_typed(scene: Scene, stack: Stack, page: Page) -> None:
    """In a form, and on the last page before the deed: signing in leads back to what would happen."""
    scene.sign_in(page, "admin", "bots/bot_orders/funds")
    page.get_by_label("Amount (CHF)").fill("123.45")
    end_logins(stack)
    page.get_by_role("button", name="Continue").click()
    heading(page, "Sign in")
    expect(page.get_by_text("What you typed is kept.")).to_be_visible()
    scene.enter(page, "admin")
    expect(page.get_by_text("It costs CHF 123.45.")).to_be_visible()

    before = len(list(scene.account.admin.pages("/orders")))
    end_logins(stack)
    page.get_by_role("button", name="Order the funds").click()
    heading(page, "Sign in")
    scene.enter(page, "admin")
    expect(page.get_by_text("It costs CHF 123.45.")).to_be_visible()
    assert len(list(scene.account.admin.pages("/orders"))) == before


def test_password_for_one_time_has_to_be_replaced(scene: Scene, stack: Stack, page: Page) -> None:
    """Whoever was just made a user chooses a password, and a simple one is refused with the rule."""
    user_id = scene.account.name("newcomer")
    cognito: Any = stack.client("cognito-idp")
    pool = {"UserPoolId": stack.outputs["UserPoolId"]}
    cognito.admin_create_user(
        **pool,
        Username=user_id,
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "custom:account_id", "Value": ACCOUNT}],
    )
    cognito.admin_add_user_to_group(**pool, Username=user_id, GroupName="viewer")
    page.goto("console/bots")
    page.get_by_label("User name").fill(user_id)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    heading(page, "Choose a password")
    page.get_by_label("New password").fill("Another-Horse-7-Staple")
    page.get_by_role("button", name="Continue").click()
    heading(page, "Plan & Usage")


def test_forgotten_password_is_replaced_with_a_code(scene: Scene, stack: Stack, page: Page) -> None:
    """A wrong code is refused; the right one sets the password."""
    user_id = scene.account.name("forgetful")
    scene.account.user("forgetful", "viewer")
    page.goto("console/sign-in")
    page.get_by_role("link", name="Forgotten password?").click()
    page.get_by_label("User name").fill(user_id)
    page.get_by_role("button", name="Send a code").click()

    for code in ("000000", "654321"):
        page.get_by_label("Code from the mail").fill(code)
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Set the password").click()
        if code == "000000":
            expect(page.get_by_role("alert")).to_contain_text("code")
    expect(page.get_by_role("status")).to_contain_text("The new password is set.")
    page.get_by_label("User name").fill(user_id)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    heading(page, "Plan & Usage")


def test_form_of_another_site_does_nothing(scene: Scene, new_page: NewPage) -> None:
    """Without the token that only the page knows, a signed-in browser's form is refused."""
    page = scene.visit(
        new_page(), "admin", "bots/bot_orders/funds?amount=20&payment_method=bank_transfer&review=1"
    )
    page.evaluate("document.querySelector('main [name=form_token]').value = '0'.repeat(64)")
    page.get_by_role("button", name="Order the funds").click()

    heading(page, "This is not open to you")
    expect(page.get_by_text(re.compile("too old"))).to_be_visible()
