"""The real template on the embedded AWS, a stack for each run of the tests of `e2e` and `browser`."""

import json
import os
from collections.abc import Iterator

import pytest

from botmeter_cli.api_client import sign_in
from botmeter_local import Stack, down, up
from tests.e2e.accounts import STRIPE_SECRET, offer_plans, set_sellers
from tests.e2e.client import User
from tests.fakes.stripe import API_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET

# Two runs beside one another need a name each.
NAME = os.environ.get("BOTMETER_TEST_STACK", "botmeter-e2e")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A fresh deployed stack that takes cards, with IAM enforced; it ends with the tests."""
    down(NAME)
    try:
        stack = up(NAME, on_progress=print, parameters={"StripeSecretId": STRIPE_SECRET})
        keys = {"api_key": API_KEY, "publishable_key": PUBLISHABLE_KEY, "webhook_secret": WEBHOOK_SECRET}
        stack.client("secretsmanager").create_secret(Name=STRIPE_SECRET, SecretString=json.dumps(keys))
        yield stack
    finally:
        down(NAME)


@pytest.fixture(scope="session")
def operator(stack: Stack) -> User:
    """Who runs the platform, has set the sellers up and has offered the plans of the tests."""
    email = "operator@botmeter.example"
    operator = User(stack.api_url, sign_in(stack, email, "platform", "operator"), email)
    set_sellers(operator)
    offer_plans(operator)
    return operator
