"""The template's tables without the rest of its stack, for tests and measurements."""

from typing import Any

from cfnlint.decode.cfn_yaml import load

from botmeter_local.paths import ROOT

_SCHEMA = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def create_tables(dynamodb: Any, names: dict[str, str]) -> None:
    """Make tables as `template.yaml` declares them; `names` gives each logical id its table's name."""
    resources = load(str(ROOT / "template.yaml"))["Resources"]
    for logical_id, name in names.items():
        properties = resources[logical_id]["Properties"]
        dynamodb.create_table(
            TableName=name, **{key: properties[key] for key in _SCHEMA if key in properties}
        )
