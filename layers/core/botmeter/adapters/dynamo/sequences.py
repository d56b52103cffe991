"""Sequences of document numbers: drawn in the transaction that issues, so that no number is missing."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from botmeter.adapters.dynamo.invoice_models import DocumentNumberItem, SequenceItem
from botmeter.adapters.dynamo.transactions import billing_errors, transaction
from botmeter.domain.errors import Conflict, StoreUnavailable
from botmeter.domain.invoices import document_number
from botmeter.domain.periods import BillingPeriod

# Runs that draw at the same time wait for one another, each a random while.
_ATTEMPTS = 30
_LONGEST_PAUSE_S = 0.2

Issued = TypeVar("Issued")


def issue_next(
    prefix: str,
    year: int,
    write: Callable[[str, TransactWrite], Issued],
    still_holds: Callable[[], bool],
    *,
    account_id: str,
    period: BillingPeriod,
) -> Issued:
    """Let `write` add what is issued under the next number of a prefix and year to one transaction.

    If somebody else draws at the same time, again with the next one, as long as `still_holds` what the
    writes are conditional on: else raises `Conflict`. Raises `StoreUnavailable` if others never end.
    """
    for _ in range(_ATTEMPTS):
        last = _last(prefix, year)
        number = document_number(prefix, year, last + 1)
        try:
            with transaction() as writes:
                issued = write(number, writes)
                _draw(writes, prefix, year, last)
                item = DocumentNumberItem(
                    f"NUMBER#{number}", "NUMBER", account_id=account_id, period=period.label
                )
                writes.save(item, condition=DocumentNumberItem.pk.does_not_exist())
        except Conflict:
            if not still_holds():
                raise
            time.sleep(random.uniform(0, _LONGEST_PAUSE_S))
        else:
            return issued
    raise StoreUnavailable(f"the sequence of the numbers {prefix}-{year} is too busy")


def _draw(writes: TransactWrite, prefix: str, year: int, last: int) -> None:
    """Take the number after `last`, unless somebody else has."""
    nobody_drew_it = SequenceItem.last == last if last else SequenceItem.last.does_not_exist()
    writes.update(
        SequenceItem("SEQUENCE", f"{prefix}-{year}"),
        actions=[SequenceItem.last.set(last + 1)],
        condition=nobody_drew_it,
    )


@billing_errors()
def _last(prefix: str, year: int) -> int:
    """The last number drawn; 0 before the first."""
    try:
        return SequenceItem.get("SEQUENCE", f"{prefix}-{year}", consistent_read=True).last
    except DoesNotExist:
        return 0
