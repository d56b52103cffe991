"""Accounts, their bots, the plans that there are, and the sellers that bill them."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.parties import Seller
from botmeter.domain.plans import PlanVersion


class AccountRepository(Protocol):
    """Accounts, bots, plans and sellers."""

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

    def sellers(self) -> list[Seller]:
        """All sellers, by code."""

    def seller(self, code: str) -> Seller:
        """One seller; raises `NotFound`."""


class AccountWriter(Protocol):
    """Writes accounts, plans and sellers. Each write may be made again with the same effect."""

    def put_plan(self, plan: PlanVersion) -> None:
        """Add a plan version; raises `Conflict` if the version exists and says something else."""

    def put_account(self, account: Account, entry: AuditEntry | None = None) -> None:
        """Add an account, or replace it as it was read, with an entry in its audit trail if there is one.

        Raises `Conflict` if somebody else has changed it since it was read.
        """

    def put_seller(self, seller: Seller, audit: AuditEntry) -> None:
        """Add or replace a seller, with an entry in its audit trail.

        Raises `Conflict` if another seller has one of its prefixes, or if it has had others itself.
        """


class RegistryPublisher(Protocol):
    """Tells ingest which bots there are."""

    def publish(self, idle_timeouts_ms: Mapping[tuple[str, str], int]) -> None:
        """Add bots, each (account id, bot id) with its idle timeout."""
