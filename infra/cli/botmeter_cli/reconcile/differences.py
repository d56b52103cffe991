"""Differences between what the archive says and what is stored, in either direction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Where(StrEnum):
    """Which of the books is another than the archive, or than what follows from it.

    `PLAN` is the plan version of a record, `PRICES` what records were stamped with, `OVERDUE` what the
    meter should have settled long ago, `BALANCE` a balance and the entries of its ledger.
    """

    RECORDS = "records"
    PLAN = "plan"
    PRICES = "prices"
    OVERDUE = "overdue"
    TOTALS = "totals"
    DAYS = "days"
    LEDGER = "ledger"
    BALANCE = "balance"
    INVOICE = "invoice"


class What(StrEnum):
    """In which direction they differ."""

    NOT_BILLED = "not_billed"
    NOT_IN_ARCHIVE = "not_in_archive"
    DIFFERS = "differs"


class Measure(StrEnum):
    """What is compared.

    Sessions of a unit: on invoices, those that are charged and those within a plan's allowance. The price of
    a session, what was taken from a balance and what it has: micro-units. What a line comes to, and what
    free credits add to lines (they take off): minor units.
    """

    USAGE = "usage"
    ALERT = "alert"
    INCLUDED_USAGE = "included_usage"
    INCLUDED_ALERT = "included_alert"
    USAGE_PRICE = "usage_price"
    ALERT_PRICE = "alert_price"
    MICROS = "micros"
    AMOUNT = "amount"
    FREE_CREDITS = "free_credits"


@dataclass(frozen=True, slots=True)
class Difference:
    """`archived` is what should be, `billed` what is, in the units of `measure`.

    What a ledger should have is what the records of its settlement cost. `subject` is a conversation, an
    alert and its user, or for sums, prices and amounts a plan version. `at` is an instant, day or period.
    `reference` names the settlement, the plan versions or the invoices. Windows may differ although they
    count the same: in their times.
    """

    where: Where
    bot_id: str
    measure: Measure
    subject: str
    at: str
    archived: int
    billed: int
    reference: str = ""

    @property
    def what(self) -> What:
        """Its direction."""
        if self.archived and not self.billed:
            return What.NOT_BILLED
        return What.NOT_IN_ARCHIVE if self.billed and not self.archived else What.DIFFERS


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A subject that differs and is still to be settled: what it bills is not the last word."""

    bot_id: str
    measure: Measure
    subject: str
    archived: int
    billed: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What sums are kept by: a measure of a bot, on a plan version, on a day (or, "", on all)."""

    bot_id: str
    measure: Measure
    plan: str
    at: str = ""


def sums_that_differ(
    where: Where, archived: Mapping[Place, int], billed: Mapping[Place, int], reference: str = ""
) -> Iterator[Difference]:
    """A difference for each place where two sums are not the same."""
    for place in sorted({*archived, *billed}):
        should, is_ = archived.get(place, 0), billed.get(place, 0)
        if should != is_:
            yield Difference(where, place.bot_id, place.measure, place.plan, place.at, should, is_, reference)
