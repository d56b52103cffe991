"""The people of the demo, who can sign in to its console."""

import secrets
from dataclasses import dataclass

from botmeter_cli.api_client import EACH_KIND, sign_in
from botmeter_local import Stack

ADMIN = "billing.admin@acme.example"
NEW_OWNER = "lena.fischer@acme.example"
OPERATOR = "operator@botmeter.example"
OPERATORS_ACCOUNT = "platform"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody with a role, and what the role may do in a few words."""

    user_id: str
    group: str
    may: str


USERS = (
    DemoUser(ADMIN, "billing_admin", "manages everything of Acme"),
    DemoUser("tim.wagner@acme.example", "bot_owner", "manages own bots"),
    DemoUser("ana.lima@acme.example", "viewer", "looks at everything, changes nothing"),
    DemoUser("jo.becker@acme.example", "accountant", "sees orders and invoices"),
    DemoUser(OPERATOR, "operator", "runs the platform"),
)


def let_in(stack: Stack, account_id: str) -> str:
    """Let the demo's users sign in to a local stack; returns the one password that all of them have now."""
    password = secrets.token_urlsafe(12) + EACH_KIND
    cognito, pool = stack.client("cognito-idp"), stack.outputs["UserPoolId"]
    known = {group["GroupName"] for group in cognito.list_groups(UserPoolId=pool)["Groups"]}
    for group in sorted({user.group for user in USERS} - known):
        cognito.create_group(UserPoolId=pool, GroupName=group)
    for user in USERS:
        account = OPERATORS_ACCOUNT if user.user_id == OPERATOR else account_id
        sign_in(stack, user.user_id, account, user.group)
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=user.user_id, Password=password, Permanent=True
        )
    return password
