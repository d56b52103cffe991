"""What a billing run leaves behind on the deployed stack: mail sent once, bills that wait."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from botmeter.domain.audit import SYSTEM, AuditEntry
from botmeter_local import Stack
from botmeter_local.paths import mail_folder
from tests.e2e.accounts import CALENDAR, Account, chf
from tests.e2e.billing import (
    LAST_MONTH,
    THIS_MONTH,
    bill,
    billed,
    customer,
    drain,
    invoices,
    put_seller,
    request,
    seller,
    use,
)
from tests.e2e.client import User, fulfilled, refused
from tests.e2e.conversations import hand_over, sessions
from tests.e2e.documents import download
from tests.fakes.cli import answer

CODE = "e2e-queue"


@pytest.fixture(scope="module")
def ready(stack: Stack, operator: User) -> Stack:
    """The stack, with a seller."""
    put_seller(operator, CODE, seller("E2EQ"))
    return stack


def parked(operator: User, account: Account) -> list[dict[str, Any]]:
    """The bills of an account that wait."""
    found = operator.pages("/operator/parked-bills")
    return [bill for bill in found if bill["account_id"] == account.account_id]


def release(operator: User, account: Account, **body: Any) -> dict[str, Any]:
    """Release the bill of an account, and wait for what comes of it."""
    released: dict[str, Any] = fulfilled(
        operator.post(f"/operator/parked-bills/{account.account_id}/release", body)
    )
    drain(account.stack)
    return released


# ------------------------------------------------------------------------------------------- mail


def letters(stack: Stack, number: str) -> list[EmailMessage]:
    """The mail that has been sent with an invoice."""
    found = sorted(mail_folder(stack.name).glob(f"{number}.*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=default) for path in found]


def test_invoice_is_mailed_once_though_asked_for_twice(ready: Stack, operator: User) -> None:
    """Two messages are one invoice and one letter, with the PDF; `send` makes a second letter."""
    account = customer(ready, "acct_mailed", CODE, email="accounts@omega.example")
    account.bot("bot_mailed", "essential-chf")
    request(account, copies=2)
    (invoice,) = invoices(account)
    number = invoice["number"]
    (letter,) = letters(ready, number)
    (attached,) = letter.iter_attachments()

    assert (letter["To"], letter["From"]) == ("accounts@omega.example", "billing@botmeter.example")
    assert number in letter["Subject"]
    assert (attached.get_filename(), attached.get_content_type()) == (f"{number}.pdf", "application/pdf")
    assert attached.get_content() == download(account.admin, f"/invoices/{number}").content
    assert invoice["mailed_to"] == "accounts@omega.example"

    request(account)
    assert len(letters(ready, number)) == 1
    assert fulfilled(operator.post(f"/operator/invoices/{number}/send"), 202)["mailed_to"] == ""
    drain(ready)
    assert len(letters(ready, number)) == 2


def test_customer_without_an_address_gets_no_mail(ready: Stack, operator: User) -> None:
    """There is nowhere to send it; the invoice is there to be downloaded."""
    invoice = billed(customer(ready, "acct_unmailed", CODE))

    assert letters(ready, invoice["number"]) == []
    assert (invoice["mailed_to"], invoice["status"]) == ("", "issued")
    refused(operator.post(f"/operator/invoices/{invoice['number']}/send"), 409)


# ----------------------------------------------------------------------------------- parked bills


def test_bill_that_cannot_be_made_is_parked_alone(ready: Stack, operator: User) -> None:
    """Its seller is missing: others are billed by the same run, and it is once there is one."""
    stuck = customer(ready, "acct_stuck", CODE)
    stuck.bot("bot_stuck", "essential-chf")
    accounts = stuck.services.accounts
    accounts.put_account(replace(accounts.account("acct_stuck"), seller="e2e-missing"))
    beside = customer(ready, "acct_unstuck", CODE)
    beside.bot("bot_unstuck", "essential-chf")
    bill(ready, LAST_MONTH)

    (waiting,) = parked(operator, stuck)
    assert (waiting["period"], waiting["needs_approval"]) == (LAST_MONTH.label, False)
    assert "e2e-missing" in waiting["reason"]
    assert len(invoices(beside)) == 1
    assert invoices(stuck) == []
    listed = answer("parked", "list", "--stack", ready.name)["bills"]
    assert waiting["reason"] in [one["reason"] for one in listed if one["account_id"] == "acct_stuck"]

    release(operator, stuck)
    (again,) = parked(operator, stuck)
    assert (again["reason"], invoices(stuck)) == (waiting["reason"], [])

    put_seller(operator, "e2e-missing", seller("E2EM"))
    assert release(operator, stuck) == again
    (invoice,) = invoices(stuck)
    assert (invoice["period"], invoice["seller"]["code"]) == (LAST_MONTH.label, "e2e-missing")
    assert parked(operator, stuck) == []
    refused(operator.post("/operator/parked-bills/acct_stuck/release", {}), 409)


def test_bill_without_a_rate_of_tax_is_parked(ready: Stack, operator: User) -> None:
    """Where the table has no rate, nobody guesses one; the preview says the same."""
    account = customer(ready, "acct_taxless", CODE)
    account.bot("bot_taxless", "essential-chf")
    accounts = account.services.accounts
    kept, of = accounts.account("acct_taxless"), accounts.seller(CODE)
    home = replace(kept.customer.address, country="AQ")
    there = replace(of, code="e2e-aq", address=home, invoice_prefix="E2EAQ", credit_note_prefix="E2EAQ-CN")
    audit = AuditEntry("seller-aq", datetime.now(UTC), SYSTEM, "seller.set", "platform")
    accounts.put_seller(there, audit)
    accounts.put_account(replace(kept, seller="e2e-aq", customer=replace(kept.customer, address=home)))
    request(account)

    (waiting,) = parked(operator, account)
    rule = refused(account.admin.send("GET", "/invoices/preview"), 422, "#/tax")
    for reason in (rule, waiting["reason"]):
        assert "the table of tax rates has none for AQ" in reason


def test_unusual_bill_waits_for_approval(ready: Stack, operator: User) -> None:
    """More than ten times what is usual: parked until the operator approves it, and not merely retried."""
    account = customer(ready, "acct_unusual", CODE)
    account.bot("bot_unusual")
    use(account, "bot_unusual", 3, 1)
    request(account)
    now = THIS_MONTH.start(CALENDAR)
    hand_over(ready, sessions("acct_unusual", "bot_unusual", now, 11, "many"))
    bill(ready, THIS_MONTH)

    (waiting,) = parked(operator, account)
    assert (waiting["period"], waiting["needs_approval"]) == (THIS_MONTH.label, True)
    assert "11.00 CHF" in waiting["reason"]
    assert len(invoices(account)) == 1
    target = "/operator/parked-bills/acct_unusual/release"
    refused(operator.post(target, {}), 422, "#/approve")

    release(operator, account, approve=True)
    assert [one["net"] for one in invoices(account)] == [chf(100), chf(1_100)]
    assert parked(operator, account) == []


# ------------------------------------------------------------------------------------- what would be


def test_dry_run_writes_nothing(ready: Stack, operator: User) -> None:
    """It says what would be issued or parked, and what stays so; the run afterwards does just that."""
    account = customer(ready, "acct_dry", CODE)
    account.bot("bot_dry", "essential-chf")
    use(account, "bot_dry", 3, 3)
    empty = customer(ready, "acct_dry_empty", CODE)
    empty.bot("bot_idle")
    before = [account.facts(), empty.facts()]
    shown = {row["account_id"]: row for row in answer("bill", "--dry-run", "--stack", ready.name)["bills"]}

    assert [account.facts(), empty.facts()] == before
    assert invoices(account) == []
    row = shown["acct_dry"]
    assert (row["period"], row["outcome"]) == (LAST_MONTH.label, "would be issued")
    assert (shown["acct_dry_empty"]["outcome"], shown["acct_dry_empty"]["lines"]) == ("nothing to bill", 0)

    bill(ready, LAST_MONTH)
    (invoice,) = invoices(account)
    assert (row["total"], row["due"]) == (invoice["total"], invoice["amount_due"])
    assert row["lines"] == len(invoice["lines"])
    assert invoices(empty) == []
    assert "acct_dry" not in json.dumps(answer("bill", "--dry-run", "--stack", ready.name))


# ------------------------------------------------------------------- documents that there are not


def test_dinar_has_no_electronic_form(ready: Stack, operator: User) -> None:
    """EN 16931 has two decimals, the dinar three: the PDF is there, UBL is refused with the reason."""
    plan = {"plan_id": "essential-kwd", "version": 1, "name": "Essential", "kind": "subscription"}
    fulfilled(
        operator.post("/operator/plans", {**plan, "currency": "KWD", "monthly_fee_micros": 9_125_000}), 201
    )
    account = customer(ready, "acct_dinar", CODE, currency="KWD")
    account.bot("bot_dinar", "essential-kwd")
    request(account)
    (invoice,) = invoices(account)
    path = f"/invoices/{invoice['number']}"

    assert invoice["net"] == {"amount": 18_250, "currency": "KWD"}
    assert "18,250" in download(account.admin, path).text
    reason = refused(account.admin.send("GET", f"{path}/download?format=ubl"), 404)
    assert "no electronic form" in reason
    assert not invoice["is_electronic"]


def test_contract_has_no_orders_and_invoices(ready: Stack, operator: User) -> None:
    """Once all bots are on Enterprise, everything of the page is refused with the reason."""
    account = customer(ready, "acct_contract_only", CODE)
    number = billed(account, "bot_contract")["number"]
    note = fulfilled(operator.post(f"/operator/invoices/{number}/credit-notes", {"reason": "Moved"}), 201)
    plan = {"plan_id": "enterprise-chf", "version": 1}
    fulfilled(operator.put("/operator/accounts/acct_contract_only/bots/bot_contract/plan", plan))
    invoice, credit = f"/invoices/{number}", f"/credit-notes/{note['number']}"
    targets = ["/orders", "/orders.csv", "/invoices/preview", invoice, f"{invoice}/records?line=1", credit]
    targets += [f"{path}/download?format={form}" for path in (invoice, credit) for form in ("pdf", "ubl")]

    reasons = {refused(account.admin.send("GET", target), 403) for target in targets}
    assert reasons == {"orders and invoices are not available on the Enterprise plan"}
