"""The template and the code say the same; no function may do more than its work."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.cfn_yaml import load

import api.app

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


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


def test_every_route_of_the_app_is_declared_and_no_other() -> None:
    """API Gateway routes exactly what the app answers."""
    events = resources()["ApiFunction"]["Properties"]["Events"].values()
    declared = {(e["Properties"]["Path"], e["Properties"]["Method"].upper()) for e in events}

    assert declared == {(path, method) for path, methods in api.app.app.routes.items() for method in methods}


@pytest.mark.parametrize(
    ("function", "resource", "allowed"),
    [
        ("IngestFunction", "UsageTable", {"dynamodb:UpdateItem"}),
        ("IngestFunction", "BillingTable", set()),
        ("IngestFunction", "InvoiceBucket", set()),
        ("IngestFunction", "OperationsBucket", {"s3:GetObject", "s3:PutObject"}),
        ("MeterFunction", "OperationsBucket", set()),
        ("MeterFunction", "InvoiceBucket", set()),
        ("BillingRunFunction", "UsageTable", set()),
        ("BillingRunFunction", "BillingTable", {"dynamodb:GetItem", "dynamodb:Query"}),
        ("MeterFunction", "UsageTable", {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}),
        ("MeterFunction", "BillingTable", {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}),
        ("MeterFunction", "UsageTable.Arn}/index/due", {"dynamodb:Query"}),
        ("InvoiceFunction", "UsageTable", {"dynamodb:Query"}),
        (
            "InvoiceFunction",
            "BillingTable",
            {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        ),
        ("ApiFunction", "UsageTable", {"dynamodb:Query"}),
        ("ApiFunction", "BillingTable", {"dynamodb:GetItem", "dynamodb:Query"}),
        ("ApiFunction", "InvoiceBucket", {"s3:GetObject"}),
    ],
)
def test_function_may_do_no_more_than_its_work(function: str, resource: str, allowed: set[str]) -> None:
    """Least privilege, resource by resource; `ListBucket` only tells a missing key from a forbidden one."""
    granted = {action for action in grants(function, resource) if action != "s3:ListBucket"}

    assert granted == allowed


@pytest.mark.parametrize(
    "function", ["IngestFunction", "MeterFunction", "BillingRunFunction", "InvoiceFunction", "ApiFunction"]
)
def test_only_tracing_has_no_resource_of_its_own(function: str) -> None:
    """No statement is for everything, but X-Ray's, which knows no resources."""
    for statement in statements(function):
        actions = as_list(statement["Action"])
        assert all(":" in action and not action.endswith(":*") for action in actions)
        if "*" in as_list(statement["Resource"]):
            assert all(action.startswith("xray:") for action in actions)


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
