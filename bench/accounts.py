"""Accounts to bill: one is set up and metered by the services, the others are copies of what that stored."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from botmeter.adapters.dynamo.keys import DUE_SHARDS
from botmeter.bootstrap import Wiring
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.periods import BillingPeriod, Calendar, to_ms
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import MarkAddition
from botmeter_cli.provisioning import demo_account, seed, wiring_for
from botmeter_local import Stack
from botmeter_local.emulator import Emulator
from botmeter_local.stack import LOCAL_REGION
from botmeter_local.tables import create_tables

# The bots of each account by their plan, and how many messages 10 minutes apart they get a day: the first
# has more sessions than its plan includes, the second uses some of its credits.
BOTS = {"essential-eur@1": 25, "standard-eur@1": 10}
# What a billing run reads of an account, beside what all accounts have in common.
_READ = ("ACCOUNTS", "ACCOUNT#", "DAYS#")
_BATCH_WRITE_LIMIT = 25

Item = dict[str, Any]


def account_id(number: int) -> str:
    """The account of that number."""
    return f"acct_{number:06d}"


def new_stack(emulator: Emulator, name: str) -> Stack:
    """Tables and a bucket of their own in the emulator."""
    names = {"UsageTable": f"usage-{name}", "BillingTable": f"billing-{name}"}
    bucket = f"operations-{name}"
    outputs = {f"{table}Name": name for table, name in names.items()}
    outputs |= {"Environment": "dev", "OperationsBucketName": bucket}
    outputs |= {"InvoiceBucketName": bucket, "ArchiveBucketName": bucket}
    stack = Stack("bench", LOCAL_REGION, emulator.endpoint_url, outputs)
    create_tables(stack.client("dynamodb"), names)
    stack.client("s3").create_bucket(Bucket=bucket)
    return stack


@dataclass(frozen=True)
class Specimen:
    """An account whose `period` is over and metered, and not billed; `stored` is what it is, by table."""

    period: BillingPeriod
    calendar: Calendar
    stored: dict[str, str]

    @classmethod
    def in_(cls, stack: Stack, period: BillingPeriod) -> "Specimen":
        """The account 0 in the tables of `stack`, set up and metered there, with catalogue and seller."""
        bots = [_bot(plan) for plan in BOTS]
        file = demo_account() | {"account_id": account_id(0), "bots": bots}
        calendar = Calendar(file["time_zone"])
        seed(stack, period.start(calendar), file)
        _meter(wiring_for(stack), period, calendar)
        tables = (stack.outputs["UsageTableName"], stack.outputs["BillingTableName"])
        return cls(period, calendar, {table: _stored(stack.client("dynamodb"), table) for table in tables})

    @property
    def billed_at(self) -> datetime:
        """When the grace of the period has passed."""
        return after_grace(self.period, self.calendar)

    def copy(self, stack: Stack, numbers: Iterable[int]) -> None:
        """Let there be accounts of these numbers in the tables of `stack`, written straight to them."""
        client = stack.client("dynamodb")
        for number in numbers:
            for table, text in self.stored.items():
                write_items(client, table, json.loads(text.replace(account_id(0), account_id(number))))


def after_grace(period: BillingPeriod, calendar: Calendar) -> datetime:
    """A time at which a period may be billed."""
    return period.end(calendar) + timedelta(days=4)


def _bot(plan: str) -> dict[str, Any]:
    """A bot of an account file."""
    bot = {"bot_id": f"bot_{plan}".partition("@")[0], "name": "Customer support", "owner_id": "u-1"}
    funds = {"opening_funds_minor": 1_000_00} if plan.startswith("standard") else {}
    return {**bot, "plan": plan, **funds}


def _meter(services: Wiring, period: BillingPeriod, calendar: Calendar) -> None:
    """Conversations of a period with each bot, one a day from noon, and their settlement."""
    due_ms = to_ms(after_grace(period, calendar))
    for n in range(period.days):
        day = period.first_day + timedelta(days=n)
        noon_ms = to_ms(calendar.start_of_day(day) + timedelta(hours=12))
        for plan, messages in BOTS.items():
            subject = Subject(
                account_id(0), _bot(plan)["bot_id"], SubjectKind.CONVERSATION, f"c-{day.isoformat()}"
            )
            marks = [encode_mark(noon_ms + m * 600_000, Kind.USER_MESSAGE) for m in range(messages)]
            assert not services.timelines.add_marks([MarkAddition(subject, marks, due_ms)])
    settled = sum(services.settle_conversations(shard, due_ms).settled for shard in DUE_SHARDS)
    assert settled == len(BOTS) * period.days


def _stored(client: Any, table: str) -> str:
    """The items of a table that a billing run may read of an account, as JSON."""
    pages = client.get_paginator("scan").paginate(TableName=table)
    items = [item for page in pages for item in page["Items"]]
    return json.dumps([item for item in items if item["pk"]["S"].startswith(_READ)])


def write_items(client: Any, table: str, items: Iterable[Item]) -> None:
    """Write items in batches."""
    rest = iter(items)
    while batch := list(islice(rest, _BATCH_WRITE_LIMIT)):
        answer = client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": item}} for item in batch]}
        )
        assert not answer["UnprocessedItems"]
