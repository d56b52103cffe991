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
# A mail whose answer was lost may have been sent: trying again could send it twice.
_MAIL_CONFIG = _CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
_CONFIGS = {"s3": _S3_CONFIG, "sesv2": _MAIL_CONFIG}


@cache
def aws_client(service: str) -> "BaseClient":
    """A client of an AWS service, with this process's credentials and endpoint."""
    config = _CONFIGS.get(service, _CONFIG)
    return botocore.session.get_session().create_client(service, config=config)
