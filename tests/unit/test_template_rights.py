"""No function may do more than its work."""

import pytest

from api.idempotency import PARTITION
from botmeter.adapters.dynamo.keys import LOGIN
from botmeter.adapters.s3.event_sources import SOURCES_KEY
from botmeter.domain.events import SubjectKind
from tests.fakes.template import as_list, grants, statements


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
