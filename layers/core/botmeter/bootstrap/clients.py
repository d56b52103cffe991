"""Clients of AWS services."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from botocore.client import BaseClient

ClientFactory = Callable[[str], Any]

IN_FLIGHT = 16
_CONFIG = Config(
    max_pool_connections=IN_FLIGHT,
    parameter_validation=False,
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "max_attempts": 4},
)
# Links to documents are signed the way that every region takes.
_S3_CONFIG = _CONFIG.merge(Config(signature_version="s3v4"))


@cache
def aws_client(service: str) -> "BaseClient":
    """A client of an AWS service, with this process's credentials and endpoint."""
    config = _S3_CONFIG if service == "s3" else _CONFIG
    return botocore.session.get_session().create_client(service, config=config)
