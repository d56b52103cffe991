"""The API's description is drawn from its code, and complete."""

import json
import re
from typing import Any

import pytest

from api.app import app, handler
from api.openapi import document
from api.operation import Operation
from botmeter_cli import openapi as file
from tests.fakes.context import FakeContext, payload

DESCRIPTION = document(app, {"url": "."})
OPERATIONS = [entry.view_function for methods in app.routes.values() for entry in methods.values()]


def get(path: str, resource: str | None = None) -> dict[str, Any]:
    """The answer to a request without a token."""
    event = payload("api_get_bots.json")
    event["requestContext"] = {"httpMethod": "GET", "resourcePath": resource or path}
    event.update(path=path, resource=resource or path)
    event["pathParameters"] = {"asset": path.rsplit("/", 1)[1]} if resource else None
    return handler(event, FakeContext())  # type: ignore[arg-type]


def test_file_is_what_the_code_says() -> None:
    """infra/openapi.yaml is up to date: `make openapi` writes it."""
    assert file.FILE.read_text(encoding="utf-8") == file.rendered()


def test_every_route_is_declared() -> None:
    """No route goes around what all routes have in common."""
    assert [o for o in OPERATIONS if not isinstance(o, Operation)] == []


def test_operations_have_names_of_their_own_and_a_sentence() -> None:
    """Clients are generated from names, and read by people."""
    described = [operation for path in DESCRIPTION["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in described]

    assert len(set(names)) == len(names) == len(OPERATIONS)
    assert all(operation["summary"] and operation["tags"] for operation in described)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_parameters_of_the_path_are_arguments_of_the_view(operation: Operation) -> None:
    """Each has a type, which says what it looks like."""
    assert list(operation.path_types) == re.findall(r"{(\w+)}", operation.path)
    parameters = DESCRIPTION["paths"][operation.path][operation.method.lower()]["parameters"]
    assert all("pattern" in p["schema"] and p["description"] for p in parameters if p["in"] == "path")


def test_routes_with_a_permission_are_those_of_orders_and_invoices() -> None:
    """Custom roles get to these, to what is behind them and to the account; the description says so."""
    opened = {o for o in OPERATIONS if isinstance(o, Operation) and o.permission is not None}
    described = {
        operation["operationId"]
        for methods in DESCRIPTION["paths"].values()
        for operation in methods.values()
        if "`orders_and_invoices`" in operation["description"]
    }

    assert {operation.__name__ for operation in opened} == described
    assert {operation.__name__ for operation in opened if operation.tag != "Orders & Invoices"} == {
        "show_account",
        "get_order",
        "explain_conversation",
    }
    assert {(operation.method, operation.tag) for operation in opened} == {
        ("GET", "Account"),
        ("GET", "Funds"),
        ("GET", "Records"),
        ("GET", "Orders & Invoices"),
    }


def test_objects_are_described_exactly() -> None:
    """Nothing but the described members comes or is taken; a name of a component is a name of a type."""
    schemas = DESCRIPTION["components"]["schemas"]
    objects = {name: schema for name, schema in schemas.items() if schema.get("type") == "object"}

    assert {name for name, schema in objects.items() if schema["additionalProperties"] is not False} == set()
    assert all(re.fullmatch("[A-Z][A-Za-z]+", name) for name in schemas)


def test_references_lead_somewhere() -> None:
    """Each reference is to a component that is there, and each component is used."""
    used = set(re.findall(r'"#/components/(\w+/\w+)"', json.dumps(DESCRIPTION)))
    there = {f"{kind}/{name}" for kind, named in DESCRIPTION["components"].items() for name in named} - {
        "securitySchemes/token",
        "securitySchemes/source",
    }

    assert used == there


def test_document_is_served_to_everybody() -> None:
    """Its server is the one that it comes from."""
    answer = get("/openapi.json")

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == DESCRIPTION


def test_page_loads_nothing_from_elsewhere() -> None:
    """The page for people names only files that the API serves, and its policy allows no others."""
    page = get("/docs")
    links = re.findall(r'(?:src|href)="([^"]*)"', page["body"])

    assert page["headers"]["Content-Type"] == "text/html"
    assert "default-src 'none'; script-src 'self';" in page["headers"]["Content-Security-Policy"]
    assert "unsafe" not in page["headers"]["Content-Security-Policy"]
    for link in links:
        assert link in {"data:,", "openapi.json"} or get(f"/{link}", "/docs/{asset}")["statusCode"] == 200
    assert "<script>" not in page["body"]


@pytest.mark.parametrize("asset", ["nothing.js", "..", "index.html"])
def test_page_has_no_other_files(asset: str) -> None:
    """Only the files of the page are served."""
    assert get(f"/docs/{asset}", "/docs/{asset}")["statusCode"] == 404
