"""Writes the API's description to infra/openapi.yaml: `make openapi`."""

import yaml

from api.app import app
from api.openapi import document
from botmeter_cli.paths import INFRA

FILE = INFRA / "openapi.yaml"
SERVER = {
    "url": "{ApiUrl}",
    "variables": {
        "ApiUrl": {
            "default": "https://api.example.com/v1",
            "description": "The stack's output `ApiUrl`.",
        }
    },
}
NOTE = "# Drawn from functions/api by `make openapi`: change it there.\n"


class _Dumper(yaml.SafeDumper):
    """Writes everything out, and texts of several lines as blocks."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (PyYAML asks so)
        """Repeat what occurs twice: a reader should not have to follow anchors."""
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def rendered() -> str:
    """The file as it has to be."""
    return NOTE + yaml.dump(
        document(app, SERVER), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110
    )


def main() -> None:
    """Write the file."""
    FILE.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
