"""`botmeter sessions`: what a file of events bills."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from botmeter.domain.timeline import MeteringRule
from botmeter_cli import offline
from botmeter_cli.main import app

Event = dict[str, Any]


def event(kind: str, time: str, **data: Any) -> Event:
    """A canonical event at `time` on 5 October 2026, UTC."""
    named = {"account_id": "acct_a", "bot_id": "bot_a"} | data
    return {
        "specversion": "1.0",
        "id": f"{kind}-{time}-{data.get('conversation_id')}",
        "source": "bots/a",
        "type": kind,
        "time": f"2026-10-05T{time}Z",
        "data": named,
    }


def message(conversation: str, time: str, role: str = "user", **data: Any) -> Event:
    return event("conversation.message", time, conversation_id=conversation, role=role, **data)


def alert(alert_id: str, user: str, time: str, **data: Any) -> Event:
    return event("alert.delivered", time, alert_id=alert_id, user_id=user, **data)


# A bot that hands over to an agent, two windows of one conversation, a greeting, and another account.
EVENTS = [
    message("c-2", "10:00:00.000"),
    event("conversation.agent.joined", "10:10:00.000", conversation_id="c-2"),
    message("c-2", "10:20:00", "agent"),
    event("conversation.agent.left", "10:30:00", conversation_id="c-2"),
    message("c-2", "10:40:00", "bot"),
    message("c-10", "09:00:00"),
    event("conversation.ended", "09:03:00", conversation_id="c-10"),
    message("c-10", "09:05:00.001"),
    message("c-3", "11:00:00", "bot"),
    message("c-1", "08:00:00", account_id="acct_b", bot_id="bot_b"),
    message("c-2", "08:00:00", bot_id="bot_b"),
    alert("al-1", "u-1", "10:00:00"),
    alert("al-1", "u-1", "10:00:05"),
    alert("al-1", "u-2", "10:00:00"),
    alert("al-1", "u-1", "10:00:00", bot_id="bot_b"),
]


def write(path: Path, lines: list[Event | str]) -> Path:
    """A file with a line for each event, or the line as it is."""
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["sessions", *map(str, arguments)])


def summary_of(path: Path) -> Any:
    return json.loads(run(path, "--summary").stdout)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", list(EVENTS))


def test_prints_a_line_for_each_window(file: Path) -> None:
    """The nine keys in their order for every window, sorted by account, bot, conversation and start."""
    result = run(file)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        json.dumps(
            {
                "account_id": account,
                "bot_id": bot,
                "conversation_id": conversation,
                "start": f"2026-10-05T{start}Z",
                "end": f"2026-10-05T{end}Z",
                "bot_ms": bot_ms,
                "agent_ms": agent_ms,
                "billable": billable,
                "sessions": sessions,
            }
        )
        for account, bot, conversation, start, end, bot_ms, agent_ms, billable, sessions in [
            ("acct_a", "bot_a", "c-10", "09:00:00.000", "09:03:00.000", 180_000, 0, True, 1),
            ("acct_a", "bot_a", "c-10", "09:05:00.001", "09:05:00.001", 0, 0, True, 1),
            ("acct_a", "bot_a", "c-2", "10:00:00.000", "10:40:00.000", 1_200_000, 1_200_000, True, 2),
            ("acct_a", "bot_a", "c-3", "11:00:00.000", "11:00:00.000", 0, 0, False, 0),
            ("acct_a", "bot_b", "c-2", "08:00:00.000", "08:00:00.000", 0, 0, True, 1),
            ("acct_b", "bot_b", "c-1", "08:00:00.000", "08:00:00.000", 0, 0, True, 1),
        ]
    ]


def test_summary_stands_alone(file: Path) -> None:
    """`--summary` prints the three sums and nothing else; a delivery reported twice counts once."""
    assert run(file, "--summary").stdout == '{"usage_sessions": 6, "alert_sessions": 3, "rejected": 0}\n'


def test_order_and_duplicates_change_nothing(file: Path, tmp_path: Path) -> None:
    """Shuffled events with duplicates print the same."""
    chance = random.Random(7)
    expected = run(file).stdout
    for attempt in range(5):
        lines: list[Event | str] = [*EVENTS, *chance.choices(EVENTS, k=9)]
        chance.shuffle(lines)
        assert run(write(tmp_path / f"{attempt}.jsonl", lines)).stdout == expected


def test_duplicates_beyond_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation with very many duplicates takes no more room than its marks, and bills the same."""
    monkeypatch.setattr(offline, "CROWDED", 8)
    lines = [json.dumps(message("c-1", f"10:{minute:02d}:00")) for minute in range(10)] * 50
    collection = offline.collect(lines, offline.Rejects())
    (marks,) = collection.timelines.values()
    assert len(marks) < 2 * 10 + 8
    assert len(set(marks)) == 10


def test_idle_minutes(tmp_path: Path) -> None:
    """The idle timeout decides where a window ends; one outside its range is wrong usage."""
    path = write(tmp_path / "e.jsonl", [message("c-1", "10:00:00"), message("c-1", "10:16:00")])
    assert len(run(path).stdout.splitlines()) == 2
    assert len(run(path, "--idle-minutes", 16).stdout.splitlines()) == 1
    assert run(path, "--idle-minutes", 4).exit_code == 2
    assert run(path, "--idle-minutes", 20_161).exit_code == 2


def test_test_traffic_is_neither_metered_nor_rejected(tmp_path: Path) -> None:
    """Test conversations and test alerts leave no trace."""
    path = write(
        tmp_path / "e.jsonl", [message("c-1", "10:00:00", test=True), alert("a", "u", "10:00:00", test=True)]
    )
    assert run(path).stdout == ""
    assert summary_of(path) == {"usage_sessions": 0, "alert_sessions": 0, "rejected": 0}


def test_rejected_lines_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Line number, field and rule on standard error, the count in the summary, exit code 0."""
    naive = message("c-1", "10:00:00") | {"time": "2026-10-05T10:00:00"}
    unnamed = message("c-1", "10:00:00", account_id="a/b")
    path = write(tmp_path / "e.jsonl", ["nonsense", "", message("c-1", "10:00:00"), naive, "  ", unnamed])
    result = run(path, "--summary")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"usage_sessions": 1, "alert_sessions": 0, "rejected": 3}
    first, second, third = result.stderr.splitlines()
    assert first.startswith("line 1: event: ")
    assert second.startswith("line 4: time: ")
    assert third.startswith("line 6: data.account_id: ")


def test_only_the_first_rejected_lines_are_shown(tmp_path: Path) -> None:
    """Twenty lines, then how many more there were."""
    path = write(tmp_path / "e.jsonl", ["nonsense"] * 25)
    result = run(path, "--summary")
    assert len(result.stderr.splitlines()) == 21
    assert result.stderr.splitlines()[-1] == "and 5 more rejected lines"
    assert json.loads(result.stdout)["rejected"] == 25


def test_no_clock_judges_the_events(tmp_path: Path) -> None:
    """Times long past and far ahead are metered."""
    path = write(
        tmp_path / "e.jsonl",
        [message("c-1", "10:00:00") | {"time": f"{year}-01-01T00:00:00Z"} for year in ("1999", "2199")],
    )
    assert summary_of(path) == {"usage_sessions": 2, "alert_sessions": 0, "rejected": 0}


def test_a_line_longer_than_any_event_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read in pieces, counts once, and the lines after it keep their numbers."""
    monkeypatch.setattr(offline, "LONGEST_LINE", 1000)
    path = write(tmp_path / "e.jsonl", ["[" + "1," * 5000, message("c-1", "10:00:00"), "nonsense"])
    result = run(path, "--summary")
    assert json.loads(result.stdout) == {"usage_sessions": 1, "alert_sessions": 0, "rejected": 2}
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["line 1", "line 3"]


def test_gzip(file: Path, tmp_path: Path) -> None:
    """A gzipped file prints the same, whatever it is called."""
    packed = tmp_path / "events.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert run(packed).stdout == run(file).stdout


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input(pack: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads standard input, plain or gzipped."""
    piped = tmp_path / "piped"
    piped.write_bytes(pack(file.read_bytes()))
    expected = offline_output(file, monkeypatch)
    with piped.open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert offline_output("-", monkeypatch) == expected


def offline_output(path: Path | str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is printed for `path`, without the runner, which has a standard input of its own."""
    printed: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout.write", printed.append)
        offline.print_sessions(str(path), MeteringRule(), summarise=False)
    return printed


def test_a_cut_gzip_file_is_an_error(file: Path, tmp_path: Path) -> None:
    """No result is better than half a result."""
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(file.read_bytes())[:-20])
    result = run(cut, "--summary")
    assert result.exit_code != 0
    assert result.stdout == ""


def test_an_empty_file(tmp_path: Path) -> None:
    """Nothing in, nothing out."""
    path = write(tmp_path / "e.jsonl", [])
    assert run(path).stdout == ""
    assert summary_of(path) == {"usage_sessions": 0, "alert_sessions": 0, "rejected": 0}
