"""What the template says."""

from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode.cfn_yaml import load

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
