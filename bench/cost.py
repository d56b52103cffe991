"""What a million conversation events cost on AWS, from the source to settled, by the way they come."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bench.checked import HTTPS, QUEUE, WARMING_UP, Checked, checked, since_ms
from bench.driver import Driver, Measured, Stage
from bench.load import BOTS, Way, bots_of
from bench.pricing import GB, MILLION, TARGET_USD, parts, prices, total
from bench.report import table

IN_PARTS = (1, 2, 5, 10)
TOGETHER = (1, 3, 10, 30, 100)
ACCOUNTS = (1, 10, 100)
# How long things are kept, in months: timelines for twice the 90 days that events may be late, archived
# events for 400 days. DynamoDB counts 100 bytes for each item beside its own.
_TIMELINES_KEPT, _ARCHIVE_KEPT = 180 / 30.4, 400 / 30.4
_ITEM_OVERHEAD = 100
_FEW_EVENTS = 2_000


def run() -> None:
    """Measure and print."""
    found = checked()
    driver = Driver(found.requests, found.stand_in)
    for load in WARMING_UP:
        driver.run(load, 1, since_ms(1))
    _print_parts(found)
    _print_spread(driver)
    _print_together(driver)
    _print_accounts(driver, found)
    _print_kept(driver.run(QUEUE, 1, since_ms(1)))


def _print_parts(found: Checked) -> None:
    """What each way costs, and for what."""
    ways: Mapping[Way, Measured] = {
        Way.HTTPS: found.measured[HTTPS],
        Way.QUEUE: found.measured[QUEUE],
        Way.BUS: found.measured[QUEUE],
    }
    costs = {way: parts(way, done) for way, done in ways.items()}
    names = dict.fromkeys(name for of in costs.values() for name in of)
    rows = [[name, *(f"{of[name]:.4f}" if name in of else "" for of in costs.values())] for name in names]
    rows.append(["all", *(f"{sum(of.values()):.3f}" for of in costs.values())])
    rows.append(["at most", *(f"{TARGET_USD:.2f}" if way is not Way.BUS else "" for way in costs)])
    sheet = prices()
    table(
        f"USD for a million events, 10 a conversation, {sheet.region}, prices of {sheet.date}",
        ["", f"HTTPS, {HTTPS.batch} a call", f"queue, {QUEUE.batch:,} a call", "EventBridge and queue"],
        rows,
    )


def _print_spread(driver: Driver) -> None:
    """What it costs when the events of a conversation come one after the other."""
    table(
        "The events of a conversation in so many batches",
        ["batches", "write units for 1,000, ingest", "USD, HTTPS", "USD, queue"],
        [[str(count), *_spread(driver, count)] for count in IN_PARTS],
    )


def _spread(driver: Driver, count: int) -> Iterator[str]:
    https, queue = (driver.run(replace(load, parts=count), 1, since_ms(1)) for load in (HTTPS, QUEUE))
    yield f"{queue.ingest.taken.write * 1000 / queue.events:,.0f}"
    yield _judged(total(Way.HTTPS, https))
    yield _judged(total(Way.QUEUE, queue))


def _print_together(driver: Driver) -> None:
    """What it costs when a bot has few conversations that end in the same minute."""
    table(
        "Conversations of one bot that are settled together",
        ["conversations", "write units for 1,000, settle", "USD, HTTPS"],
        [[str(count), *_together(driver, count)] for count in TOGETHER],
    )


def _together(driver: Driver, count: int) -> Iterator[str]:
    load = replace(HTTPS, conversations=BOTS * count)
    minutes = max(1, _FEW_EVENTS // load.events)
    done = driver.run(load, minutes, since_ms(minutes))
    yield f"{done.settle.taken.write * 1000 / done.events:,.0f}"
    yield _judged(total(Way.HTTPS, done))


def _print_accounts(driver: Driver, found: Checked) -> None:
    """What the archive costs when a batch of the queue is of many accounts."""
    found.stand_in.add_accounts(bots_of(max(ACCOUNTS)))
    table(
        f"Accounts in a batch of {QUEUE.batch:,} from the queue",
        ["accounts", "objects for 1,000", "archived bytes/event", "USD, puts", "USD, all"],
        [[str(count), *_of_accounts(driver, found.measured[QUEUE].settle, count)] for count in ACCOUNTS],
    )


def _of_accounts(driver: Driver, settle: Stage, count: int) -> Iterator[str]:
    """The figures of so many accounts; settling costs what it does for one."""
    load = replace(QUEUE, accounts=count)
    done = replace(driver.run(load, 1, since_ms(1), settle=False), settle=settle)
    yield f"{done.objects * 1000 / done.events:,.0f}"
    yield f"{done.object_bytes / done.events:.0f}"
    yield f"{parts(Way.QUEUE, done)['S3 puts of the archive']:.3f}"
    yield _judged(total(Way.QUEUE, done))


def _print_kept(done: Measured) -> None:
    """What stays, and what that costs."""
    sheet = prices()
    timelines = done.timeline_bytes + done.timelines * _ITEM_OVERHEAD
    table_month = sheet.of("dynamodb_gb_month", 1) + sheet.of("dynamodb_backup_gb_month", 1)
    kept = {
        "timelines, 180 days": (timelines, table_month, _TIMELINES_KEPT),
        "usage records and ledger, for good: a year": (done.usage_bytes, table_month, 12.0),
        "archive, 400 days": (done.object_bytes, sheet.of("s3_gb_month", 1), _ARCHIVE_KEPT),
    }
    rows = []
    for name, (size, month, months) in kept.items():
        usd = size / done.events * MILLION / GB * month
        rows.append([name, f"{size / done.events:.0f}", f"{usd:.4f}", f"{usd * months:.3f}"])
    table(
        "What is kept of a million events",
        ["", "bytes/event", "USD a month", "USD for as long"],
        rows,
    )


def _judged(usd: float) -> str:
    """A sum, and by how much it misses the target."""
    missed = usd - TARGET_USD
    return f"{usd:.3f}" + (f" (+{missed:.3f})" if missed > 0 else "")
