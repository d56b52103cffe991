"""The commands on a deployed stack, with its clients faked."""

import io
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from botmeter_cli import aws, main, stack_commands
from botmeter_cli import replay as replaying
from botmeter_cli.aws import FunctionFailed, NotDrained
from botmeter_cli.commands import local
from botmeter_cli.options import DEFAULT_STACK
from botmeter_cli.output import Output
from botmeter_local import Stack

NOW = datetime(2026, 11, 4, 12, 30, tzinfo=UTC)


class FakeLambda:
    """Answers each call with the next of `answers`; one that is an exception is a function's failure."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.payloads: list[Any] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        """Note the call and answer it."""
        self.payloads.append(json.loads(Payload))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            return {
                "FunctionError": "Unhandled",
                "Payload": io.BytesIO(json.dumps({"errorMessage": str(answer)}).encode()),
            }
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


class FakeQueues:
    """Each reading of a queue takes one message off it."""

    def __init__(self, **depths: int) -> None:
        self.depths = depths

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        """How many messages there were."""
        depth = self.depths.get(QueueUrl, 0)
        self.depths[QueueUrl] = max(0, depth - 1)
        return {
            "Attributes": dict.fromkeys(AttributeNames, "0") | {"ApproximateNumberOfMessages": str(depth)}
        }


class FakeBus:
    """Takes every entry, but each only at its `takes`-th attempt."""

    def __init__(self, takes: int = 1) -> None:
        self.takes = takes
        self.attempts: Counter[str] = Counter()
        self.taken: list[dict[str, str]] = []
        self.calls: list[int] = []

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        """Take what is to be taken."""
        self.calls.append(len(Entries))
        return {"Entries": [self._put(entry) for entry in Entries]}

    def _put(self, entry: dict[str, str]) -> dict[str, str]:
        self.attempts[entry["Detail"]] += 1
        if self.attempts[entry["Detail"]] < self.takes:
            return {"ErrorCode": "ThrottlingException"}
        self.taken.append(entry)
        return {"EventId": "1"}


class FakeOutputs(dict[str, str]):
    """Every resource is called as its output."""

    def __missing__(self, output: str) -> str:
        return output


class FakeStack:
    name = "fake"
    endpoint_url = "http://127.0.0.1"

    def __init__(self, *, is_production: bool = False, **clients: Any) -> None:
        self.clients = clients
        self.outputs = FakeOutputs()
        self.is_production = is_production

    def client(self, service: str, **_: Any) -> Any:
        """The fake for a service."""
        return self.clients[service]


def stack(**clients: Any) -> Stack:
    """A stack with a fake client for each service."""
    return cast("Stack", FakeStack(**({"sqs": FakeQueues()} | clients)))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is worth waiting for."""
    monkeypatch.setattr(stack_commands, "IDLE_PAUSE_S", 0)
    monkeypatch.setattr(replaying, "FIRST_PAUSE_S", 0)
    monkeypatch.setattr(aws, "_LOCAL_PACE", (0, 0))


def settled(due: int, settled: int = 0, moved: int = 0, conflicts: int = 0) -> dict[str, int]:
    return {"settled": settled, "moved": moved, "conflicts": conflicts, "due": due}


# ----------------------------------------------------------------------------------------- settle


def test_settles_until_nothing_is_due() -> None:
    """The meter is called again while something is due; its counts are added up."""
    meter = FakeLambda(settled(5, settled=100), settled(2, settled=3, moved=1), settled(0, settled=2))
    assert stack_commands.settle(stack(**{"lambda": meter}), NOW, Output()) == settled(
        0, settled=105, moved=1
    )
    assert meter.payloads == [{"now": "2026-11-04T12:30:00+00:00"}] * 3


def test_settling_gives_up_when_nothing_moves() -> None:
    """Conflicts are tried again, but not for ever; what is still due is told."""
    meter = FakeLambda(*[settled(1, conflicts=1)] * stack_commands.IDLE_RUNS)
    assert stack_commands.settle(stack(**{"lambda": meter}), None, Output())["due"] == 1
    assert meter.payloads == [{}] * stack_commands.IDLE_RUNS


def test_a_failing_function_is_an_error() -> None:
    """What the function raised is what the operator reads."""
    meter = FakeLambda(ValueError("now: must have an offset"))
    with pytest.raises(FunctionFailed, match="MeterFunctionName: now: must have an offset"):
        stack_commands.settle(stack(**{"lambda": meter}), None, Output())


# -------------------------------------------------------------------------------------- lifecycle


def lived(failed: int = 0, **done: int) -> dict[str, int]:
    return {"balances": 0, "accounts": 0, "orders": 0, "events": 0, "failed": failed} | done


def test_lifecycle_runs_until_nothing_is_done() -> None:
    """The function is called until a run has nothing to do; events and all else are added up."""
    function = FakeLambda(lived(orders=2, balances=500, events=30), lived(balances=7, events=4), lived())
    assert stack_commands.lifecycle(stack(**{"lambda": function}), NOW, Output()) == lived(
        orders=2, balances=507, events=34
    )
    assert function.payloads == [{"now": "2026-11-04T12:30:00+00:00"}] * 3


def test_what_failed_once_may_be_done_later() -> None:
    """Only what fails to the end counts as failed."""
    function = FakeLambda(lived(failed=2, orders=1), lived(failed=1, orders=1), lived(orders=1), lived())
    assert stack_commands.lifecycle(stack(**{"lambda": function}), None, Output()) == lived(orders=3)


def test_lifecycle_gives_up_on_what_always_fails() -> None:
    """It is tried again, but not for ever."""
    function = FakeLambda(*[lived(failed=1)] * stack_commands.IDLE_RUNS)
    assert stack_commands.lifecycle(stack(**{"lambda": function}), None, Output()) == lived(failed=1)
    assert not function.answers


def test_lifecycle_that_failed_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts see it by the exit code; the counts are printed all the same."""
    function = FakeLambda(*[lived(failed=1)] * stack_commands.IDLE_RUNS)
    monkeypatch.setattr(Stack, "load", lambda _: stack(**{"lambda": function}))
    result = CliRunner().invoke(main.app, ["lifecycle", "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout) == lived(failed=1)


# ------------------------------------------------------------------------------------------- bill


def test_bills_and_waits_for_the_invoices() -> None:
    """The command ends when the queue of invoices is empty."""
    queues = FakeQueues(InvoiceQueueUrl=3)
    runs = FakeLambda({"accounts": 1, "enqueued": 1})
    assert stack_commands.bill(stack(**{"lambda": runs}, sqs=queues), None, Output()) == {
        "accounts": 1,
        "enqueued": 1,
    }
    assert queues.depths["InvoiceQueueUrl"] == 0


def test_a_queue_that_stays_full_is_an_error() -> None:
    """Waiting has a limit, and says what still waits."""
    with pytest.raises(NotDrained, match="EventQueueUrl still holds 9 messages"):
        aws.wait_until_empty(
            stack(sqs=FakeQueues(EventQueueUrl=9)), "EventQueueUrl", lambda _: None, limit_s=-1
        )


# ----------------------------------------------------------------------------------------- replay


def line(number: int, kind: str = "conversation.message") -> str:
    return json.dumps({"id": str(number), "type": kind, "source": "bots/a"})


def test_replays_every_event_once_in_tens() -> None:
    """Each event is an entry with its own type and source, its text unchanged."""
    bus = FakeBus()
    lines = [line(number) for number in range(25)] + [line(25, "alert.delivered")]
    result = replaying.replay(stack(events=bus), lines, Output())
    assert sorted(bus.calls) == [6, 10, 10]
    assert sorted(entry["Detail"] for entry in bus.taken) == sorted(lines)
    assert {(e["EventBusName"], e["Source"]) for e in bus.taken} == {("EventBusName", "bots/a")}
    del result["seconds"]
    assert result == {
        "events": 26,
        "by_type": {"alert.delivered": 1, "conversation.message": 25},
        "failed": 0,
        "refused": 0,
        "dead_letters": 0,
    }


def test_entries_that_fail_are_put_again() -> None:
    """A throttled entry goes through in the end; one that never does is counted as failed."""
    assert replaying.replay(stack(events=FakeBus(takes=3)), [line(1), line(2)], Output())["events"] == 2
    hopeless = FakeBus(takes=replaying.ATTEMPTS + 1)
    result = replaying.replay(stack(events=hopeless), [line(1), line(2)], Output())
    assert (result["events"], result["failed"]) == (0, 2)


def test_what_no_bus_carries_is_refused() -> None:
    """Text that is no JSON object is counted; an object is sent even if it is no event."""
    bus = FakeBus()
    result = replaying.replay(stack(events=bus), ["nonsense", "[]", "", b"\xff", '{"a": 1}'], Output())
    assert (result["events"], result["refused"]) == (1, 3)
    assert bus.taken[0]["DetailType"] == "unknown"


def test_large_events_go_in_smaller_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call never carries more bytes than the bus takes."""
    monkeypatch.setattr(replaying, "LARGEST_BATCH", 300)
    bus = FakeBus()
    replaying.replay(stack(events=bus), [line(number) for number in range(6)], Output())
    assert max(bus.calls) < 6
    assert len(bus.taken) == 6


# ---------------------------------------------------------------------------------------- options


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> FakeLambda:
    """A stack in production, and the calls that its functions get."""
    functions = FakeLambda(settled(0), {"accounts": 0, "enqueued": 0})
    in_production = FakeStack(is_production=True, sqs=FakeQueues(), **{"lambda": functions})
    monkeypatch.setattr(Stack, "load", lambda _: in_production)
    return functions


@pytest.mark.parametrize("command", ["settle", "lifecycle", "bill"])
def test_no_other_clock_in_production(command: str, production: FakeLambda) -> None:
    """`--now` is wrong usage on a production stack, and nothing is called."""
    result = CliRunner().invoke(main.app, [command, "--now", "2026-11-04T00:00:00Z"])
    assert result.exit_code == 2
    assert "production" in result.stderr
    assert not production.payloads


@pytest.mark.parametrize("time", ["2026-11-04T00:00:00", "tomorrow"])
def test_now_needs_a_time_with_an_offset(time: str, production: FakeLambda) -> None:
    """A time without offset is wrong usage."""
    assert CliRunner().invoke(main.app, ["settle", "--now", time]).exit_code == 2
    assert not production.payloads


@pytest.mark.parametrize("arguments", [["--json", "settle"], ["settle", "--json"]])
def test_json_before_or_after_the_command(arguments: list[str], production: FakeLambda) -> None:
    """`--json` prints the counts alone on standard output."""
    assert json.loads(CliRunner().invoke(main.app, arguments).stdout) == settled(0)
    assert production.payloads == [{}]


def test_stack_before_or_after_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--stack` names the stack in both places and in the environment."""
    seen: list[str] = []
    monkeypatch.setattr(local, "stop_stack", seen.append)
    monkeypatch.delenv("BOTMETER_STACK", raising=False)
    runner = CliRunner()
    runner.invoke(main.app, ["--stack", "a", "down"], env={"BOTMETER_STACK": "x"})
    runner.invoke(main.app, ["down", "--stack", "b"], env={"BOTMETER_STACK": "x"})
    runner.invoke(main.app, ["down"], env={"BOTMETER_STACK": "c"})
    runner.invoke(main.app, ["down"])
    assert seen == ["a", "b", "c", DEFAULT_STACK]
