"""The registry of bots: read rarely, changed by nobody else's hand."""

import boto3
import pytest

from botmeter.adapters.s3.registry import REGISTRY_KEY, S3Registry, S3RegistryPublisher
from botmeter.domain.errors import StoreUnavailable
from tests.integration.conftest import OPERATIONS

ORDERS, SUPPORT = ("acct_acme", "bot_orders"), ("acct_acme", "bot_support")


class Clock:
    """Seconds that a test moves on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(aws: None) -> Clock:
    return Clock()


@pytest.fixture
def registry(clock: Clock) -> S3Registry:
    S3RegistryPublisher(boto3.client("s3"), OPERATIONS).publish({ORDERS: 900_000})
    return S3Registry(boto3.client("s3"), OPERATIONS, clock)


def test_published_bots_are_known(registry: S3Registry) -> None:
    """Ingest learns the idle timeout of a bot, and that another does not exist."""
    assert registry.idle_timeout_ms(*ORDERS) == 900_000
    assert registry.idle_timeout_ms("acct_acme", "bot_nobody") is None


def test_new_bot_is_found_when_it_is_asked_for(registry: S3Registry, clock: Clock) -> None:
    """A bot that was added is known a second later; those that were there stay."""
    registry.idle_timeout_ms(*ORDERS)
    S3RegistryPublisher(boto3.client("s3"), OPERATIONS).publish({SUPPORT: 600_000})
    clock.now = 1

    assert registry.idle_timeout_ms(*SUPPORT) == 600_000
    assert registry.idle_timeout_ms(*ORDERS) == 900_000


def test_known_bots_need_no_store(registry: S3Registry, clock: Clock) -> None:
    """While S3 does not answer, known bots stay known; that a bot does not exist cannot be said."""
    registry.idle_timeout_ms(*ORDERS)
    boto3.client("s3").delete_object(Bucket=OPERATIONS, Key=REGISTRY_KEY)
    clock.now = 1000

    assert registry.idle_timeout_ms(*ORDERS) == 900_000
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            registry.idle_timeout_ms(*SUPPORT)
