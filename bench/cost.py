"""What a million conversation events cost on AWS, from the source to settled, by the way they come."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bench.checked import HTTPS, QUEUE, WARMING_UP, Checked, checked, since_ms
from bench.driver import Driver, Measured, Stage
from bench.load import BOTS, Load, Sent, Way, bots_of
from bench.pricing import GB, MILLION, TARGET_USD, parts, prices, total
from bench.report import table

# How a conversation comes: how many seconds it lasts, and how it is sent.
SHAPES = (
    (540, Sent.WHOLE),
    (45, Sent.EACH_MINUTE),
    (540, Sent.EACH_TEN_MINUTES),
    (45, Sent.AT_ONCE),
    (540, Sent.AT_ONCE),
    (1500, Sent.AT_ONCE),
)
SHAPES_MINUTES = 2
# Conversations of a bot that begin in a minute, and for how many minutes.
A_MINUTE = {1: 60, 3: 40, 10: 20}
INTERVALS = (0, 5, 10, 20)
# Conversations of a busy platform's kind, fewer of them: what is looked at is when the meter does.
_LASTING = replace(HTTPS, conversations=200, lasting_s=540, sent=Sent.AT_ONCE)
_LASTING_MINUTES = 10
LENGTHS = (10, 100, 500, 1_000, 2_000, 4_000, 6_000)
_BETWEEN_S = 10
ACCOUNTS = (1, 10, 100)
# How long things are kept, in months: timelines for twice the 90 days that events may be late, archived
# events for 400 days. DynamoDB counts 100 bytes for each item beside its own.
_TIMELINES_KEPT, _ARCHIVE_KEPT = 180 / 30.4, 400 / 30.4
_ITEM_OVERHEAD = 100


def run() -> None:
    """Measure and print."""
    found = checked()
    driver = Driver(found.requests, found.stand_in)
    for load in WARMING_UP:
        driver.run(load, 1, since_ms())
    _print_parts(found)
    _print_shapes(driver)
    _print_small_bots(driver)
    _print_intervals(found)
    _print_lengths(driver)
    _print_accounts(driver, found)
    _print_kept(driver.run(QUEUE, 1, since_ms()))


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
        f"USD for a million events, 10 a conversation, sent whole, {sheet.region}, prices of {sheet.date}",
        ["", f"HTTPS, {HTTPS.batch} a call", f"queue, {QUEUE.batch:,} a call", "EventBridge and queue"],
        rows,
    )


def _print_shapes(driver: Driver) -> None:
    """What it costs by how long conversations last and how they are sent."""
    table(
        f"{HTTPS.conversations:,} conversations a minute: batches, moves, write units for 1,000 events",
        [
            "a conversation",
            "batches",
            "(queue)",
            "moves",
            "ingest",
            "(queue)",
            "meter",
            "USD, HTTPS",
            "USD, queue",
        ],
        [[f"{lasting_s} s, {sent.value}", *_shape(driver, lasting_s, sent)] for lasting_s, sent in SHAPES],
    )


def _shape(driver: Driver, lasting_s: int, sent: Sent) -> list[str]:
    """In how many batches a conversation is, how often it is moved, and what that costs."""
    https, queue = (
        driver.run(replace(load, lasting_s=lasting_s, sent=sent), SHAPES_MINUTES, since_ms())
        for load in (HTTPS, QUEUE)
    )
    return [
        *(f"{_batches(done):.1f}" for done in (https, queue)),
        f"{https.moved / https.settled:.1f}",
        *(_units(done)[0] for done in (https, queue)),
        _units(https)[1],
        _judged(total(Way.HTTPS, https)),
        _judged(total(Way.QUEUE, queue)),
    ]


def _batches(done: Measured) -> float:
    """In how many batches a conversation is: ingest writes it once for each."""
    return done.ingest.taken.calls / done.settled


def _print_small_bots(driver: Driver) -> None:
    """What it costs when bots have few conversations."""
    table(
        f"{BOTS} bots with few conversations, HTTPS; units for 1,000 events",
        ["a bot's conversations a minute", "sent", "write: ingest", "write: meter", "USD"],
        [
            [str(count), sent.value, *_units(done), _judged(total(Way.HTTPS, done))]
            for count, minutes in A_MINUTE.items()
            for sent in (Sent.WHOLE, Sent.AT_ONCE)
            for done in [driver.run(_of_small_bots(count, sent), minutes, since_ms())]
        ],
    )


def _of_small_bots(count: int, sent: Sent) -> Load:
    return replace(HTTPS, conversations=BOTS * count, sent=sent)


def _print_intervals(found: Checked) -> None:
    """What it changes that a bot's conversations are settled together, and later."""
    table(
        "SettleIntervalMinutes: units of the meter for 1,000 events, moves of a conversation, USD (HTTPS)",
        ["minutes", "one a minute: write", "USD", "of 9 minutes, as they happen: moves", "write", "USD"],
        [[str(minutes), *_interval(found, minutes)] for minutes in INTERVALS],
    )


def _interval(found: Checked, minutes: int) -> Iterator[str]:
    driver = Driver(found.requests, found.stand_in, interval_minutes=minutes)
    driver.run(WARMING_UP[1], 1, since_ms())
    small = driver.run(_of_small_bots(1, Sent.WHOLE), A_MINUTE[1], since_ms())
    yield _units(small)[1]
    yield _judged(total(Way.HTTPS, small))
    lasting = driver.run(_LASTING, _LASTING_MINUTES, since_ms())
    yield f"{lasting.moved / lasting.settled:.2f}"
    yield _units(lasting)[1]
    yield _judged(total(Way.HTTPS, lasting))


def _print_lengths(driver: Driver) -> None:
    """What an event costs in a conversation that has many of them, each in another batch."""
    table(
        f"Conversations of many events, {_BETWEEN_S} s apart: write units for an event",
        ["events", "write: ingest", "write: meter", "moves", "USD for a million events, DynamoDB alone"],
        [[f"{events:,}", *_length(driver, events)] for events in LENGTHS],
    )


def _length(driver: Driver, events: int) -> Iterator[str]:
    load = Load(Way.QUEUE, 1, 1, messages=events, lasting_s=events * _BETWEEN_S, sent=Sent.AT_ONCE)
    done = driver.run(load, 1, since_ms())
    yield from (f"{taken.write / events:.1f}" for taken in done.units)
    yield f"{done.moved:,}"
    yield f"{sum(usd for name, usd in parts(Way.QUEUE, done).items() if name.startswith('DynamoDB')):.2f}"


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
    done = replace(driver.run(load, 1, since_ms(), settle=False), settle=settle)
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


def _units(done: Measured) -> tuple[str, str]:
    """Write units for 1,000 events: of ingest, and of the meter."""
    ingest, settle = (f"{taken.write * 1000 / done.events:,.0f}" for taken in done.units)
    return ingest, settle


def _judged(usd: float) -> str:
    """A sum, and by how much it misses the target."""
    missed = usd - TARGET_USD
    return f"{usd:.3f}" + (f" (+{missed:.3f})" if missed > 0 else "")
