"""The operator's commands on invoices: real services over a stack in memory."""

from dataclasses import replace
from datetime import date

import pytest

from botmeter.domain.invoices import IssuedInvoice
from botmeter_cli import clock
from tests.fakes import cli
from tests.fakes.cli import ME, answer, refusal, run
from tests.fakes.desk import DUE, OCTOBER, Desk
from tests.fakes.world import NOW

NUMBER = "INV-2026-000001"
PAYING = ("invoice", "paid", NUMBER, "--reference", "transfer 1")
VOIDING = ("invoice", "void", NUMBER, "--reason", "wrong address")
CREDITING = ("invoice", "credit", NUMBER, "--reason", "a mistake")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose standard bot was used in October; it is every stack."""
    made = Desk(cli.world())
    made.world.use(3)
    cli.install(made.world, cli.FakeRegistry(), monkeypatch, made)
    return made


@pytest.fixture
def issued(desk: Desk) -> IssuedInvoice:
    """The invoice of October."""
    return desk.issued()


def words(*command: str) -> str:
    """What a command shows to people, in one line."""
    result = run(*command)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


# ----------------------------------------------------------------------------------------- look


def test_lists_invoices(issued: IssuedInvoice) -> None:
    """What they come to and what is still to pay, for machines and for people."""
    (listed,) = answer("invoice", "list", "acct_acme")["invoices"]

    assert (listed["number"], listed["period"], listed["status"]) == (NUMBER, "2026-10", "issued")
    assert listed["total"] == {"amount": issued.invoice.total_minor, "currency": "EUR"}
    assert listed["due"] == {"amount": issued.open_minor, "currency": "EUR"}
    assert (listed["mailed_to"], listed["mail_begun_at"], listed["pdf_sha256"]) == ("", None, None)
    assert f"{NUMBER} 2026-10" in words("invoice", "list", "acct_acme")


@pytest.mark.usefixtures("desk")
def test_no_invoices() -> None:
    """Nothing is said to be nothing; an account that is none is told."""
    assert words("invoice", "list", "acct_acme") == "no invoices"
    assert refusal("invoice", "list", "acct_nowhere") == "there is no account acct_nowhere"


@pytest.mark.parametrize(
    ("mailed_to", "shown"), [("", "perhaps"), ("billing@acme.example", "billing@acme.example")]
)
def test_list_tells_whether_an_invoice_was_mailed(
    desk: Desk, issued: IssuedInvoice, mailed_to: str, shown: str
) -> None:
    """Where a process died while it was sent, nobody knows."""
    desk.invoices.issued[NUMBER] = replace(issued, mail_begun_at=DUE, mailed_to=mailed_to)

    assert words("invoice", "list", "acct_acme").endswith(f" issued {shown}")


@pytest.mark.usefixtures("issued")
def test_shows_the_lines() -> None:
    """Numbered as they are printed, with their tax."""
    lines = answer("invoice", "show", NUMBER)["lines"]
    usage = lines[-1]

    assert [line["line"] for line in lines] == [1, 2, 3]
    assert (usage["bot_id"], usage["kind"], usage["quantity"]) == ("bot_standard", "usage", 3)
    assert usage["amount"] == {"amount": 60, "currency": "EUR"}
    assert (usage["tax_category"], usage["tax_rate_bp"], usage["is_adjustment"]) == ("S", 1_900, False)
    assert "3 bot_standard usage standard@1 2026-10 3 0.20 0.60 EUR S 19 %" in words(
        "invoice", "show", NUMBER
    )


@pytest.mark.parametrize(
    "command",
    [
        ["show"],
        ["explain"],
        ["regenerate"],
        ["send"],
        ["download"],
        ["refunded", "--reference", "r"],
        ["paid", "--reference", "r"],
        ["void", "--reason", "r"],
        ["credit", "--reason", "r"],
    ],
)
@pytest.mark.usefixtures("desk")
def test_an_invoice_that_is_none(command: list[str]) -> None:
    """The reason is a line."""
    name, *options = command
    reason = refusal("invoice", name, "INV-2026-000009", *options)
    assert reason == "there is no invoice or credit note INV-2026-000009"


def test_explains_each_session(desk: Desk, issued: IssuedInvoice) -> None:
    """Each line that counts sessions has the records behind it, for machines and for people."""
    (explained,) = answer("invoice", "explain", NUMBER)["explanations"]
    (total,) = {line.quantity for line in issued.invoice.lines if line.bot_id == "bot_standard"}

    assert (explained["lines"], explained["unit"], explained["sessions"]) == ([3], "usage", total)
    assert (explained["unexplained"], explained["is_adjustment"]) == (0, False)
    assert [record["subject"] for record in explained["records"]] == ["c-0", "c-1", "c-2"]
    assert {record["started_at"] for record in explained["records"]} == {"2026-10-05T11:00:00.000Z"}
    shown = words("invoice", "explain", NUMBER)
    assert "3 bot_standard 2026-10 standard@1 usage 3" in shown
    assert "c-2 2026-10-05T11:00:00.000Z 1" in shown


def test_sessions_without_records_are_an_error(desk: Desk) -> None:
    """They are counted, and the command fails."""
    desk.use(date(2026, 10, 9), 2)
    desk.issue()
    result = run("invoice", "explain", NUMBER, "--json")

    assert result.exit_code == 1
    assert "2 sessions are on the invoice that no record accounts for" in result.stderr


@pytest.mark.usefixtures("desk")
def test_previews_the_running_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines as of now, and nothing is issued."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    lines = answer("invoice", "preview", "acct_acme")["lines"]

    assert [(line["bot_id"], line["kind"], line["quantity"]) for line in lines] == [
        ("bot_essential", "fee", 1),
        ("bot_essential", "fee", 1),
        ("bot_standard", "usage", 3),
    ]
    assert answer("invoice", "list", "acct_acme") == {"invoices": []}


# -------------------------------------------------------------------------------------- correct


def test_notes_a_payment_once(desk: Desk, issued: IssuedInvoice) -> None:
    """Said again nothing changes; another payment is refused."""
    for _ in range(2):
        paid = answer(*PAYING)
        assert (paid["status"], paid["due"]["amount"]) == ("paid", 0)
    assert desk.invoices.issued[NUMBER].payment_reference == "transfer 1"
    assert [entry.actor.actor_id for entry in desk.invoices.trail] == [ME]
    assert refusal(*PAYING[:-1], "transfer 2") == f"invoice {NUMBER} is paid already"
    assert refusal(*VOIDING).startswith(f"invoice {NUMBER} has a payment")
    assert desk.invoices.issued[NUMBER].invoice == issued.invoice


@pytest.mark.usefixtures("issued")
def test_void_invoice_is_billed_anew(desk: Desk) -> None:
    """Its reason and its successor are shown; one that is not void is not billed anew."""
    assert refusal("invoice", "regenerate", NUMBER) == f"invoice {NUMBER} is not void"
    assert answer(*VOIDING)["reason"] == "wrong address"
    assert answer("invoice", "regenerate", NUMBER) == {"asked for": f"an invoice in place of {NUMBER}"}
    (request,) = desk.queue.requests
    assert (request.replaces, request.period) == (NUMBER, OCTOBER)

    desk.work_all()
    shown = words("invoice", "list", "acct_acme")
    assert shown.count("INV-2026-000002") == 2
    assert "wrong address" in shown
    assert answer("invoice", "list", "acct_acme")["invoices"][0]["replaces"] == NUMBER
    assert refusal("invoice", "regenerate", NUMBER).endswith("has been replaced by INV-2026-000002")


def test_credits_lines_and_then_the_rest(desk: Desk, issued: IssuedInvoice) -> None:
    """A line may be given often; without any, all that are left are credited."""
    first = answer(*CREDITING, "--line", "1", "--line", "3")
    assert (first["number"], first["invoice"], first["lines"]) == ("CN-2026-000001", NUMBER, [1, 3])
    assert refusal(*CREDITING, "--line", "1").endswith("are credited already")
    assert refusal(*CREDITING, "--line", "4").startswith("lines: must be numbers of lines")
    assert "CN-2026-000002" in words(*CREDITING)

    notes = desk.invoices.notes.values()
    assert sum(one.note.total_minor for one in notes) == issued.invoice.total_minor
    assert [request.number for request in desk.queue.requests] == [*desk.invoices.notes]


@pytest.mark.usefixtures("issued")
def test_lists_credit_notes() -> None:
    """Each with the invoice and the lines that it takes back."""
    assert words("invoice", "credit-notes", "acct_acme") == "no credit notes"
    note = answer(*CREDITING, "--line", "2")

    assert answer("invoice", "credit-notes", "acct_acme") == {"credit_notes": [note]}
    assert f"CN-2026-000001 {NUMBER} 2" in words("invoice", "credit-notes", "acct_acme")
    assert refusal("invoice", "credit-notes", "acct_nowhere") == "there is no account acct_nowhere"


@pytest.mark.usefixtures("issued")
def test_refund_is_in_favour_no_more(desk: Desk) -> None:
    """What was paid and credited is in the customer's favour until it is paid out, once."""
    refunding = ("invoice", "refunded", NUMBER, "--reference", "refund 1")
    assert run(*refunding).exit_code == 1
    answer(*PAYING)
    note = answer(*CREDITING, "--line", "1")
    (listed,) = answer("invoice", "list", "acct_acme")["invoices"]
    assert listed["in_favour"] == note["total"] == {"amount": 5_831, "currency": "EUR"}
    assert "58.31 EUR" in words("invoice", "list", "acct_acme")

    for _ in range(2):
        assert answer(*refunding)["in_favour"]["amount"] == 0
    assert desk.invoices.issued[NUMBER].refund_reference == "refund 1"
    assert run(*refunding[:-1], "refund 2").exit_code == 1


@pytest.mark.usefixtures("issued")
def test_makes_links_to_documents(desk: Desk) -> None:
    """In either form, as soon as they are made; of credit notes, too."""
    assert refusal("invoice", "download", NUMBER).startswith("the document is still being made")
    answer(*CREDITING)
    desk.work(desk.request(), DUE)
    desk.work_all()

    for number in (NUMBER, "CN-2026-000001"):
        for form in ("pdf", "ubl"):
            url = answer("invoice", "download", number, "--format", form)["url"]
            assert url.endswith(f"/{number}.{form}?as={number}")
    assert run("invoice", "download", NUMBER, "--format", "docx").exit_code == 2


@pytest.mark.usefixtures("issued")
def test_mails_once_more(desk: Desk) -> None:
    """Each time that it is asked to."""
    desk.work(desk.request(), DUE)
    for copies in (1, 2):
        assert len(desk.mailer.sent) == copies
        assert answer("invoice", "send", NUMBER)["mailed_to"] == ""
        desk.work_all()


@pytest.mark.parametrize("command", ["void", "credit", "paid", "refunded"])
@pytest.mark.usefixtures("issued")
def test_corrections_need_a_reason(command: str) -> None:
    """Without one, or without the payment's reference, it is wrong usage."""
    assert run("invoice", command, NUMBER).exit_code == 2
