"""Funds on the deployed stack: orders and their limits, payment, and requests that are repeated."""

import json
from typing import Any

import pytest

from botmeter_local import Stack
from tests.e2e.accounts import CURRENCY, Account, at_once, chf, today
from tests.e2e.client import Reply, User, fulfilled, refused

TRANSFER = "bank_transfer"


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User) -> Account:
    """An account since today."""
    return Account(stack, "acct_funds", today())


def funds(amount: Any, method: str = TRANSFER) -> dict[str, Any]:
    """The body of an order of funds: an amount in minor units, or all of it."""
    return {"amount": amount if isinstance(amount, dict) else chf(amount), "payment_method": method}


def order(account: Account, bot_id: str, amount: int = 2_000) -> dict[str, Any]:
    """An order of funds that waits for its payment."""
    placed: dict[str, Any] = fulfilled(account.admin.post(f"/bots/{bot_id}/funds", funds(amount)), 201)[
        "order"
    ]
    return placed


def decide(operator: User, account: Account, order_id: str, verb: str, body: Any = None) -> Reply:
    """The reply to an operator who has seen the money, or has not."""
    return operator.post(f"/operator/accounts/{account.account_id}/orders/{order_id}/{verb}", body)


def ledger(account: Account, bot_id: str) -> list[tuple[str, int, int]]:
    """Reason, amount and balance of a bot's ledger, in minor units, the oldest first."""
    entries = list(account.admin.pages(f"/bots/{bot_id}/ledger"))[::-1]
    return [(e["reason"], e["amount_micros"] // 10_000, e["balance_micros"] // 10_000) for e in entries]


def test_order_is_credited_once_when_the_operator_confirms(account: Account, operator: User) -> None:
    """Pending it changes no balance; confirmed twice it has one receipt and one entry in the ledger."""
    bot_id = account.bot("bot_funded", opening_funds_minor=500)
    placed = account.admin.post(f"/bots/{bot_id}/funds", funds(2_000))
    pending = fulfilled(placed, 201)["order"]
    where = placed.json["payment"]["instructions"]

    assert (pending["status"], pending["amount"], pending["receipt"]) == ("pending", chf(2_000), None)
    assert where["reference"] == pending["order_id"]
    assert where["iban"]
    assert placed.headers["Location"].endswith(f"/orders/{pending['order_id']}")
    shown = account.admin.get(f"/bots/{bot_id}")
    assert (shown["balance"]["remaining"], shown["notices"][0]["kind"]) == (chf(500), "payment_pending")

    first = fulfilled(decide(operator, account, pending["order_id"], "confirm"))
    again = fulfilled(decide(operator, account, pending["order_id"], "confirm"))
    shown_order = account.admin.get(f"/orders/{pending['order_id']}")
    assert not shown_order.pop("operations")["cancel_order"]["is_possible"]
    assert first == again == shown_order
    assert (first["status"], first["receipt"]["amount"]) == ("paid", chf(2_000))
    assert first["receipt"]["number"]
    shown = account.admin.get(f"/bots/{bot_id}")
    assert (shown["balance"]["remaining"], shown["notices"]) == (chf(2_500), [])
    assert ledger(account, bot_id) == [("top_up", 500, 500), ("top_up", 2_000, 2_500)]


@pytest.mark.parametrize(
    ("amount", "where", "rule"),
    [
        (999, "#/amount/amount", "must be from 10.00 CHF to 500.00 CHF"),
        (50_001, "#/amount/amount", "must be from 10.00 CHF to 500.00 CHF"),
        (10**30, "#/amount/amount", "must be from 10.00 CHF to 500.00 CHF"),
        (0, "#/amount/amount", "must be from 10.00 CHF to 500.00 CHF"),
        (-2_000, "#/amount/amount", "greater than or equal to 0"),
        ("2000", "#/amount/amount", "valid integer"),
        (20.5, "#/amount/amount", "valid integer"),
        ({"amount": 2_000, "currency": "EUR"}, "#/amount/currency", f"must be {CURRENCY}"),
        ({"amount": 2_000}, "#/amount/currency", "required"),
    ],
)
def test_amount_that_cannot_be_is_refused(account: Account, amount: Any, where: str, rule: str) -> None:
    """Outside the plan's limits, of another currency or of no form: the member is named, nothing changes."""
    if "bot_limits" not in {bot["bot_id"] for bot in account.admin.pages("/bots")}:
        account.bot("bot_limits")
    before = account.facts()
    reply = account.admin.post("/bots/bot_limits/funds", funds(amount))

    assert rule in refused(reply, 422, where)
    assert account.facts() == before


@pytest.mark.parametrize("amount", [1_000, 50_000])
def test_limits_themselves_are_allowed(account: Account, amount: int) -> None:
    """The least and the most can be ordered."""
    assert order(account, account.bot(f"bot_limit_{amount}"), amount)["amount"] == chf(amount)


@pytest.mark.parametrize("plan", ["trial-chf", "essential-chf", "enterprise-chf"])
def test_plan_without_funds_takes_none(account: Account, plan: str) -> None:
    """What is not prepaid cannot be topped up."""
    bot_id = account.bot(f"bot_{plan}", plan)
    before = account.facts()

    assert "takes no funds" in refused(
        account.admin.post(f"/bots/{bot_id}/funds", funds(2_000)), 422, "#/plan"
    )
    assert account.facts() == before


def test_one_payment_at_a_time(account: Account, operator: User) -> None:
    """While an order is open no other can be made; once it is cancelled or declined it can, for nothing."""
    bot_id = account.bot("bot_busy")
    first = order(account, bot_id)["order_id"]
    before = account.facts()
    rule = refused(account.admin.post(f"/bots/{bot_id}/funds", funds(3_000)), 422, "#/order")
    assert first in rule
    assert account.facts() == before

    cancelled = fulfilled(account.admin.delete(f"/orders/{first}"))
    assert (cancelled["status"], cancelled["failure"]) == ("failed", "cancelled")
    assert fulfilled(account.admin.delete(f"/orders/{first}")) == cancelled
    refused(decide(operator, account, first, "confirm"), 409)
    second = order(account, bot_id, 3_000)["order_id"]
    declined = fulfilled(decide(operator, account, second, "decline", {"reason": "Never arrived"}))
    assert (declined["status"], declined["failure"]) == ("failed", "Never arrived")
    assert [n["kind"] for n in account.admin.get(f"/bots/{bot_id}")["notices"]] == [
        "balance_exhausted",
        "payment_failed",
    ]
    assert ledger(account, bot_id) == []


def test_paid_order_cannot_be_cancelled(account: Account, operator: User) -> None:
    """Money that has come stays: the answer is the order, which is paid."""
    bot_id = account.bot("bot_paid")
    order_id = order(account, bot_id)["order_id"]
    fulfilled(decide(operator, account, order_id, "confirm"))
    before = account.facts()

    assert fulfilled(account.admin.delete(f"/orders/{order_id}"))["status"] == "paid"
    refused(decide(operator, account, order_id, "decline", {"reason": "No"}), 409)
    assert account.facts() == before
    assert fulfilled(account.admin.post(f"/orders/{order_id}/payment"))["payment"] is None


def test_how_to_pay_is_shown_again(account: Account) -> None:
    """Whoever has lost the instructions asks for them."""
    bot_id = account.bot("bot_asks_again")
    placed = fulfilled(account.admin.post(f"/bots/{bot_id}/funds", funds(2_000)), 201)

    assert fulfilled(account.admin.post(f"/orders/{placed['order']['order_id']}/payment")) == placed


@pytest.mark.parametrize("turn", range(3))
def test_two_orders_at_once_are_one(account: Account, turn: int) -> None:
    """Two admins order funds at the same time: one order is placed, the other admin waits."""
    bot_id = account.bot(f"bot_two_orders_{turn}")
    users = (account.admin, account.user("second", "billing_admin"))
    path = f"/bots/{bot_id}/funds"
    replies = at_once(
        lambda: users[0].post(path, funds(2_000)),
        lambda: users[1].post(path, funds(3_000)),
    )

    assert sorted(reply.status for reply in replies) == [201, 422]
    waiting = [n for n in account.admin.get(f"/bots/{bot_id}")["notices"] if n["kind"] == "payment_pending"]
    (placed,) = (reply.json["order"] for reply in replies if reply.status == 201)
    assert [notice["details"]["order_id"] for notice in waiting] == [placed["order_id"]]


@pytest.mark.parametrize("turn", range(3))
def test_order_that_is_confirmed_and_cancelled_at_once_has_one_end(
    account: Account, operator: User, turn: int
) -> None:
    """Whoever was first decides; there is credit if, and only if, the order is paid."""
    bot_id = account.bot(f"bot_torn_{turn}")
    order_id = order(account, bot_id)["order_id"]
    replies = at_once(
        lambda: decide(operator, account, order_id, "confirm"),
        lambda: account.admin.delete(f"/orders/{order_id}"),
    )
    assert {reply.status for reply in replies} <= {200, 409}
    paid = account.admin.get(f"/orders/{order_id}")["status"] == "paid"

    assert ledger(account, bot_id) == ([("top_up", 2_000, 2_000)] if paid else [])


def test_contract_has_no_orders_and_invoices(stack: Stack, operator: User) -> None:
    """Where all bots are on the Enterprise plan the page is not available, and the reason is given."""
    account = Account(stack, "acct_contracts", today())
    account.bot("bot_contract", "enterprise-chf")

    for path in ("/orders", "/invoices/INV-000001"):
        assert "Enterprise" in refused(account.admin.send("GET", path), 403)


# ----------------------------------------------------------------------------- repeated requests


def test_same_key_and_body_is_the_same_answer(account: Account) -> None:
    """Byte for byte, with its headers, and one order; also when the body is written another way."""
    bot_id = account.bot("bot_repeated")
    path, body = f"/bots/{bot_id}/funds", funds(2_000)
    first, second = (account.admin.post(path, body, "key-1") for _ in range(2))
    third = account.admin.post(path, json.loads(json.dumps(body, sort_keys=True)), "key-1")

    assert first.status == 201
    assert second.status == third.status == first.status
    assert first.text == second.text == third.text
    assert first.headers["Location"] == second.headers["Location"]
    assert len([e for e in account.admin.pages("/orders") if e.get("bot_id") == bot_id]) == 1


def test_same_key_with_another_body_is_refused(account: Account) -> None:
    """The key stands for one request; nothing is ordered by the other."""
    path = f"/bots/{account.bot('bot_key_reused')}/funds"
    fulfilled(account.admin.post(path, funds(2_000), "key-2"), 201)
    before = account.facts()
    reply = account.admin.post(path, funds(3_000), "key-2")

    assert "another body" in refused(reply, 422, "Idempotency-Key")
    assert account.facts() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "other"),
    [
        ("PUT", "plan", {"plan_id": "plus-chf"}, {"plan_id": "advanced-chf"}),
        ("PUT", "owner", {"owner_id": "admin@acct_funds.example"}, {"owner_id": "second@acct_funds.example"}),
        ("DELETE", "plan/pending", None, None),
        ("POST", "extension-requests", {"days": 7, "reason": "More"}, {"days": 8, "reason": "More"}),
    ],
)
def test_every_write_takes_a_key(account: Account, method: str, path: str, body: Any, other: Any) -> None:
    """Repeated with its key, a write answers as it did the first time, whatever has happened since."""
    bot_id = account.bot(f"bot_key_{path.replace('/', '_')}", ends_on=str(today()))
    url, key = f"/bots/{bot_id}/{path}", f"key-{path}"
    first = account.admin.send(method, url, body, Idempotency_Key=key)
    fulfilled(account.admin.put(f"/bots/{bot_id}/plan", {"plan_id": "essential-chf"}))
    before = account.facts()
    again = account.admin.send(method, url, body, Idempotency_Key=key)

    assert first.status in {200, 201}
    assert (again.status, again.text) == (first.status, first.text)
    assert again.headers.get("ETag") == first.headers.get("ETag")
    if other is not None:
        refused(account.admin.send(method, url, other, Idempotency_Key=key), 422, "Idempotency-Key")
    assert account.facts() == before


def test_key_is_the_callers_own(account: Account) -> None:
    """The same key of another user, or for another bot, is another request."""
    one, two = account.bot("bot_key_one"), account.bot("bot_key_two")
    fulfilled(account.admin.post(f"/bots/{one}/funds", funds(2_000), "key-3"), 201)

    fulfilled(account.admin.post(f"/bots/{two}/funds", funds(2_000), "key-3"), 201)
    second = account.user("second", "billing_admin")
    refused(second.post(f"/bots/{one}/funds", funds(2_000), "key-3"), 422, "#/order")


@pytest.mark.parametrize("key", [None, "", "two words", "k" * 256])
def test_post_needs_a_key(account: Account, key: str | None) -> None:
    """None, or one that is none, is 400 and names the header."""
    before = account.facts()
    reply = account.admin.send("POST", "/bots/bot_limits/funds", funds(2_000), Idempotency_Key=key)

    refused(reply, 400, "Idempotency-Key")
    assert account.facts() == before


def test_request_that_failed_may_be_sent_again(account: Account) -> None:
    """A refusal is not remembered: the same key does it once the reason is gone."""
    bot_id = account.bot("bot_tries_again")
    first = order(account, bot_id)["order_id"]
    path = f"/bots/{bot_id}/funds"
    refused(account.admin.post(path, funds(3_000), "key-4"), 422, "#/order")
    fulfilled(account.admin.delete(f"/orders/{first}"))

    assert fulfilled(account.admin.post(path, funds(3_000), "key-4"), 201)["order"]["status"] == "pending"


@pytest.mark.parametrize("turn", range(3))
def test_same_request_at_once_is_done_once(account: Account, turn: int) -> None:
    """Twins get the same answer, or one is told that the other is still at it."""
    bot_id, key = account.bot(f"bot_twins_{turn}"), f"key-twins-{turn}"
    replies = at_once(*[lambda: account.admin.post(f"/bots/{bot_id}/funds", funds(2_000), key)] * 3)

    answers = {reply.text for reply in replies if reply.status == 201}
    assert len(answers) == 1
    for reply in replies:
        if reply.status != 201:
            refused(reply, 409)
            assert int(reply.headers["Retry-After"]) > 0
    assert account.admin.post(f"/bots/{bot_id}/funds", funds(2_000), key).text in answers
    assert len([e for e in account.admin.pages("/orders") if e.get("bot_id") == bot_id]) == 1
