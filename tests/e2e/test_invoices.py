"""Two months of an account, billed on the deployed stack: invoices, their documents, what is behind them."""

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from botmeter_local import Stack
from tests.e2e.accounts import CALENDAR, CURRENCY, Account, chf, today
from tests.e2e.billing import (
    LAST_MONTH,
    LOCALE,
    THIS_MONTH,
    bill,
    customer,
    invoices,
    noon,
    put_seller,
    seller,
    use,
)
from tests.e2e.client import User, fulfilled, refused
from tests.e2e.conversations import MINUTE, event, hand_over, sessions
from tests.e2e.documents import PDF, XML, amounts_of, download, not_printed
from tests.fakes.cli import answer, run

MONTHS = {"first": LAST_MONTH, "second": THIS_MONTH}


@dataclass(frozen=True)
class Scene:
    """An account after two billing runs: its invoices by `MONTHS`, and what was seen in between."""

    account: Account
    invoices: dict[str, dict[str, Any]]
    preview: dict[str, Any]
    order_id: str
    first_before: dict[str, Any]


@pytest.fixture(scope="module")
def scene(stack: Stack, operator: User) -> Scene:
    """Last month is billed; late events come; this month is billed when it is over."""
    put_seller(operator, "e2e", seller("E2E"))
    account = customer(stack, "acct_invoices", "e2e")
    account.bot("bot_subscribed", "essential-chf")
    account.bot("bot_prepaid", "welcoming-chf", opening_funds_minor=1_000)
    use(account, "bot_subscribed", 5, 4)
    use(account, "bot_prepaid", 5, 7)
    alert = {"alert_id": "a-1", "user_id": "u-1"}
    hand_over(stack, [event(account.account_id, "bot_subscribed", noon(5), "alert.delivered", **alert)])
    bill(stack, LAST_MONTH)
    (first,) = invoices(account)

    hand_over(stack, late(account))
    now = max(datetime.now(UTC) - MINUTE, THIS_MONTH.start(CALENDAR))
    hand_over(stack, sessions(account.account_id, "bot_subscribed", now, 1, "new"))
    hand_over(stack, sessions(account.account_id, "bot_prepaid", now, 2, "new"))
    funds = {"amount": chf(2_000), "payment_method": "bank_transfer"}
    order = fulfilled(account.admin.post("/bots/bot_prepaid/funds", funds), 201)["order"]
    preview = account.admin.get("/invoices/preview")
    bill(stack, THIS_MONTH)
    before, second = invoices(account)
    return Scene(account, {"first": before, "second": second}, preview, order["order_id"], first)


def late(account: Account) -> list[str]:
    """Three conversations more, and one that went on for a quarter of an hour longer."""
    names = {"conversation_id": "bot_subscribed-0", "role": "bot"}
    longer = [
        event(account.account_id, "bot_subscribed", noon(5) + minutes * MINUTE, **names)
        for minutes in (4, 8, 12, 16)
    ]
    return [*longer, *sessions(account.account_id, "bot_subscribed", noon(6), 3, "late")]


@pytest.fixture(params=MONTHS)
def invoice(scene: Scene, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each of the invoices."""
    return scene.invoices[request.param]


def path(invoice: dict[str, Any]) -> str:
    return f"/invoices/{invoice['number']}"


def test_runs_issue_one_invoice_for_each_month(scene: Scene) -> None:
    """Numbers follow one another; a run for the next month leaves the invoice before as it was."""
    first, second = scene.invoices.values()

    assert [first["period"], second["period"]] == [LAST_MONTH.label, THIS_MONTH.label]
    assert [one["number"] for one in (first, second)] == [
        f"E2E-{one['issued_on'][:4]}-{number:06d}" for number, one in enumerate((first, second), start=1)
    ]
    assert first == scene.first_before


def test_amounts_are_those_of_the_plans(scene: Scene) -> None:
    """Fees in advance, sessions in arrears, free credits off, 19 % VAT, the balance's share applied."""
    first = scene.invoices["first"]
    lines = [
        (line["bot_id"], line["kind"], line["quantity"], line["amount"]["amount"]) for line in first["lines"]
    ]

    assert sorted(lines) == sorted(
        [
            ("bot_prepaid", "usage", 7, 700),
            ("bot_prepaid", "free_credits", -1, -500),
            ("bot_subscribed", "fee", 1, 2_900),
            ("bot_subscribed", "fee", 1, 2_900),
            ("bot_subscribed", "included_usage", 2, 0),
            ("bot_subscribed", "usage", 2, 180),
            ("bot_subscribed", "alerts", 1, 20),
        ]
    )
    assert (first["net"], first["tax"], first["total"]) == (chf(6_200), chf(1_178), chf(7_378))
    assert [(p["source"], p["reference"], p["amount"]) for p in first["applied"]] == [
        ("balance", "bot_prepaid", chf(200))
    ]
    assert first["amount_due"] == first["due"] == chf(7_178)


def test_pdf_is_what_was_hashed(scene: Scene, invoice: dict[str, Any]) -> None:
    """It downloads under its number and is, to the byte, the one whose hash the API has."""
    pdf = download(scene.account.admin, path(invoice))

    assert (pdf.name, pdf.content_type) == (f"{invoice['number']}.pdf", PDF)
    assert pdf.content.startswith(b"%PDF-")
    assert hashlib.sha256(pdf.content).hexdigest() == invoice["pdf_sha256"]


def test_ubl_downloads_as_xml(scene: Scene, invoice: dict[str, Any]) -> None:
    """It has the invoice's number as its name and inside."""
    ubl = download(scene.account.admin, path(invoice), "ubl")

    assert (ubl.name, ubl.content_type) == (f"{invoice['number']}.xml", XML)
    root = etree.fromstring(ubl.content)
    assert etree.QName(root).localname == "Invoice"
    assert root.findtext("{*}ID") == invoice["number"]


def test_all_forms_say_the_same_amounts(scene: Scene, invoice: dict[str, Any]) -> None:
    """JSON, the PDF's text, the Factur-X in the PDF, and UBL agree on each line and sum."""
    amounts = amounts_of(invoice)
    pdf = download(scene.account.admin, path(invoice))

    assert pdf.amounts == amounts
    assert download(scene.account.admin, path(invoice), "ubl").amounts == amounts
    assert not_printed(pdf, amounts, LOCALE) == set()
    assert invoice["customer"]["name"] in pdf.text


def test_other_forms_there_are_none(scene: Scene) -> None:
    """A form that is not made is refused."""
    target = f"{path(scene.invoices['first'])}/download?format=docx"

    refused(scene.account.admin.send("GET", target), 400, "format")


def test_preview_is_what_is_billed(scene: Scene) -> None:
    """Before the month ends, nothing but the day of issue is another."""
    others = {"status", "issued_on", "due_on"}
    second, preview = scene.invoices["second"], scene.preview

    assert {name: second[name] for name in preview if name not in others} == {
        name: value for name, value in preview.items() if name not in others
    }
    assert (preview["status"], "number" in preview) == ("draft", False)


def test_records_add_up_to_the_lines(scene: Scene, invoice: dict[str, Any]) -> None:
    """Lines that count the same have the same records, whose sessions are the sum of their quantities."""
    admin = scene.account.admin
    explained: dict[str, list[dict[str, Any]]] = {}
    for line in invoice["lines"]:
        records = [*admin.pages(f"{path(invoice)}/records?line={line['line']}")]
        if line["kind"] in {"fee", "free_credits"}:
            assert records == []
        else:
            subject = (line["bot_id"], line["service_period"], line["plan"], line["kind"].split("_")[-1])
            explained.setdefault(repr((subject, records)), []).append({**line, "records": records})
    subjects = {text.partition(", [")[0] for text in explained}

    assert len(subjects) == len(explained) > 1
    for lines in explained.values():
        shares = sum(share["sessions"] for share in lines[0]["records"])
        assert sum(line["quantity"] for line in lines) == shares


def test_line_that_there_is_not_has_no_records(scene: Scene) -> None:
    """Lines are counted from 1."""
    first = scene.invoices["first"]
    beyond = len(first["lines"]) + 1

    refused(scene.account.admin.send("GET", f"{path(first)}/records?line={beyond}"), 404)
    refused(scene.account.admin.send("GET", f"{path(first)}/records?line=0"), 400, "line")


def test_command_explains_every_session(scene: Scene, invoice: dict[str, Any]) -> None:
    """`botmeter invoice explain` finds records for all, and says so by its exit code."""
    explained = answer("invoice", "explain", invoice["number"], "--stack", scene.account.stack.name)

    assert [one["unexplained"] for one in explained["explanations"]] == [0] * len(explained["explanations"])
    assert run("invoice", "explain", invoice["number"], "--stack", scene.account.stack.name).exit_code == 0


def test_late_events_are_lines_of_the_next_invoice(scene: Scene) -> None:
    """They name the earlier month, at its prices; the record that changed is taken back and replaced."""
    second = scene.invoices["second"]
    (adjustment,) = [line for line in second["lines"] if line["is_adjustment"]]
    records = [*scene.account.admin.pages(f"{path(second)}/records?line={adjustment['line']}")]
    named = sorted((share["record"]["subject"], share["sessions"]) for share in records)

    assert adjustment["service_period"] == LAST_MONTH.label
    assert (adjustment["kind"], adjustment["quantity"], adjustment["amount"]) == ("usage", 4, chf(360))
    assert named == [
        ("bot_subscribed-0", -1),
        ("bot_subscribed-0", 2),
        ("bot_subscribed-late0", 1),
        ("bot_subscribed-late1", 1),
        ("bot_subscribed-late2", 1),
    ]


def test_csv_has_orders_with_their_invoice(scene: Scene) -> None:
    """All of the history: who opens it sums costs, and finds the invoice that an order is listed on."""
    reply = scene.account.admin.send("GET", "/orders.csv")
    rows = {row["order_id"]: row for row in csv.DictReader(io.StringIO(reply.text))}
    second = scene.invoices["second"]

    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/csv")
    assert [*rows] == [entry["number"] for entry in scene.account.admin.pages("/orders")]
    assert rows[scene.order_id] == {
        "order_id": scene.order_id,
        "type": "order",
        "billing_date": today().isoformat(),
        "period": "",
        "net": "",
        "tax": "",
        "cost": "20.00",
        "due": "20.00",
        "currency": CURRENCY,
        "payment_method": "bank_transfer",
        "payment_status": "pending",
        "invoice": second["number"],
    }
    first = rows[scene.invoices["first"]["number"]]
    assert [first[name] for name in ("net", "tax", "cost", "due")] == ["62.00", "11.78", "73.78", "71.78"]


def test_invoice_lists_the_orders_of_its_month(scene: Scene) -> None:
    """For information: the order in the history links the invoice, too."""
    second = scene.invoices["second"]
    (entry,) = [e for e in scene.account.admin.pages("/orders") if e["number"] == scene.order_id]

    assert [order["order_id"] for order in second["orders"]] == [scene.order_id]
    assert entry["invoice"] == second["number"]


def test_invoices_are_nobody_elses(scene: Scene, stack: Stack, operator: User) -> None:
    """To another account's admin a number that exists is one that does not."""
    stranger = Account(stack, "acct_guessing", LAST_MONTH.first_day).admin
    number = scene.invoices["first"]["number"]
    for target in ("", "/download", "/download?format=ubl", "/records?line=1"):
        refused(stranger.send("GET", f"/invoices/{number}{target}"), 404)
