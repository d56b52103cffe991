"""Who visits the console in these tests: an account with a bot of each kind, and the people around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page

from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter_local import Stack
from tests.e2e.accounts import Account, today
from tests.e2e.billing import customer, put_seller, request, seller, use
from tests.e2e.client import User
from tests.e2e.conversations import MINUTE, NOON, event, hand_over, sessions

NewPage = Callable[..., Page]

ACCOUNT = "acct_console"
PASSWORD = "Correct-Horse-9-Battery"
# Who visits: a name in the account, and the user pool's group.
PEOPLE = {
    "admin": "billing_admin",
    "owner": "bot_owner",
    "viewer": "viewer",
    "accountant": "accounting",
    # Owns another bot than the owner.
    "other": "bot_owner",
}
# Three quarters of an hour that an agent interrupts: 20 minutes with the bot.
INTERRUPTED = "c-interrupted"
# 31 minutes with the bot: three sessions.
LONG = "c-long"


@dataclass(frozen=True)
class Scene:
    """The account, and how its people get to the pages. `logins` are the cookies of who has signed in."""

    account: Account
    operator: User
    logins: dict[str, Any] = field(default_factory=dict)

    def visit(self, page: Page, who: str, place: str = "home") -> Page:
        """Go to a page as somebody, who signs in unless an earlier test has done it and it still holds."""
        page.context.add_cookies(self.logins.get(who, []))
        page.goto(f"console/{place}")
        if "/sign-in" in page.url:
            self.enter(page, who)
            self.logins[who] = page.context.cookies()
        return page

    def sign_in(self, page: Page, who: str, place: str = "home") -> Page:
        """Go to a page, which asks who it is, and sign somebody in."""
        page.goto(f"console/{place}")
        self.enter(page, who)
        return page

    def enter(self, page: Page, who: str) -> None:
        """Fill in the form for signing in and send it."""
        page.get_by_label("User name").fill(self.user_id(who))
        self.enter_password(page)

    def enter_password(self, page: Page) -> None:
        """The rest of the form: everybody has the same password."""
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)

    def user_id(self, who: str) -> str:
        """The user name of somebody."""
        return self.operator.user_id if who == "operator" else self.account.name(who)

    def bot(self, bot_id: str) -> Any:
        """A bot as the API shows it to the admin."""
        return self.account.admin.get(f"/bots/{bot_id}")


def stage(stack: Stack, operator: User) -> Scene:
    """Set the account up: last month billed, yesterday used."""
    put_seller(operator, "console", seller("CON"))
    roles = {"roles": {"accounting": ["orders_and_invoices"]}}
    account = customer(stack, ACCOUNT, "console", name="Console AG", **roles)
    account.bot("bot_orders", name="Order desk", opening_funds_minor=50_000)
    account.bot("bot_support", "essential-chf", name="Customer support")
    account.bot("bot_trial", "trial-chf", today() - timedelta(days=10), name="Newcomer")
    account.bot("bot_contract", "enterprise-chf", name="People & Culture", owner_id=account.name("other"))
    for who, group in PEOPLE.items():
        add_group(stack, group)
        # Signs in through the API too, with a password of its own: that of the pages comes after it.
        set_password(stack, account.user(who, group).user_id)
    set_password(stack, operator.user_id)
    use(account, "bot_orders", 5, 4)
    use(account, "bot_support", 6, 3)
    request(account)
    hand_over(stack, [*yesterday(), *sessions(ACCOUNT, "bot_support", NOON, 2)])
    return Scene(account, operator)


def add_group(stack: Stack, group: str) -> None:
    """Add a group to the user pool, unless it is there."""
    cognito, pool = stack.client("cognito-idp"), stack.outputs["UserPoolId"]
    if group not in {g["GroupName"] for g in cognito.list_groups(UserPoolId=pool)["Groups"]}:
        cognito.create_group(UserPoolId=pool, GroupName=group)


def set_password(stack: Stack, user_id: str) -> None:
    """Give a user the password that the tests know."""
    stack.client("cognito-idp").admin_set_user_password(
        UserPoolId=stack.outputs["UserPoolId"], Username=user_id, Password=PASSWORD, Permanent=True
    )


def yesterday() -> list[str]:
    """Two conversations with the order desk, and an alert."""

    def at(minutes: int, conversation: str, kind: str = "conversation.message", **data: Any) -> str:
        return event(
            ACCOUNT, "bot_orders", NOON + minutes * MINUTE, kind, conversation_id=conversation, **data
        )

    talk = [at(minutes, INTERRUPTED) for minutes in (0, 4, 8, 40, 44, 48, 50)]
    agent = [
        at(10, INTERRUPTED, "conversation.agent.joined"),
        *(at(minutes, INTERRUPTED, role="agent") for minutes in (14, 18, 22, 26, 30, 34, 38)),
        at(40, INTERRUPTED, "conversation.agent.left"),
    ]
    long = [at(minutes, LONG, role=role) for minutes in range(0, 32, 4) for role in ("user", "bot")]
    alert = event(ACCOUNT, "bot_orders", NOON, "alert.delivered", alert_id="a-1", user_id="u-1")
    return [*talk, *agent, *long, at(31, LONG), alert]


def hour_of_noon() -> dict[str, str]:
    """The hour after yesterday's noon, as the address of its sessions has it."""
    return {"since": to_rfc3339(to_ms(NOON)), "until": to_rfc3339(to_ms(NOON + 60 * MINUTE))}
