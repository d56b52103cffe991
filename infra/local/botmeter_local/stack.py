"""A deployed Botmeter stack, local or on AWS: its outputs, and clients that reach it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from botmeter_local.emulator import Emulator
from botmeter_local.paths import LocalStackError, state_directory

if TYPE_CHECKING:
    from pathlib import Path

LOCAL_REGION = "us-east-1"
# The emulator takes this key, which is its own secret, for the root user of its one account.
LOCAL_KEY = "test"


@dataclass(frozen=True)
class Stack:
    """A deployed stack. `endpoint_url` is the emulator's, or None on AWS."""

    name: str
    region: str
    endpoint_url: str | None
    outputs: dict[str, str]

    @classmethod
    def load(cls, name: str) -> Stack:
        """The stack `name`: the local one if there is one of that name, else the one on AWS.

        On AWS the usual credentials and region apply: environment, profile, role.

        Raises:
            LocalStackError: no such stack, or the local one is not running.
        """
        saved, running = _saved(name), Emulator.of(name).is_running()
        if running and saved.exists():
            return cls(**json.loads(saved.read_text()))
        if running or saved.exists():
            raise LocalStackError(f"the local stack {name} is not up; `botmeter up` changes that")
        return cls.describe(name, boto3.Session().region_name or LOCAL_REGION, None)

    @classmethod
    def describe(cls, name: str, region: str, endpoint_url: str | None) -> Stack:
        """The stack `name` as CloudFormation describes it.

        Raises:
            LocalStackError: CloudFormation knows no such stack or cannot be asked.
        """
        stack = cls(name, region, endpoint_url, {})
        try:
            described = stack.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except Exception as error:
            hint = f"no local stack {name} is up (`botmeter up`), and none was found on AWS: {error}"
            raise LocalStackError(hint) from error
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        return cls(name, region, endpoint_url, outputs)

    def save(self) -> None:
        """Keep it for `load`, while the emulator runs."""
        _saved(self.name).write_text(json.dumps(asdict(self), indent=2))

    @staticmethod
    def forget(name: str) -> None:
        """Undo `save`."""
        _saved(name).unlink(missing_ok=True)

    @property
    def is_local(self) -> bool:
        """Whether it runs in the emulator."""
        return self.endpoint_url is not None

    @property
    def is_production(self) -> bool:
        """Whether it was deployed with Environment=production."""
        return self.outputs.get("Environment") == "production"

    @property
    def api_url(self) -> str:
        """The base of the API's routes, without a slash at the end."""
        url = self.outputs["ApiUrl"]
        if self.endpoint_url is None:
            return url
        stage = url.rsplit("/", 1)[-1]
        return f"{self.endpoint_url}/_aws/execute-api/{self.outputs['ApiId']}/{stage}"

    @cached_property
    def session(self) -> boto3.Session:
        """The credentials and region for this stack."""
        if not self.is_local:
            return boto3.Session(region_name=self.region)
        return boto3.Session(LOCAL_KEY, LOCAL_KEY, region_name=self.region)

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of `service` for this stack; `options` as for `boto3.client`."""
        make: Any = self.session.client
        # Links to documents are signed the way that every region takes.
        signed = Config(signature_version="s3v4") if service == "s3" else Config()
        config = signed.merge(options.pop("config", Config()))
        return make(service, endpoint_url=self.endpoint_url, config=config, **options)


def _saved(name: str) -> Path:
    return state_directory(name) / "stack.json"
