"""Parked bills in the billing table: one item for each account, in the due index while its bill is parked."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist, UpdateError

from botmeter.adapters.dynamo.instants import due_ms
from botmeter.adapters.dynamo.invoice_models import ParkedItem
from botmeter.adapters.dynamo.keys import PARKED_DUE, account_key, name_in
from botmeter.adapters.dynamo.reads import EVER, query_due
from botmeter.adapters.dynamo.transactions import billing_errors
from botmeter.domain.money import Money
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import ParkedBill

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PARKED = "PARKED"


class DynamoParkedBills:
    """Parked bills in `table`.

    What was released stays, out of the index: the functions that bill have no right to delete.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    @billing_errors()
    def park(self, bill: ParkedBill) -> None:
        """Park a bill, instead of what was parked of its account before."""
        ParkedItem(
            account_key(bill.account_id),
            _PARKED,
            period=bill.period.label,
            reason=bill.reason,
            needs_approval=bill.needs_approval,
            parked_at=bill.parked_at,
            replaces=bill.replaces,
            net_minor=bill.net and bill.net.amount_minor,
            total_minor=bill.total and bill.total.amount_minor,
            currency=bill.total and bill.total.currency,
            due_shard=PARKED_DUE,
            due_at=due_ms(bill.parked_at),
        ).save()

    def parked(self) -> Iterator[ParkedBill]:
        """All of them, the oldest first; the index may be some milliseconds behind."""
        for found in query_due(self._client, self._table, PARKED_DUE, EVER):
            bill = self.of_account(name_in(found["pk"]["S"]))
            if bill is not None:
                yield bill

    @billing_errors()
    def of_account(self, account_id: str) -> ParkedBill | None:
        """The bill of an account that is parked, if there is one, read consistently."""
        try:
            item = ParkedItem.get(account_key(account_id), _PARKED, consistent_read=True)
        except DoesNotExist:
            return None
        return _to_bill(item) if item.due_shard else None

    @billing_errors()
    def release(self, bill: ParkedBill) -> None:
        """Park it no more; nothing happens if something else is parked by now, or nothing."""
        still_parked = (
            (ParkedItem.due_shard == PARKED_DUE)
            & (ParkedItem.period == bill.period.label)
            & (ParkedItem.parked_at == bill.parked_at)
        )
        item = ParkedItem(account_key(bill.account_id), _PARKED)
        try:
            item.update([ParkedItem.due_shard.remove(), ParkedItem.due_at.remove()], still_parked)
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise


def _to_bill(item: ParkedItem) -> ParkedBill:
    """A stored bill."""
    return ParkedBill(
        account_id=name_in(item.pk),
        period=BillingPeriod.parse(item.period),
        reason=item.reason,
        needs_approval=item.needs_approval,
        parked_at=item.parked_at,
        replaces=item.replaces,
        net=_money(item.net_minor, item.currency),
        total=_money(item.total_minor, item.currency),
    )


def _money(amount_minor: int | None, currency: str | None) -> Money | None:
    """A stored amount, if there is one."""
    return Money(amount_minor, currency) if amount_minor is not None and currency is not None else None
