"""Issued invoices on the deployed stack: paid, void and billed anew, credited, but never changed."""

from typing import Any

import pytest
from lxml import etree

from botmeter_local import Stack
from tests.e2e.accounts import Account, chf
from tests.e2e.billing import LOCALE, THIS_MONTH, billed, customer, drain, invoices, put_seller, seller
from tests.e2e.billing import request as request_bill
from tests.e2e.client import User, fulfilled, refused
from tests.e2e.documents import amounts_of, download, not_printed

CODE, PREFIX = "e2e-corrections", "E2EC"
# What may become another after an invoice is issued. The rest is its snapshot.
STATE = {
    "status",
    "due",
    "credited",
    "credited_lines",
    "replaced_by",
    "reason",
    "payment_reference",
    "in_favour",
    "refund_reference",
    "mail_begun_at",
    "mailed_to",
}
FORMS = ("pdf", "ubl")


@pytest.fixture(scope="module")
def ready(stack: Stack, operator: User) -> Stack:
    """The stack, with a seller whose numbers are counted here alone."""
    put_seller(operator, CODE, seller(PREFIX))
    return stack


@pytest.fixture
def account(ready: Stack, request: pytest.FixtureRequest) -> Account:
    """An account for each test."""
    name = request.function.__name__.removeprefix("test_")
    return customer(ready, f"acct_{name}", CODE)


def snapshot(invoice: dict[str, Any]) -> dict[str, Any]:
    """What never changes of an invoice."""
    return {name: value for name, value in invoice.items() if name not in STATE}


def files(account: Account, path: str) -> list[bytes]:
    """A document in all its forms."""
    return [download(account.admin, path, form).content for form in FORMS]


def do(operator: User, number: str, verb: str, body: Any = None, status: int = 200) -> Any:
    """The answer to an operator who corrects an invoice."""
    return fulfilled(operator.post(f"/operator/invoices/{number}/{verb}", body), status)


def test_paid_is_what_the_operator_confirms(account: Account, operator: User) -> None:
    """Once, by one payment: said again nothing changes, another payment is refused, and void it cannot be."""
    before = billed(account)
    number = before["number"]
    assert (before["status"], before["due"]) == ("issued", before["amount_due"])

    paid = do(operator, number, "payment", {"reference": "transfer 1"})
    again = do(operator, number, "payment", {"reference": "transfer 1"})
    (entry,) = [e for e in account.admin.pages("/orders") if e["number"] == number]
    shown = account.admin.get(f"/invoices/{number}")

    assert paid == again == shown == operator.get(f"/operator/invoices/{number}")
    assert (paid["status"], paid["due"], paid["payment_reference"]) == ("paid", chf(0), "transfer 1")
    assert (entry["status"], entry["due"]) == ("paid", chf(0))
    assert snapshot(paid) == snapshot(before)
    target = f"/operator/invoices/{number}"
    refused(operator.post(f"{target}/payment", {"reference": "transfer 2"}), 409)
    refused(operator.post(f"{target}/void", {"reason": "Wrong address"}), 409)
    trail = [(e["operation"], e["after"].get("invoice")) for e in account.admin.pages("/audit")]
    assert trail.count(("invoice.paid", number)) == 1


def test_void_invoice_is_billed_anew_under_another_number(account: Account, operator: User) -> None:
    """Old and new name each other; the old one stays as it was, byte for byte, and counts no more."""
    old = billed(account)
    target, before = f"/operator/invoices/{old['number']}", files(account, f"/invoices/{old['number']}")
    refused(operator.post(f"{target}/regenerate"), 409)
    void = do(operator, old["number"], "void", {"reason": "Wrong address"})
    assert (void["status"], void["reason"], void["due"]) == ("void", "Wrong address", chf(0))
    refused(operator.post(f"{target}/payment", {"reference": "late"}), 409)
    refused(operator.post(f"{target}/credit-notes", {"reason": "late"}), 409)

    account.renew(address={**account.details["address"], "lines": ["Neue Straße 2"]})
    assert do(operator, old["number"], "regenerate", status=202) == {"replaces": old["number"]}
    drain(account.stack)
    kept, new = invoices(account)

    assert new["number"] != old["number"]
    assert (new["replaces"], new["replaced_by"], new["status"]) == (old["number"], None, "issued")
    assert (kept["replaces"], kept["replaced_by"], kept["status"]) == (None, new["number"], "void")
    assert snapshot(kept) == snapshot(old)
    assert files(account, f"/invoices/{old['number']}") == before
    assert (new["lines"], new["total"], new["period"]) == (old["lines"], old["total"], old["period"])
    assert new["customer"]["address"]["lines"] == ["Neue Straße 2"]
    assert old["number"] in download(account.admin, f"/invoices/{new['number']}").text
    refused(operator.post(f"{target}/regenerate"), 409)


def test_credit_notes_add_up_to_the_invoice(account: Account, operator: User) -> None:
    """A line first, then the rest: numbers of their own without a gap, and nothing is left to pay."""
    invoice = billed(account)
    number = invoice["number"]
    first = do(operator, number, "credit-notes", {"reason": "One fee too many", "lines": [1]}, 201)
    partly = account.admin.get(f"/invoices/{number}")
    assert (partly["status"], partly["credited"], partly["credited_lines"]) == ("issued", first["total"], [1])
    refused(operator.post(f"/operator/invoices/{number}/credit-notes", {"reason": "?", "lines": [1]}), 409)
    beyond = {"reason": "?", "lines": [len(invoice["lines"]) + 1]}
    refused(operator.post(f"/operator/invoices/{number}/credit-notes", beyond), 422, "#/lines")
    refused(operator.post(f"/operator/invoices/{number}/void", {"reason": "?"}), 409)

    rest = do(operator, number, "credit-notes", {"reason": "All of it"}, 201)
    whole = account.admin.get(f"/invoices/{number}")
    year = first["issued_on"][:4]
    drawn = [int(note["number"].removeprefix(f"{PREFIX}-CN-{year}-")) for note in (first, rest)]

    assert drawn == [drawn[0], drawn[0] + 1]
    for sum_of in ("net", "tax", "total"):
        both = first[sum_of]["amount"] + rest[sum_of]["amount"]
        assert both == invoice[sum_of]["amount"]
    assert [*first["lines"], *rest["lines"]] == invoice["lines"]
    assert (whole["status"], whole["due"], whole["credited"]) == ("paid", chf(0), invoice["total"])
    assert snapshot(whole) == snapshot(invoice)
    listed = [entry for entry in account.admin.pages("/orders") if entry["type"] == "credit_note"]
    assert [(entry["number"], entry["invoice"], entry["total"]) for entry in listed] == [
        (note["number"], number, note["total"]) for note in (rest, first)
    ]


def test_first_credit_note_of_a_seller_has_number_one(ready: Stack, operator: User) -> None:
    """Each seller counts its own, by year."""
    put_seller(operator, "e2e-fresh", seller("E2EF"))
    invoice = billed(customer(ready, "acct_fresh_seller", "e2e-fresh"))
    note = do(operator, invoice["number"], "credit-notes", {"reason": "A test"}, 201)

    assert invoice["number"] == f"E2EF-{invoice['issued_on'][:4]}-000001"
    assert note["number"] == f"E2EF-CN-{note['issued_on'][:4]}-000001"


def test_credit_note_has_documents(account: Account, operator: User) -> None:
    """PDF and UBL are its own, and say its amounts; to others it does not exist."""
    invoice = billed(account)
    wanted = {"reason": "Sessions of a test", "lines": [2]}
    note = do(operator, invoice["number"], "credit-notes", wanted, 201)
    drain(account.stack)
    path = f"/credit-notes/{note['number']}"
    shown = account.admin.get(path)
    pdf, ubl = (download(account.admin, path, form) for form in FORMS)

    assert {**shown, "pdf_sha256": None, "is_electronic": False} == note
    assert shown["is_electronic"]
    assert shown["pdf_sha256"] is not None
    assert (pdf.name, ubl.name) == (f"{note['number']}.pdf", f"{note['number']}.xml")
    assert etree.QName(etree.fromstring(ubl.content)).localname == "CreditNote"
    assert pdf.amounts == ubl.amounts == amounts_of(shown)
    assert not_printed(pdf, pdf.amounts, LOCALE) == set()
    assert invoice["number"] in pdf.text
    stranger = Account(account.stack, "acct_guessing_notes", account.since).admin
    for target in ("", "/download", "/download?format=ubl"):
        refused(stranger.send("GET", path + target), 404)


def test_credit_is_given_once_for_a_key(account: Account, operator: User) -> None:
    """The same request again gets the same credit note; with another body it is refused."""
    number = billed(account)["number"]
    target, body = f"/operator/invoices/{number}/credit-notes", {"reason": "Once", "lines": [1]}
    first = fulfilled(operator.post(target, body, key="credit-once"), 201)
    again = fulfilled(operator.post(target, body, key="credit-once"), 201)

    assert first == again
    refused(operator.post(target, {**body, "lines": [2]}, key="credit-once"), 422, "Idempotency-Key")
    refused(operator.send("POST", target, body), 400, "Idempotency-Key")
    assert account.admin.get(f"/invoices/{number}")["credited_lines"] == [1]


def test_credit_of_a_paid_invoice_is_taken_off_the_next(account: Account, operator: User) -> None:
    """It is in the customer's favour until the next invoice, which is paid by it as far as it goes."""
    paid = billed(account)
    do(operator, paid["number"], "payment", {"reference": "transfer 1"})
    note = do(operator, paid["number"], "credit-notes", {"reason": "One fee too many", "lines": [1]}, 201)
    assert account.admin.get(f"/invoices/{paid['number']}")["in_favour"] == note["total"] == chf(3_451)

    request_bill(account, THIS_MONTH)
    _, following = invoices(account)
    taken = {"source": "credit", "reference": paid["number"], "amount": chf(3_451)}
    assert following["applied"] == [taken]
    assert following["amount_due"] == chf(following["total"]["amount"] - 3_451)
    refund = {"reference": "refund 1"}
    refused(operator.post(f"/operator/invoices/{paid['number']}/refund", refund), 409)


def test_credit_that_was_paid_out_is_not_taken_off(account: Account, operator: User) -> None:
    """The operator says so, once; what was paid out is in nobody's favour any more."""
    number = billed(account)["number"]
    refund = {"reference": "refund 1"}
    refused(operator.post(f"/operator/invoices/{number}/refund", refund), 409)
    do(operator, number, "payment", {"reference": "transfer 1"})
    do(operator, number, "credit-notes", {"reason": "Never used"}, 201)
    for _ in range(2):
        refunded = do(operator, number, "refund", refund)
        assert (refunded["in_favour"], refunded["refund_reference"]) == (chf(0), "refund 1")

    request_bill(account, THIS_MONTH)
    assert [payment for one in invoices(account) for payment in one["applied"]] == []


def test_details_that_change_later_are_not_those_of_the_invoice(account: Account, operator: User) -> None:
    """Other details of customer and seller leave JSON and documents of an issued invoice as they are."""
    before = billed(account)
    path = f"/invoices/{before['number']}"
    documents = files(account, path)
    account.renew(name="Later GmbH", locale="en-GB", email="later@omega.example")
    put_seller(operator, CODE, seller(PREFIX, name="Later Seller GmbH", payment_days=90))
    try:
        assert account.admin.get(path) == before
        assert files(account, path) == documents
        preview = account.admin.get("/invoices/preview")
        assert (preview["customer"]["name"], preview["seller"]["name"]) == ("Later GmbH", "Later Seller GmbH")
    finally:
        put_seller(operator, CODE, seller(PREFIX))
