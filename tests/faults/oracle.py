"""What must hold when a scenario has come to rest, computed from the set of its events alone."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from botmeter.adapters.dynamo.items import Item, from_records
from botmeter.adapters.dynamo.keys import month_of, timeline_key
from botmeter.adapters.dynamo.usage import _day_and_plan, _hours
from botmeter.adapters.event_reader import read
from botmeter.domain.accounts import Bot
from botmeter.domain.credits import LedgerEntry
from botmeter.domain.events import Subject
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey, UsageRecord, meter, usage_totals
from tests.fakes.demo import PLANS
from tests.faults.cast import ACCOUNTS, BOTS
from tests.faults.cloud import QUARANTINE, Cloud
from tests.faults.script import Script
from tests.integration.conftest import ARCHIVE, BILLING, OPERATIONS, USAGE

BotKey = tuple[str, str]
_BOTS: dict[BotKey, Bot] = {(bot.account_id, bot.bot_id): bot for bot in BOTS}


def check(cloud: Cloud, script: Script) -> None:
    """Raise `AssertionError` if anything was lost, doubled, or is still to be done."""
    marks: dict[Subject, set[int]] = defaultdict(set)
    for event in script.sound():
        if not event.test:
            marks[event.subject].add(event.mark)
    check_bills(cloud, marks)
    _check_quarantine(cloud, script)
    _check_archive(cloud, script)


def check_bills(cloud: Cloud, marks: Mapping[Subject, set[int]]) -> None:
    """The same for records, totals and money: they are what the rule makes of `marks`, and nothing is due."""
    expected = _expected_records(marks)
    usage = cloud.items(USAGE)
    _check_records(usage, expected)
    _check_totals(usage, expected)
    _check_money(cloud, expected)
    assert [item["pk"] for item in usage if "due_at" in item] == [], "something is still due"


def check_archive_is_ahead(cloud: Cloud) -> None:
    """Whatever is metered at this moment is in the archive already."""
    metered = {
        (item["pk"]["S"], int(mark))
        for item in cloud.items(USAGE)
        for mark in item.get("marks", {"NS": []})["NS"]
    }
    sightings = [report.sighting for _, line in _archived(cloud) for report in read(line)]
    archived = {(timeline_key(subject)["pk"]["S"], mark) for subject, mark, _ in sightings}
    assert metered <= archived, "an event is metered and not in the archive"


def _expected_records(marks: Mapping[Subject, set[int]]) -> list[UsageRecord]:
    return [
        UsageRecord(subject, 0, metered, bot.subscription.phases[0].plan.ref, bot.rule.name)
        for subject, of_subject in marks.items()
        for bot in [_BOTS[subject.account_id, subject.bot_id]]
        for metered in meter(subject, of_subject, bot.rule)
    ]


def _check_records(usage: list[Item], expected: list[UsageRecord]) -> None:
    """Records less reversals are the rule's, each once; a reversal names a record that was there."""
    found: Counter[tuple[object, ...]] = Counter()
    ids: list[tuple[Subject, str]] = []
    reversed_ids: list[tuple[Subject, str]] = []
    for page in (item for item in usage if item["pk"]["S"].startswith("USAGE#")):
        _, account_id, bot_id, _ = page["pk"]["S"].split("#")
        for record in from_records(page["records"], account_id, bot_id):
            found[_said(record)] += -1 if record.reverses else 1
            ids.append((record.subject, record.record_id))
            if record.reverses:
                reversed_ids.append((record.subject, record.reverses))
    standing = {said: count for said, count in found.items() if count}
    assert standing == dict(Counter(map(_said, expected))), "records are not what the rule says"
    assert len(ids) == len(set(ids)), "a record was written twice"
    assert len(reversed_ids) == len(set(reversed_ids)), "a record was taken back twice"
    assert set(reversed_ids) <= set(ids), "what was taken back was never there"


def _said(record: UsageRecord) -> tuple[object, ...]:
    return record.subject, record.metered, record.plan, record.rule


def _check_totals(usage: list[Item], expected: list[UsageRecord]) -> None:
    """Sessions by bot, day, plan, unit and hour; and without hours, in an item for each month and plan."""
    hours: dict[tuple[BotKey, TotalKey], dict[Bucket, int]] = {}
    days: Counter[tuple[BotKey, str, str, str]] = Counter()
    for item in usage:
        kind, account_id, *bot_id = item["pk"]["S"].split("#")
        if kind == "TOTAL" and (of_day := _hours(item)):
            day, plan = _day_and_plan(item)
            buckets = {Bucket(unit, hour): count for (unit, hour), count in of_day.items()}
            hours[(account_id, bot_id[0]), TotalKey(date.fromisoformat(day), plan)] = buckets
        if kind == "DAYS":
            month, of_bot, plan = item["sk"]["S"].split("#")
            for name in item.keys() - {"pk", "sk"}:
                days[(account_id, of_bot), month, plan, name] += int(item[name]["N"])
    totals = _expected_totals(expected)
    assert hours == totals, "totals are not what the records say"
    by_day: Counter[tuple[BotKey, str, str, str]] = Counter()
    for (bot, key), buckets in totals.items():
        for bucket, count in buckets.items():
            by_day[bot, month_of(key.day), key.plan, f"{bucket.unit}_{key.day:%d}"] += count
    assert +days == by_day, "days are not what the records say"


def _expected_totals(expected: list[UsageRecord]) -> dict[tuple[BotKey, TotalKey], dict[Bucket, int]]:
    return {
        (bot, key): buckets
        for bot, records in _by_bot(expected).items()
        for key, buckets in usage_totals(records, ACCOUNTS[bot[0]].calendar).items()
    }


def _by_bot(records: list[UsageRecord]) -> dict[BotKey, list[UsageRecord]]:
    by_bot: dict[BotKey, list[UsageRecord]] = {bot: [] for bot in _BOTS}
    for record in records:
        by_bot[record.subject.account_id, record.subject.bot_id].append(record)
    return by_bot


def _check_money(cloud: Cloud, expected: list[UsageRecord]) -> None:
    """Balance and ledger are sessions times price, and the ledger adds up at each of its entries."""
    items = cloud.items(BILLING)
    for (account_id, bot_id), records in _by_bot(expected).items():
        balance = cloud.wiring.billing.balance(account_id, bot_id)
        used = {unit: sum(r.sessions for r in records if r.unit is unit) for unit in Unit}
        assert (balance.usage_sessions, balance.alert_sessions) == (used[Unit.USAGE], used[Unit.ALERT])
        price = sum(PLANS[r.plan].debit_micros(r.unit, r.sessions) for r in records)
        assert balance.wallet.balance_micros == -price, "the balance is not sessions times price"
        has_ledger = any(item["pk"]["S"] == f"LEDGER#{account_id}#{bot_id}" for item in items)
        entries = cloud.wiring.billing.ledger(account_id, bot_id, 1_000, None).items if has_ledger else []
        _check_ledger(list(reversed(entries)), -price)


def _check_ledger(entries: list[LedgerEntry], balance_micros: int) -> None:
    so_far = 0
    for entry in entries:
        so_far += entry.amount_micros
        assert entry.balance_micros == so_far, "an entry of the ledger does not add up"
    assert so_far == balance_micros, "the ledger is not the balance"


def _check_quarantine(cloud: Cloud, script: Script) -> None:
    """Every text that cannot be used, with the field that is to blame and its rule; and nothing else."""
    kept = [json.loads(cloud.read(OPERATIONS, name)) for name in cloud.names(OPERATIONS, QUARANTINE)]
    assert {(k["text"], k["field"]) for k in kept} == {(p.text, p.field) for p in script.poison()}
    assert all(k["rule"] for k in kept), "a reason is missing"


def _check_archive(cloud: Cloud, script: Script) -> None:
    """Every accepted event is in the archive, test traffic too, below its account and day."""
    accepted = {
        (f"archive/account={report.sighting.subject.account_id}/day={report.day}", report.canonical)
        for event in script.sound()
        for report in read(event.text)
    }
    assert accepted <= _archived(cloud), "an accepted event is not in the archive"


def _archived(cloud: Cloud) -> set[tuple[str, str]]:
    """The lines of the archive, each with its folder."""
    lines: set[tuple[str, str]] = set()
    for name in cloud.names(ARCHIVE):
        text = gzip.decompress(cloud.read(ARCHIVE, name)).decode()
        lines |= {(name.rpartition("/")[0], line) for line in text.splitlines()}
    return lines
