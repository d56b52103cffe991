"""What ingest refused, on the deployed stack: looked at, corrected, sent again, metered."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from botmeter.domain.money import round_to_minor
from botmeter_cli.aws import invoke, wait_until_empty
from botmeter_cli.stack_commands import settle
from botmeter_local import Stack
from tests.e2e.accounts import QUIET, Account, month_begin
from tests.e2e.client import User, fulfilled, refused
from tests.e2e.conversations import MINUTE, NOON, event

QUARANTINE = "/operator/quarantine"


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User) -> Account:
    """An account with a bot."""
    found = Account(stack, "acct_quarantine", month_begin())
    found.bot("bot_known", since=NOON.date())
    return found


def refuse(stack: Stack, operator: User, *texts: str) -> list[dict[str, Any]]:
    """Let ingest refuse texts from its queue; returns them as they are listed, in their order."""
    for text in texts:
        stack.client("sqs").send_message(QueueUrl=stack.outputs["EventQueueUrl"], MessageBody=text)
    wait_until_empty(stack, "EventQueueUrl", lambda _: None)
    by_text = {found["excerpt"]: found for found in operator.pages(QUARANTINE)}
    return [by_text[text[:200]] for text in texts]


def ingested(account: Account, bot_id: str) -> list[str]:
    """Names of the conversations of a bot that were metered, once all that is queued is."""
    wait_until_empty(account.stack, "EventQueueUrl", lambda _: None)
    settle(account.stack, datetime.now(UTC) + 60 * MINUTE, QUIET)
    bot = account.services.accounts.bot(account.account_id, bot_id)
    period = account.services.accounts.account(bot.account_id).calendar.period_containing(NOON)
    records = account.services.usage.records(account.account_id, bot_id, period)
    return [record.subject.name for record in records]


def redrive(operator: User, event_id: str, body: dict[str, Any]) -> Any:
    return operator.post(f"{QUARANTINE}/{event_id}/redrive", body)


def test_corrected_event_is_metered(stack: Stack, operator: User, account: Account) -> None:
    """A bad event is listed, shown, corrected, and billed; what is wrong with a correction is told."""
    bad = event(account.account_id, "bot_typo", NOON, conversation_id="corrected")
    (listed,) = refuse(stack, operator, bad)
    event_id = listed["event_id"]
    shown = operator.get(f"{QUARANTINE}/{event_id}")
    rule = refused(redrive(operator, event_id, {"text": bad}), 422, "#/text")
    done = fulfilled(redrive(operator, event_id, {"text": bad.replace("bot_typo", "bot_known")}))

    assert (listed["account_id"], listed["bot_id"]) == (account.account_id, "bot_typo")
    assert (shown["text"], shown["field"]) == (bad, "data.bot_id")
    assert shown["refusal"] == {"field": "data.bot_id", "rule": "must be a bot of data.account_id"}
    assert rule == "data.bot_id: must be a bot of data.account_id"
    assert done == {"event_id": event_id, "corrected": True, "refusal": None}
    assert ingested(account, "bot_known") == ["corrected"]
    assert refused(operator.send("GET", f"{QUARANTINE}/{event_id}"), 404).endswith("in quarantine")
    trail = operator.get(f"/operator/accounts/{account.account_id}/audit")["items"]
    (entry,) = [found for found in trail if found["operation"] == "event.corrected"]
    assert (entry["actor_id"], entry["bot_id"]) == (operator.user_id, "bot_known")


def test_events_of_a_bot_that_came_too_late_are_metered(
    stack: Stack, operator: User, account: Account
) -> None:
    """All that broke the rule is sent again, page by page; what is still bad comes back."""
    texts = [event(account.account_id, "bot_late", NOON, conversation_id=f"late-{n}") for n in range(3)]
    stranger = event(account.account_id, "bot_never", NOON, conversation_id="never")
    refuse(stack, operator, *texts, stranger)
    account.bot("bot_late", since=NOON.date())
    # Ingest looks for a bot that it does not know once a second at most.
    time.sleep(1.5)
    answer = fulfilled(operator.post(f"{QUARANTINE}/redrive", {"field": "data.bot_id"}))

    assert (answer["failed"], answer["left"]) == (0, 0)
    assert answer["sent"] >= 4
    assert sorted(ingested(account, "bot_late")) == ["late-0", "late-1", "late-2"]
    still = list(operator.pages(f"{QUARANTINE}?field=data.bot_id", limit=1))
    assert stranger[:200] in {found["excerpt"] for found in still}
    assert not {text[:200] for text in texts} & {found["excerpt"] for found in still}


def test_what_is_still_bad_comes_back(stack: Stack, operator: User) -> None:
    """On the same day it has the same id, so the answer to the same key is all that changes nothing."""
    (listed,) = refuse(stack, operator, "still bad")
    done = fulfilled(redrive(operator, listed["event_id"], {}))
    wait_until_empty(stack, "EventQueueUrl", lambda _: None)
    again = operator.get(f"{QUARANTINE}/{listed['event_id']}")

    assert (done["corrected"], done["refusal"]["field"]) == (False, "event")
    assert again["received_at"] > listed["received_at"]


def test_event_that_came_too_late_says_what_it_would_have_changed(
    stack: Stack, operator: User, account: Account
) -> None:
    """A conversation of its own, at the price of the plan: nobody else spoke on that day."""
    old = event(account.account_id, "bot_known", NOON - timedelta(days=100), conversation_id="long-ago")
    (listed,) = refuse(stack, operator, old)
    shown = operator.get(f"{QUARANTINE}/{listed['event_id']}")
    bot = account.services.accounts.bot(account.account_id, "bot_known")
    plan = account.services.accounts.plan(bot.subscription.at(NOON).plan.ref)

    assert (listed["reason"], shown["field"]) == ("too_late", "time")
    price = round_to_minor(plan.usage_price_micros, plan.currency)
    assert shown["late_effect"] == {"sessions": 1, "amount": {"amount": price, "currency": plan.currency}}


def test_large_events_of_direct_invocations_stay(stack: Stack, operator: User) -> None:
    """The queue takes no such text; a short one in its place it does."""
    strange = {"specversion": "1.0", "note": "x" * 1_100_000}
    invoke(stack, "IngestFunctionName", {"events": [strange]})
    text = json.dumps(strange)
    (large,) = [found for found in operator.pages(QUARANTINE) if found["excerpt"] == text[:200]]

    assert refused(redrive(operator, large["event_id"], {}), 422, "#/text").startswith("must be what")
    assert operator.get(f"{QUARANTINE}/{large['event_id']}")["field"] == "type"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?day=yesterday", "day"),
        ("?day=2026-02-30", "day"),
        ("?field=a%20b", "field"),
        ("?cursor=x", "cursor"),
    ],
)
def test_bad_queries_are_refused(operator: User, query: str, parameter: str) -> None:
    """With the name of the parameter."""
    refused(operator.send("GET", QUARANTINE + query), 400, parameter)


@pytest.mark.parametrize(
    ("body", "pointer"), [({"day": "2026-02-30"}, "#/day"), ({"cursor": "x"}, "#/cursor")]
)
def test_bad_bodies_are_refused(operator: User, body: dict[str, Any], pointer: str) -> None:
    """With the name of the member."""
    refused(operator.post(f"{QUARANTINE}/redrive", body), 422, pointer)
