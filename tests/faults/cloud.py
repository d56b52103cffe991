"""One AWS in memory for all scenarios, emptied between them, and the two functions in it."""

import copy
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Self

import botocore.client
import botocore.session
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table

import ingest.handler
import meter.handler
from botmeter.adapters.dynamo import conflicts, models, timelines
from botmeter.adapters.dynamo.keys import due_shard
from botmeter.adapters.s3 import archive, quarantine
from botmeter.bootstrap import Wiring, adapters
from botmeter.domain.audit import SYSTEM, AuditEntry
from botmeter.settings import Settings
from botmeter_local.tables import create_tables
from tests.fakes.demo import PLANS, SELLER, SINCE
from tests.faults.cast import ACCOUNTS, BOTS
from tests.faults.fire import Fire
from tests.integration.conftest import ARCHIVE, BILLING, OPERATIONS, REGION, USAGE

QUARANTINE = "quarantine/"
_OF_VALUES = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}
_ENVIRON = {
    "ENVIRONMENT": "dev",
    "USAGE_TABLE": USAGE,
    "BILLING_TABLE": BILLING,
    "OPERATIONS_BUCKET": OPERATIONS,
    "ARCHIVE_BUCKET": ARCHIVE,
}


class Cloud:
    """Tables, buckets and the wiring of the process that is at work.

    `now_ms` is its clock, which jumps; `uptime_s` never goes back.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now_ms = self.uptime_s = 0
        self.dice = random.Random(0)
        self.fire: Fire | None = None
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        session = botocore.session.get_session()
        self._clients = {s: session.create_client(s, REGION, config=config) for s in ("dynamodb", "s3")}
        self._make()
        self.wiring = self.new_process()
        self._provision()
        self._patch(patch)
        self._origin = copy.deepcopy(self._tables[BILLING].items)

    def client(self, service: str) -> Any:
        """A client whose own retries are spent."""
        return self._clients[service]

    def new_process(self) -> Wiring:
        """What a process knows that has just begun."""
        return Wiring(Settings.read(_ENVIRON), client=self.client, region=REGION)

    def empty(self) -> None:
        """Forget all that was metered."""
        self.fire = None
        self._tables[USAGE].items = defaultdict(dict)
        self._tables[BILLING].items = copy.deepcopy(self._origin)
        for bucket, prefix in ((ARCHIVE, ""), (OPERATIONS, QUARANTINE)):
            for name in self.names(bucket, prefix):
                self.client("s3").delete_object(Bucket=bucket, Key=name)
        self.wiring = self.new_process()

    @contextmanager
    def unharmed(self) -> Iterator[None]:
        """Calls that meet no fault, nor count."""
        fire, self.fire = self.fire, None
        try:
            yield
        finally:
            self.fire = fire

    def names(self, bucket: str, prefix: str = "") -> list[str]:
        """The names of the objects in a bucket."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def read(self, bucket: str, name: str) -> bytes:
        """What an object holds."""
        body: bytes = self.client("s3").get_object(Bucket=bucket, Key=name)["Body"].read()
        return body

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items of a table, by the names of their attributes: a scan takes moto ten times as long."""
        return [item.to_json()["Attributes"] for item in self._tables[table].all_items()]

    @property
    def _tables(self) -> dict[str, Table]:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables

    def _make(self) -> None:
        create_tables(self.client("dynamodb"), {"UsageTable": USAGE, "BillingTable": BILLING})
        for bucket in (OPERATIONS, ARCHIVE):
            place = {"LocationConstraint": REGION}
            self.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)

    def _provision(self) -> None:
        accounts = self.wiring.accounts
        accounts.put_seller(SELLER, AuditEntry("seller", SINCE, SYSTEM, "seller.added", "seller/default"))
        for plan in PLANS.values():
            accounts.put_plan(plan)
        for account_id, account in ACCOUNTS.items():
            bots = [bot for bot in BOTS if bot.account_id == account_id]
            self.wiring.provision_account(account, bots, {}, SYSTEM, SINCE)

    def _patch(self, patch: pytest.MonkeyPatch) -> None:
        """Let handlers work in this cloud, by its clock, one thing after the other and without waiting."""
        for handler in (ingest.handler, meter.handler):
            patch.setattr(handler, "wiring", lambda: self.wiring)
        for module in (timelines, archive, quarantine, meter.handler):
            patch.setattr(module, "ThreadPoolExecutor", lambda *_, **__: _OneWorker(self.dice))
        clock = SimpleNamespace(
            time_ns=lambda: self.now_ms * 1_000_000,
            monotonic=lambda: float(self.uptime_s),
            sleep=lambda _: None,
        )
        for module in (ingest.handler, adapters, timelines, conflicts):
            patch.setattr(module, "time", clock)
        # No other shard has anything.
        shards = sorted({due_shard(bot.account_id, bot.bot_id) for bot in BOTS})
        patch.setattr(timelines, "DUE_SHARDS", shards)
        # PynamoDB would make another client for each process.
        patch.setattr(models, "bind", lambda *_: None)
        patch.setattr(botocore.client.BaseClient, "_make_api_call", self._burning())
        _copy_only_what_changes(patch)
        _answer_values_as_they_are(patch)
        logging.disable(logging.CRITICAL)

    def _burning(self) -> Callable[..., Any]:
        """Calls that meet the fire, if there is one."""
        call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

        def burning(client: Any, operation: str, parameters: Any) -> Any:
            if self.fire is None:
                return call(client, operation, parameters)
            return self.fire.call(operation, parameters, lambda: call(client, operation, dict(parameters)))

        return burning


class _OneWorker:
    """A pool that does its tasks one after the other, in any order: the same order for the same dice."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to be done."""

    def map(self, do: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        todo = list(tasks)
        done: dict[int, Callable[[], Any]] = {}
        for number in self._dice.sample(range(len(todo)), len(todo)):
            done[number] = _outcome(do, todo[number])
        return (done[number]() for number in range(len(todo)))


def _outcome(do: Callable[[Any], Any], task: Any) -> Callable[[], Any]:
    """What came of a task, for when it is asked for. A process that dies does nothing more at all."""
    try:
        result = do(task)
    except Exception as error:  # noqa: BLE001 (a pool keeps whatever its task raises)
        return _raising(error)
    return lambda: result


def _raising(error: Exception) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def _copy_only_what_changes(patch: pytest.MonkeyPatch) -> None:
    """Before a transaction moto copies whole tables, once for each action; its own partitions are enough."""
    transact, touched, copies = DynamoDBBackend.transact_write_items, set[str](), dict[int, Table]()

    def transact_write_items(backend: DynamoDBBackend, actions: list[dict[str, Any]]) -> None:
        touched.clear()
        copies.clear()
        for operation in (next(iter(action.values())) for action in actions):
            touched.add((operation.get("Key") or operation["Item"])["pk"]["S"])
        transact(backend, actions)

    def copy_of_table(table: Table, memo: dict[int, Any]) -> Table:
        if id(table) not in copies:
            copies[id(table)] = twin = copy.copy(table)
            twin.items = defaultdict(dict)
            for pk, partition in table.items.items():
                twin.items[pk] = copy.deepcopy(partition, memo) if pk.value in touched else partition
        return copies[id(table)]

    patch.setattr(DynamoDBBackend, "transact_write_items", transact_write_items)
    patch.setattr(Table, "__deepcopy__", copy_of_table, raising=False)


def _answer_values_as_they_are(patch: pytest.MonkeyPatch) -> None:
    """Moto looks for each member of a value under a dozen names; those of DynamoDB's have one."""
    look_for = ResponseSerializer.get_value

    def get_value(serializer: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
        if key in _OF_VALUES and type(value) is dict:
            return value.get(key)
        return look_for(serializer, value, key, shape)

    patch.setattr(ResponseSerializer, "get_value", get_value)


def cloud() -> Iterator[Cloud]:
    """The cloud, as long as it is used."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        yield Cloud(patch)
    logging.disable(logging.NOTSET)
