"""The template and the code say the same; no function may do more than its work."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.cfn_yaml import load

import api.app
from api.idempotency import PARTITION
from api.operation import Operation
from botmeter.adapters.dynamo.keys import LOGIN
from botmeter.adapters.s3.event_sources import SOURCES_KEY
from botmeter.domain.events import SubjectKind

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
PREFLIGHT = ("/{proxy+}", "OPTIONS")
PAGES = {("/console", "GET"), ("/console/{proxy+}", "GET"), ("/console/{proxy+}", "POST")}


@cache
def resources() -> dict[str, Any]:
    found: dict[str, Any] = load(str(TEMPLATE))["Resources"]
    return found


def statements(function: str) -> list[dict[str, Any]]:
    """The policy statements of a function's role."""
    policies = resources()[f"{function}Role"]["Properties"]["Policies"]
    return [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def grants(function: str, resource: str) -> set[str]:
    """The actions that a function may do on a resource of the template."""
    return {
        action
        for statement in statements(function)
        if any(names(r, resource) for r in as_list(statement["Resource"]))
        for action in as_list(statement["Action"])
    }


def names(value: Any, resource: str) -> bool:
    """Whether an ARN in the template is of `resource`."""
    if isinstance(value, dict):
        return any(names(v, resource) for v in value.values())
    if isinstance(value, list):
        return any(names(v, resource) for v in value)
    text = str(value)
    if "/index/" in text:
        return text.endswith(resource)
    return text == resource or f"${{{resource}." in text or text.startswith(f"{resource}.")


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


def test_api_deletes_nothing_but_remembered_answers_and_logins() -> None:
    """The right to delete is held to the partitions of both."""
    (deleting,) = [s for s in statements("ApiFunction") if "dynamodb:DeleteItem" in as_list(s["Action"])]

    assert deleting["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [PARTITION, f"{LOGIN}#*"]}
    }


@pytest.mark.parametrize("function", ["IngestFunction", "ApiFunction"])
def test_who_records_events_writes_marks_alone(function: str) -> None:
    """What is metered of them, as records and totals, is the meter's to write."""
    (adding,) = [s for s in statements(function) if s["Sid"] == "AddMarks"]
    timelines = [f"{kind}#*" for kind in SubjectKind]

    assert adding["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": timelines}}


def test_api_writes_nothing_of_the_registry_but_the_sources() -> None:
    """Which bots there are is not the API's to say."""
    writing = [s for s in statements("ApiFunction") if "s3:PutObject" in as_list(s["Action"])]

    assert sorted(s["Resource"]["Fn::Sub"] for s in writing) == [
        "${ArchiveBucket.Arn}/archive/*",
        "${OperationsBucket.Arn}/quarantine/*",
        f"${{OperationsBucket.Arn}}/{SOURCES_KEY}",
    ]


@pytest.mark.parametrize(
    ("function", "resource", "allowed"),
    [
        ("IngestFunction", "UsageTable", {"dynamodb:UpdateItem"}),
        ("IngestFunction", "BillingTable", set()),
        ("IngestFunction", "InvoiceBucket", set()),
        ("IngestFunction", "OperationsBucket", {"s3:GetObject", "s3:PutObject"}),
        ("EventAuthorizerFunction", "OperationsBucket", {"s3:GetObject"}),
        ("EventAuthorizerFunction", "UsageTable", set()),
        ("EventAuthorizerFunction", "BillingTable", set()),
        ("EventAuthorizerFunction", "UserPool", set()),
        ("MeterFunction", "OperationsBucket", set()),
        ("MeterFunction", "InvoiceBucket", set()),
        ("BillingRunFunction", "UsageTable", set()),
        (
            "BillingRunFunction",
            "BillingTable",
            {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"},
        ),
        ("BillingRunFunction", "BillingTable.Arn}/index/due", {"dynamodb:Query"}),
        ("MeterFunction", "UsageTable", {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}),
        ("MeterFunction", "BillingTable", {"dynamodb:GetItem", "dynamodb:PutItem"}),
        ("MeterFunction", "UsageTable.Arn}/index/due", {"dynamodb:Query"}),
        ("LifecycleFunction", "UsageTable", set()),
        ("LifecycleFunction", "InvoiceBucket", set()),
        ("LifecycleFunction", "OutgoingBus", {"events:PutEvents"}),
        ("LifecycleFunction", "BillingTable.Arn}/index/due", {"dynamodb:Query"}),
        (
            "LifecycleFunction",
            "BillingTable",
            {
                "dynamodb:BatchGetItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            },
        ),
        (
            "ApiFunction",
            "UserPool",
            {
                "cognito-idp:AdminGetUser",
                "cognito-idp:AdminInitiateAuth",
                "cognito-idp:AdminRespondToAuthChallenge",
            },
        ),
        ("ApiFunction", "BillingTable.Arn}/index/due", {"dynamodb:Query"}),
        ("InvoiceFunction", "UsageTable", {"dynamodb:Query"}),
        (
            "InvoiceFunction",
            "BillingTable",
            {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        ),
        ("ApiFunction", "UsageTable", {"dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:UpdateItem"}),
        (
            "ApiFunction",
            "BillingTable",
            {
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            },
        ),
        ("ApiFunction", "InvoiceBucket", {"s3:GetObject"}),
        ("ApiFunction", "OperationsBucket", {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}),
        ("ApiFunction", "ArchiveBucket", {"s3:GetObject", "s3:PutObject"}),
        ("ApiFunction", "EventQueue", {"sqs:SendMessage*"}),
    ],
)
def test_function_may_do_no_more_than_its_work(function: str, resource: str, allowed: set[str]) -> None:
    """Least privilege, resource by resource; `ListBucket` only tells a missing key from a forbidden one."""
    granted = {action for action in grants(function, resource) if action != "s3:ListBucket"}

    assert granted == allowed


@pytest.mark.parametrize(
    "function",
    [
        "IngestFunction",
        "EventAuthorizerFunction",
        "MeterFunction",
        "LifecycleFunction",
        "BillingRunFunction",
        "InvoiceFunction",
        "ApiFunction",
    ],
)
def test_only_tracing_has_no_resource_of_its_own(function: str) -> None:
    """No statement is for everything, but X-Ray's, which knows no resources."""
    for statement in statements(function):
        actions = as_list(statement["Action"])
        assert all(":" in action and not action.endswith(":*") for action in actions)
        if "*" in as_list(statement["Resource"]):
            assert all(action.startswith("xray:") for action in actions)


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
