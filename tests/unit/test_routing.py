"""Requests find their route by their path, as API Gateway hands it over."""

import json
from typing import Any

import pytest
from chalice.app import Chalice, Response

from api import routing
from tests.fakes.context import FakeContext, payload


@pytest.fixture
def app() -> Chalice:
    """An app whose routes say which they are, and what they were given."""
    app = Chalice(app_name="routing")

    def add(method: str, path: str) -> None:
        def view(**given: str) -> Response:
            return Response({"route": f"{method} {path}", "given": given})

        app.route(path, methods=[method], name=f"{method}{path}")(view)

    for method, path in [
        ("GET", "/bots"),
        ("GET", "/bots/{bot_id}"),
        ("PUT", "/bots/{bot_id}/plan"),
        ("GET", "/invoices/preview"),
        ("GET", "/invoices/{number}"),
        ("POST", "/invoices/{number}"),
    ]:
        add(method, path)
    return app


def send(app: Chalice, method: str, resource: str, **parameters: str) -> tuple[int, Any, dict[str, str]]:
    """The status, the body and the headers of an answer."""
    event = {**payload("api_get_bots.json"), "resource": resource, "pathParameters": parameters or None}
    event["httpMethod"] = event["requestContext"]["httpMethod"] = method
    answer = routing.answer(app, event, FakeContext())
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


@pytest.mark.parametrize(
    ("method", "proxy", "route", "given"),
    [
        ("GET", "bots", "GET /bots", {}),
        ("GET", "bots/", "GET /bots", {}),
        ("GET", "bots/bot_a", "GET /bots/{bot_id}", {"bot_id": "bot_a"}),
        ("PUT", "bots/a%40b/plan", "PUT /bots/{bot_id}/plan", {"bot_id": "a@b"}),
        ("GET", "bots/a%2Fplan", "GET /bots/{bot_id}", {"bot_id": "a/plan"}),
        ("GET", "invoices/preview", "GET /invoices/preview", {}),
        ("GET", "invoices/INV-1", "GET /invoices/{number}", {"number": "INV-1"}),
    ],
)
def test_path_finds_its_route(
    app: Chalice, method: str, proxy: str, route: str, given: dict[str, str]
) -> None:
    """What is spelt out goes before a name, and names are decoded after the path is cut."""
    status, body, _ = send(app, method, "/{proxy+}", proxy=proxy)

    assert (status, body) == (200, {"route": route, "given": given})


def test_resource_that_is_spelt_out_in_the_template_keeps_its_parameters(app: Chalice) -> None:
    """A route may have a declaration of its own."""
    assert send(app, "GET", "/invoices/{number}", number="INV-1")[1]["given"] == {"number": "INV-1"}


def test_part_of_the_path_may_be_in_the_declaration(app: Chalice) -> None:
    """What is greedy may begin anywhere."""
    assert send(app, "GET", "/bots/{proxy+}", proxy="bot_a")[1]["given"] == {"bot_id": "bot_a"}


@pytest.mark.parametrize("proxy", ["bot", "bots/bot_a/plan/x", "bots//plan", "", "bots/{bot_id}/none"])
def test_unknown_route_is_a_problem_document(app: Chalice, proxy: str) -> None:
    """404, whatever the method."""
    status, body, headers = send(app, "GET", "/{proxy+}", proxy=proxy)

    assert (status, body["detail"]) == (404, "there is no such route")
    assert headers["Content-Type"] == "application/problem+json"


def test_unknown_method_is_told_which_there_are(app: Chalice) -> None:
    """405 with the header Allow."""
    status, body, headers = send(app, "DELETE", "/{proxy+}", proxy="invoices/preview")
    assert (status, body["status"], headers["Allow"]) == (405, 405, "GET")


def test_braces_in_a_path_are_no_names(app: Chalice) -> None:
    """A path that looks like a pattern is a path."""
    assert send(app, "GET", "/{proxy+}", proxy="bots/{x}")[1]["given"] == {"bot_id": "{x}"}
