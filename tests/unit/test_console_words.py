"""What pages call things: every word of the API has one for a reader."""

import inspect
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

import api.console
from api.console import words
from api.console.formats import Formats
from api.console.words import Label, broken_rule, notice, prices, sentence, worst
from api.schemas.conversations import ConversationMark
from botmeter.domain import accounts, extensions, orders, payments, plan_changes
from botmeter.domain.balances import BalanceStatus
from botmeter.domain.credits import EntryReason
from botmeter.domain.explained_windows import WhyNotBilled
from botmeter.domain.extensions import ExtensionStatus
from botmeter.domain.history import ENTRY_STATUSES
from botmeter.domain.invoices import LineKind, PaymentSource
from botmeter.domain.notices import NoticeKind
from botmeter.domain.orders import OrderKind, PaymentMethod
from botmeter.domain.plans import PlanKind
from botmeter.services import add_funds, change_owner, change_plan, extend_plan
from botmeter.services.show_bots import BotStatus

F = Formats("en-GB", "Europe/Berlin")


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (BotStatus, words.BOT_STATUS),
        (BalanceStatus, words.BALANCE_STATUS),
        (ENTRY_STATUSES, words.PAYMENT_STATUS),
        (ExtensionStatus, words.EXTENSION_STATUS),
        (PlanKind, words.PLAN_KIND),
        (PaymentMethod, words.PAYMENT_METHOD),
        (OrderKind, words.ORDER_KIND),
        (LineKind, words.LINE_KIND),
        (PaymentSource, words.PAID_BEFORE),
        (EntryReason, words.LEDGER_REASON),
        (get_args(ConversationMark.__annotations__["kind"]), words.MARK),
        (WhyNotBilled, words.WHY_NOT_BILLED),
        (NoticeKind, words._NOTICES),
    ],
)
def test_every_word_of_the_api_has_one_for_a_reader(known: Iterable[str], told: Mapping[str, Any]) -> None:
    """A page that met one it does not know would fail; one that nobody says is not needed."""
    assert set(told) == {str(word) for word in known}


def test_everything_that_pages_say_was_done_has_its_words() -> None:
    """Nothing is done silently, and no words are left of what is not done any more."""
    pages = Path(api.console.__file__).parent / "pages"
    text = "\n".join(path.read_text() for path in pages.glob("*.py"))

    assert set(re.findall(r'done="([a-z-]+)"', text)) <= set(words.DONE)
    assert [word for word in words.DONE if f'"{word}"' not in text] == []


@pytest.mark.parametrize("kind", NoticeKind)
def test_notice_is_a_sentence(kind: StrEnum) -> None:
    """With the day in the reader's time zone, and nothing left to fill in."""
    names = re.findall(r"{(\w+)}", words._NOTICES[kind][1])
    details = {name: "5" for name in names if name != "at"}
    found = notice({"kind": kind, "at": "2026-10-05T22:30:00Z", "details": details}, F)

    assert found.tone in {"", "good", "warn", "bad"}
    assert "{" not in found.text
    assert ("6 Oct 2026" in found.text) == ("at" in names)


@pytest.mark.parametrize(
    ("days", "text"), [("1", "in 1 day."), ("14", "in 14 days."), ("1234", "in 1,234 days.")]
)
def test_one_day_is_no_days(days: str, text: str) -> None:
    """Numbers have their units, and the reader's marks."""
    expires = {"kind": "plan_expires", "at": "2026-10-05T12:00:00Z", "details": {"days": days}}

    assert notice(expires, F).text.endswith(text)


@pytest.mark.parametrize("said", ["there is no bot x", "There is no bot x."])
def test_error_is_a_sentence(said: str) -> None:
    """The API says it as a clause, the pages themselves as a sentence."""
    assert sentence(said) == "There is no bot x."


def test_notice_without_a_reason_ends_with_its_sentence() -> None:
    """An operator need not say why, and what was said is no template."""
    declined = {"kind": "extension_declined", "at": "2026-10-05T12:00:00Z"}

    assert notice({**declined, "details": {"days": "5", "reason": ""}}, F).text == (
        "More time was declined on 5 Oct 2026."
    )
    assert notice({**declined, "details": {"days": "5", "reason": "{at}"}}, F).text.endswith("{at}")


@pytest.mark.parametrize(
    ("tones", "tone"),
    [(["warn", "bad", ""], "bad"), (["good", "warn"], "warn"), (["good", ""], ""), ([], "")],
)
def test_worst_news_counts(tones: list[str], tone: str) -> None:
    """Good news among them changes nothing."""
    assert worst([Label("x", tone) for tone in tones]) == tone


FREE = {
    "currency": "EUR",
    "monthly_fee_micros": 0,
    "included_usage_sessions": 0,
    "usage_price_micros": 0,
    "included_alert_sessions": 0,
    "alert_price_micros": 0,
}


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ({}, "free of charge"),
        ({"included_usage_sessions": 10}, "10 usage sessions included"),
        ({"usage_price_micros": 200_000, "alert_price_micros": 32_500}, "€0.20 each usage session, "),
        (
            {"monthly_fee_micros": 49_000_000, "included_usage_sessions": 5_000, "usage_price_micros": 1},
            "€49.00 a month, 5,000 usage sessions included, €0.000001 each further usage session",
        ),
    ],
)
def test_plan_says_what_it_costs(plan: dict[str, int], text: str) -> None:
    """Fee, what is included, and what is beyond it; what costs nothing is not there."""
    assert prices({**FREE, **plan}, F).startswith(text)


def test_notice_of_an_order_leads_to_it() -> None:
    """So who may pay it finds how; other notices lead nowhere."""
    pending = {"kind": "payment_pending", "at": None, "details": {"order_id": "ord-1"}}
    ended = {"kind": "trial_ended", "at": "2026-10-05T12:00:00Z", "details": {}}

    assert [notice(found, F).order_id for found in (pending, ended)] == ["ord-1", ""]


@pytest.mark.parametrize(
    "module",
    [accounts, extensions, orders, payments, plan_changes, add_funds, change_owner, change_plan, extend_plan],
    ids=lambda module: module.__name__.rpartition(".")[2],
)
def test_field_that_may_be_refused_has_a_word(module: ModuleType) -> None:
    """A form may not have it, and its reader does not know the API's names."""
    named = re.findall(r'Refused\(\s*f?"([^"]+)"', inspect.getsource(module))

    assert {name.rpartition("/")[2] for name in named} <= set(words.FIELD)


@pytest.mark.parametrize(
    ("field", "rule", "text"),
    [
        (
            "payment_method",
            "must be one of bank_transfer",
            "The payment method must be one of bank_transfer.",
        ),
        ("owner_id", "cannot be given", "The new owner cannot be given."),
        ("plan", "the plan Advanced takes no funds", "The plan Advanced takes no funds."),
        ("plan_id", "there is no plan gold", "There is no plan gold."),
        ("unheard_of", "must be another", "The request must be another."),
    ],
)
def test_broken_rule_is_a_sentence_with_a_subject(field: str, rule: str, text: str) -> None:
    """Its own, or the field's word."""
    assert broken_rule(field, rule) == text


def test_bot_has_a_balance_or_a_word_in_its_place() -> None:
    """Trials count sessions, prepaid plans money; what is left is paid otherwise."""
    assert set(words.WITHOUT_BALANCE) == set(PlanKind) - {PlanKind.TRIAL, PlanKind.PREPAID}
