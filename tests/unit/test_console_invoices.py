"""An invoice in the console, over an API in memory."""

from typing import Any

import pytest

from api.console.pages.invoices import preview_invoice, show_invoice
from tests.fakes.actions import admin_visit
from tests.fakes.console import FakeApi

BANK = {"holder": "Botmeter GmbH", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "bank": ""}


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount * 100, "currency": "EUR"}


def invoice(bank: dict[str, str] | None, email: str = "", **changed: Any) -> dict[str, Any]:
    """An invoice of which 80 EUR are open."""
    amounts = {"total": euros(119), "net": euros(100), "amount_due": euros(119), "due": euros(80)}
    days = {"period": "2026-09", "issued_on": "2026-10-03", "due_on": "2026-10-17", "time_zone": "UTC"}
    parties = {
        "seller": {"name": "Botmeter GmbH", "bank": bank, "email": email},
        "customer": {"name": "Acme GmbH", "vat_id": ""},
    }
    lists: dict[str, list[Any]] = {"taxes": [], "applied": [], "lines": []}
    facts = {"status": "issued", "reason": "", "is_electronic": False, "mailed_to": "", "credited": euros(0)}
    return {"number": "INV-1", **amounts, **days, **parties, **lists, **facts, **changed}


def page_of(shown: dict[str, Any]) -> str:
    api = FakeApi({"GET /invoices/INV-1": lambda: (200, shown)})
    body: str = show_invoice(admin_visit(api, "invoices/INV-1"), "INV-1").body
    return body


@pytest.mark.parametrize("bic", ["COBADEFFXXX", ""])
def test_open_invoice_says_how_to_pay_it(bic: str) -> None:
    """What is still to be paid, by when, to whom, and under which reference."""
    page = page_of(invoice({**BANK, "bic": bic}))

    assert "Transfer €80.00 by 17 Oct 2026." in page
    for fact in ("<dt>To</dt><dd>Botmeter GmbH</dd>", "DE89370400440532013000", "<strong>INV-1</strong>"):
        assert fact in page
    assert ("<dt>BIC</dt>" in page) == bool(bic)


@pytest.mark.parametrize(("email", "told"), [("bills@seller.eu", "to: bills@seller.eu."), ("", "€80.00 to.")])
def test_seller_without_a_bank_account_is_to_be_asked(email: str, told: str) -> None:
    """The invoice does not know where to."""
    page = page_of(invoice(None, email))

    assert f"Ask Botmeter GmbH where to transfer {'€80.00 ' if email else ''}{told}" in page
    assert "IBAN" not in page


@pytest.mark.parametrize("changed", [{"status": "paid"}, {"status": "void"}, {"due": euros(0)}])
def test_invoice_of_which_nothing_is_open_asks_for_nothing(changed: dict[str, Any]) -> None:
    """Paid, void, or in the customer's favour."""
    assert "How to pay" not in page_of(invoice(BANK, **{"replaced_by": None, **changed}))


def test_running_period_is_not_to_be_paid_yet() -> None:
    """It is a draft."""
    draft = invoice(BANK, status="draft")
    api = FakeApi({"GET /invoices/preview": lambda: (200, draft)})

    assert "How to pay" not in preview_invoice(admin_visit(api, "invoices/preview")).body
