"""The template and the code say the same."""

import re
from datetime import timedelta
from typing import Any

import pytest
from cfnlint.decode.cfn_yaml import load

import api.app
from api.operation import Operation
from botmeter.settings import Settings
from tests.fakes.template import TEMPLATE, as_list, resources, statements

PREFLIGHT = ("/{proxy+}", "OPTIONS")
PAGES = {("/console", "GET"), ("/console/{proxy+}", "GET"), ("/console/{proxy+}", "POST")}


def api_events() -> dict[tuple[str, str], dict[str, Any]]:
    """The API function's events by path and method."""
    events = [e["Properties"] for e in resources()["ApiFunction"]["Properties"]["Events"].values()]
    return {(event["Path"], event["Method"]): event for event in events}


def test_only_public_routes_need_no_token() -> None:
    """A route is open in the template if, and only if, its declaration says so; so are all pages."""
    views = [e.view_function for methods in api.app.app.routes.values() for e in methods.values()]
    public = {(v.path, v.method) for v in views if isinstance(v, Operation) and v.is_public}
    is_open = {route for route, event in api_events().items() if event.get("Auth") == {"Authorizer": "NONE"}}

    assert is_open == {*public, PREFLIGHT, *PAGES}


def test_everything_else_needs_a_token() -> None:
    """Declarations for all paths cover the methods of all routes, and they have the usual authorizer."""
    closed = {route: event for route, event in api_events().items() if "Auth" not in event}
    methods = {method for methods in api.app.app.routes.values() for method in methods}

    assert set(closed) == {("/{proxy+}", method) for method in methods}
    assert resources()["Api"]["Properties"]["Auth"]["DefaultAuthorizer"] == "UserPool"


def test_only_sources_send_events() -> None:
    """One route has another authorizer, which is asked for nothing else."""
    others = {
        route: event["Auth"]["Authorizer"]
        for route, event in api_events().items()
        if event.get("Auth", {"Authorizer": "NONE"}) != {"Authorizer": "NONE"}
    }
    authorizer = resources()["Api"]["Properties"]["Auth"]["Authorizers"]["EventSources"]

    assert others == {("/events", "POST"): "EventSources"}
    assert authorizer["Identity"] == {"Headers": ["Authorization"], "ReauthorizeEvery": 300}
    assert authorizer["FunctionPayloadType"] == "REQUEST"
    # A refusal is a policy that denies, of which the gateway would make 403.
    assert resources()["Api"]["Properties"]["GatewayResponses"]["ACCESS_DENIED"]["StatusCode"] == 401


def test_permissions_fit_the_function_s_resource_policy() -> None:
    """SAM writes a statement of up to 500 bytes for each event, and AWS takes no more than 20,480."""
    assert len(api_events()) * 500 < 20_480


def test_routes_without_a_token_are_throttled_below_the_others() -> None:
    """What anybody can cost has a limit of its own."""
    settings = resources()["Api"]["Properties"]["MethodSettings"]
    limits = {(s["ResourcePath"], s["HttpMethod"]): s["ThrottlingRateLimit"] for s in settings}
    usual = limits.pop(("/*", "*"))
    is_open = {route for route, event in api_events().items() if event.get("Auth") == {"Authorizer": "NONE"}}

    assert set(limits) == {("/" + path.replace("/", "~1"), method) for path, method in is_open}
    assert all(limit < usual for limit in limits.values())


def test_only_invoices_are_mailed_and_only_from_the_sender() -> None:
    """One function may send, where mail goes through SES, as one address of one identity."""
    policy = resources()["MailPolicy"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    senders = {
        name
        for name, resource in resources().items()
        if "MAIL_SENDER" in resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
    }

    assert policy["Condition"] == "MailsThroughSes"
    assert policy["Properties"]["Roles"] == [{"Ref": "InvoiceFunctionRole"}]
    assert senders == {"InvoiceFunction"}
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}
    assert all("ses:" not in str(s["Action"]) for s in statements("InvoiceFunction"))
    assert "*" not in as_list(statement["Resource"])


def test_no_mail_is_sent_unless_somebody_asks_for_it() -> None:
    """Neither a sender nor a folder is set by default."""
    parameters = load(str(TEMPLATE))["Parameters"]

    assert (parameters["MailSender"]["Default"], parameters["MailFolder"]["Default"]) == ("", "")


@pytest.mark.parametrize(
    ("sender", "is_taken"),
    [
        ("", True),
        ("billing@botmeter.example", True),
        ("billing+eu@mail.botmeter.example", True),
        ("Billing <billing@botmeter.example>", False),
        ("billing@botmeter.example, other@botmeter.example", False),
        ("botmeter.example", False),
    ],
)
def test_sender_is_a_bare_address(sender: str, *, is_taken: bool) -> None:
    """Its rights are made of it: a name beside it would be in the way."""
    pattern = load(str(TEMPLATE))["Parameters"]["MailSender"]["AllowedPattern"]

    assert (re.search(pattern, sender) is not None) is is_taken


def test_all_who_record_events_know_when_the_meter_looks() -> None:
    """Ingest and the API are told the same grace and interval; the code has the same defaults."""
    defaults = {name: of.get("Default") for name, of in load(str(TEMPLATE))["Parameters"].items()}
    for function in ("IngestFunction", "ApiFunction"):
        told = resources()[function]["Properties"]["Environment"]["Variables"]
        assert told["SETTLE_GRACE_SECONDS"] == {"Ref": "SettleGraceSeconds"}
        assert told["SETTLE_INTERVAL_MINUTES"] == {"Ref": "SettleIntervalMinutes"}
    settings = Settings.read({})
    assert settings.settle_grace == timedelta(seconds=defaults["SettleGraceSeconds"])
    assert settings.settle_interval == timedelta(minutes=defaults["SettleIntervalMinutes"])


def test_data_are_encrypted_and_recoverable() -> None:
    """Tables have encryption and point-in-time recovery, buckets encryption and no public access."""
    for table in ("UsageTable", "BillingTable"):
        properties = resources()[table]["Properties"]
        assert properties["SSESpecification"]["SSEEnabled"] is True
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    for bucket in ("OperationsBucket", "InvoiceBucket"):
        properties = resources()[bucket]["Properties"]
        assert all(properties["PublicAccessBlockConfiguration"].values())
        assert properties["BucketEncryption"]


def test_queues_that_feed_functions_have_dead_letter_queues() -> None:
    """A message that fails again and again is kept apart, not lost."""
    for queue in ("EventQueue", "InvoiceQueue"):
        assert "deadLetterTargetArn" in resources()[queue]["Properties"]["RedrivePolicy"]
