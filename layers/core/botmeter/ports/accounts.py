"""Accounts, their bots, and the plans that there are."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.plans import PlanVersion


class AccountRepository(Protocol):
    """Accounts, bots and plans."""

    def accounts(self) -> Iterable[Account]:
        """All accounts."""

    def account(self, account_id: str) -> Account:
        """One account; raises `NotFound`."""

    def bots(self, account_id: str) -> list[Bot]:
        """The bots of an account, by id."""

    def bot(self, account_id: str, bot_id: str) -> Bot:
        """One bot; raises `NotFound`."""

    def plan(self, ref: str) -> PlanVersion:
        """A plan version by its reference; raises `NotFound`."""

    def plans(self) -> list[PlanVersion]:
        """All plan versions."""


class AccountWriter(Protocol):
    """Writes accounts and plans. Each write may be made again with the same effect."""

    def put_plan(self, plan: PlanVersion) -> None:
        """Add a plan version; raises `Conflict` if the version exists and says something else."""

    def put_account(self, account: Account, entry: AuditEntry | None = None) -> None:
        """Add an account, or replace it as it was read, with an entry in its audit trail if there is one.

        Raises `Conflict` if somebody else has changed it since it was read.
        """


class RegistryPublisher(Protocol):
    """Tells ingest which bots there are."""

    def publish(self, idle_timeouts_ms: Mapping[tuple[str, str], int]) -> None:
        """Add bots, each (account id, bot id) with its idle timeout."""
