"""What the demo shows at its end."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from botmeter_cli.output import Output, as_text
from botmeter_cli.report import BotReport, DemoReport, Usage


def report(billed: Usage) -> DemoReport:
    """The report of one prepaid bot."""
    bot = BotReport(
        bot_id="bot_a",
        name="A",
        plan="Standard",
        plan_kind="prepaid",
        conversations=3,
        windows=4,
        expected=Usage(1000, 1),
        billed=billed,
        balance={"status": "low", "remaining": {"amount": 515, "currency": "EUR"}, "covered_sessions": 25},
    )
    return DemoReport(
        stack="fake",
        account="Acme",
        period="2026-10",
        replay={"events": 9, "by_type": {"conversation.message": 9}, "failed": 0, "dead_letters": 0},
        settlement={"settled": 4, "due": 0},
        bots=[bot],
        invoice={
            "number": "INV-000001",
            "total": {"amount": 123456, "currency": "EUR"},
            "due": {"amount": 0, "currency": "EUR"},
        },
        pdf=Path("INV-000001.pdf"),
        api_url="http://127.0.0.1/v1",
        token_file=Path("token"),
    )


def test_report_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Sessions, balance, invoice and the way on are all there, and commands are not broken over lines."""
    shown = report(Usage(1000, 1))
    Output().result(shown.to_json(), *shown.shown())
    text = capsys.readouterr().out
    for words in ("1,000", "low, 5.15 EUR, 25 sessions", "INV-000001.pdf", "1,234.56 EUR"):
        assert words in text
    assert 'curl --silent --header "Authorization: Bearer $(cat token)" http://127.0.0.1/v1/bots\n' in text
    assert "make down STACK=fake" in text


def test_report_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object, and whether the stack agrees with the rule."""
    for usage, agrees in ((Usage(1000, 1), True), (Usage(999, 1), False)):
        shown = report(usage)
        Output(as_json=True).result(shown.to_json(), *shown.shown())
        assert json.loads(capsys.readouterr().out)["agrees"] is agrees


def test_report_that_the_archive_contradicts(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo fails, and tells how often."""
    shown = replace(report(Usage(1000, 1)), recount_differences=2)
    Output().result(shown.to_json(), *shown.shown())
    text = " ".join(capsys.readouterr().out.split())

    assert not shown.agrees
    assert "Sessions as `botmeter sessions` counts them Recount from the archive 2 differences" in text


def test_facts_as_text() -> None:
    """Numbers have separators; nested facts are one line."""
    assert as_text({"a": 1234, "b": None, "c": True}) == "a 1,234, b none, c True"
