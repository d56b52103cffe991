"""The prices in the pages of usage records, which settlements write."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from botmeter.adapters.dynamo.keys import bot_key
from botmeter.adapters.dynamo.reads import query
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.stamped_prices import StampedPrice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Sorts after every settlement of a day.
_AFTER_ALL = "~"


class DynamoStampedPrices:
    """Reads the prices in the pages of the table `table`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def of_bot(self, account_id: str, bot_id: str, first: date, last: date) -> Iterator[StampedPrice]:
        """The prices beside the records of windows that start from the day `first` to `last`."""
        month = BillingPeriod(first.year, first.month)
        while month.first_day <= last:
            yield from self._of_month(bot_key("USAGE", account_id, bot_id) + f"#{month.label}", first, last)
            month = month.next()

    def _of_month(self, pk: str, first: date, last: date) -> Iterator[StampedPrice]:
        """Those in the pages of a month; none from a page without any."""
        values = {
            ":pk": {"S": pk},
            ":first": {"S": first.isoformat()},
            ":last": {"S": f"{last.isoformat()}#{_AFTER_ALL}"},
        }
        condition = "pk = :pk AND sk BETWEEN :first AND :last"
        pages = query(
            self._client,
            self._table,
            condition,
            values,
            ConsistentRead=True,
            ProjectionExpression="sk, prices",
        )
        for page in pages:
            day, settlement_id = page["sk"]["S"].split("#", 1)
            for plan, price in page.get("prices", {"M": {}})["M"].items():
                currency, usage, alert = price["L"]
                yield StampedPrice(
                    date.fromisoformat(day),
                    settlement_id,
                    plan,
                    currency["S"],
                    int(usage["N"]),
                    int(alert["N"]),
                )
