"""A process that dies before or after any of its writes: the same request again brings the same end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from botmeter.adapters.dynamo.models import connection
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM
from botmeter.domain.members import Member, Role
from botmeter.domain.money import Money
from botmeter.domain.orders import PaymentMethod
from botmeter.services.extend_plan import RequestKey
from tests.fakes.demo import ACCOUNT, ADVANCED, SINCE, bot

ADMIN = Member("u-admin", ACCOUNT.account_id, frozenset({Role.BILLING_ADMIN}))
OPERATOR = Member("u-operator", "platform", frozenset({Role.OPERATOR}))
NOW = datetime(2026, 10, 10, 12, tzinfo=UTC)
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem", "PutEvents"}
TRANSFER = PaymentMethod.BANK_TRANSFER


class Died(BaseException):
    """The process is gone: nothing in it can catch this."""


@dataclass
class Reaper:
    """Kills the process at its n-th write, before or after it took place."""

    at: int
    after: bool
    writes: int = 0

    def before_call(self, model: Any, **_: Any) -> None:
        if model.name in WRITES:
            self.writes += 1
            if self.writes == self.at and not self.after:
                raise Died

    def after_call(self, model: Any, **_: Any) -> None:
        if model.name in WRITES and self.writes == self.at and self.after:
            raise Died


@contextmanager
def deadly(wired: Wiring, reaper: Reaper) -> Iterator[None]:
    """Let the reaper watch all clients."""
    clients = [wired.client("dynamodb"), wired.client("events"), connection().client]
    for client in clients:
        client.meta.events.register("before-call", reaper.before_call)
        client.meta.events.register("after-call", reaper.after_call)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", reaper.before_call)
            client.meta.events.unregister("after-call", reaper.after_call)


@pytest.fixture
def billing(provisioned: Wiring) -> Wiring:
    """The account's bots, a plan to go up to, and a bus for what is told."""
    boto3.client("events").create_event_bus(Name=provisioned.settings.outgoing_bus)
    provisioned.accounts.put_plan(ADVANCED)
    return provisioned


def upgrade(wired: Wiring) -> None:
    wired.change_plan(ADMIN, "bot_essential", ADVANCED.plan_id, TRANSFER, NOW, key="k-1")


def downgrade(wired: Wiring) -> None:
    wired.change_plan(ADMIN, "bot_essential", "standard", TRANSFER, NOW, key="k-2")


def cancel(wired: Wiring) -> None:
    wired.change_plan.cancel(ADMIN, "bot_essential", NOW)


def fund_and_confirm(wired: Wiring) -> None:
    order, _ = wired.add_funds(ADMIN, "bot_standard", Money(20_000, "EUR"), TRANSFER, NOW, key="k-3")
    wired.operate.confirm_payment(OPERATOR, ACCOUNT.account_id, order.order_id, NOW)


def extend(wired: Wiring) -> None:
    request = wired.request_extension(ADMIN, "bot_trial", 14, "more tests", NOW, key="k-4")
    state = wired.edit_bot.state(ACCOUNT.account_id, "bot_trial")
    if state.bot.extension is not None and state.bot.extension.status == "pending":
        key = RequestKey(ACCOUNT.account_id, "bot_trial", request.request_id)
        wired.operate.approve_extension(OPERATOR, key, 14, "", NOW)


def provision_again(wired: Wiring) -> None:
    more = [bot(ADVANCED, "bot_new"), bot(ADVANCED, "bot_newer")]
    wired.provision_account(ACCOUNT, more, {}, SYSTEM, SINCE)


def run_lifecycle(wired: Wiring) -> None:
    wired.run_lifecycle(NOW + timedelta(days=30))


OPERATIONS = [upgrade, downgrade, cancel, fund_and_confirm, extend, provision_again, run_lifecycle]


def story(wired: Wiring) -> list[str]:
    """All that billing knows, less what counts tries: a thing that was done twice, or got lost, shows."""
    account_id = ACCOUNT.account_id
    found: list[str] = [repr(order) for order in wired.orders.of_account(account_id)]
    for known in wired.accounts.bots(account_id):
        state = wired.edit_bot.state(account_id, known.bot_id)
        found += [repr(replace(known, revision=0)), repr(replace(state.balance, revision=0))]
        found += [repr(entry) for entry in wired.billing.ledger(account_id, known.bot_id, 100, None).items]
    found += [repr(entry) for entry in wired.billing.ledger(account_id, "", 100, None).items]
    entries = wired.audit.of_account(account_id, 100, None).items
    found += [repr(replace(entry, entry_id="")) for entry in entries]
    found += [f"{event.type} {event.bot_id} {event.data}" for event in wired.outbox.waiting(100)]
    return sorted(found)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_operation_that_died_is_completed_by_the_next_try(
    billing: Wiring, operation: Callable[[Wiring], None], *, after: bool
) -> None:
    """Wherever it dies, the same request again leaves one order, one credit, one entry, one event."""
    table = billing.settings.billing_table
    if operation is cancel:
        downgrade(billing)
    origin = boto3.client("dynamodb").scan(TableName=table)["Items"]
    operation(billing)
    expected = story(billing)
    for at in range(1, 20):
        restore(table, origin)
        reaper = Reaper(at, after)
        with deadly(billing, reaper):
            try:
                operation(billing)
            except Died:
                pass
            else:
                assert at > 1
                return
        operation(billing)
        assert story(billing) == expected
    raise AssertionError("the operation never ends")


def restore(table: str, items: list[dict[str, Any]]) -> None:
    """Make the table hold exactly these items."""
    client = boto3.client("dynamodb")
    present = client.scan(TableName=table)["Items"]
    for item in (item for item in present if item not in items):
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in (item for item in items if item not in present):
        client.put_item(TableName=table, Item=item)
