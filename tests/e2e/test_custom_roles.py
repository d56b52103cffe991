"""Roles of an account's own, on the deployed stack: they open what the account permits to them."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest

from api.app import app
from api.operation import Operation
from botmeter_local import Stack
from tests.e2e.accounts import Account, make_group, month_begin
from tests.e2e.client import User, refused

BOOKKEEPER, SUPPORT = "bookkeeper", "support"
QUERIES = {"list_invoice_records": "?line=1"}
LISTS = ("/bots", "/usage?from=2026-10-01&to=2026-10-02", "/ledger", "/audit", "/operator/accounts")


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User) -> Account:
    """An account that permits its bookkeepers to see orders and invoices, and others nothing."""
    for group in (BOOKKEEPER, SUPPORT):
        make_group(stack, group)
    last_month = (month_begin() - timedelta(days=1)).replace(day=1)
    found = Account(
        stack, "acct_custom", last_month, details={"roles": {BOOKKEEPER: ["orders_and_invoices"]}}
    )
    found.bot("bot_custom")
    return found


def permitted() -> list[Any]:
    """The operations that a permission opens."""
    operations = [entry.view_function for methods in app.routes.values() for entry in methods.values()]
    return [o for o in operations if isinstance(o, Operation) and o.permission is not None]


@pytest.mark.parametrize("operation", permitted(), ids=lambda operation: operation.__name__)
def test_permission_opens_orders_and_invoices(account: Account, operation: Operation) -> None:
    """A bookkeeper gets as far as a billing admin does; a role without the permission is refused."""
    path = operation.path.format(**dict.fromkeys(operation.path_types, "INV-2026-000000"))
    path += QUERIES.get(operation.__name__, "")
    bookkeeper = account.user("bookkeeper", BOOKKEEPER).send(operation.method, path)
    admin = account.admin.send(operation.method, path)

    assert bookkeeper.status == admin.status != HTTPStatus.FORBIDDEN
    refused(account.user("support", SUPPORT).send(operation.method, path), 403)


@pytest.mark.parametrize("path", LISTS)
def test_permission_opens_nothing_else(account: Account, path: str) -> None:
    """Bots, use, ledger and audit trail are not for a custom role."""
    refused(account.user("bookkeeper", BOOKKEEPER).send("GET", path), 403)


def test_role_means_nothing_to_another_account(account: Account, stack: Stack) -> None:
    """Each account says what its roles permit."""
    other = Account(stack, "acct_custom_other", month_begin())

    refused(other.user("bookkeeper", BOOKKEEPER).send("GET", "/orders"), 403)
