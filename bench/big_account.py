"""An account with many bots and much use, for pages that show all of it.

What a settlement writes comes from the real adapter and is applied to items in memory, which are then written
in batches: thousands of transactions would take the emulator minutes.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bench.accounts import Item, write_items
from botmeter.adapters.dynamo.keys import Key
from botmeter.adapters.dynamo.settlements import DynamoSettlements
from botmeter.domain.accounts import Account, Bot
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.periods import to_ms
from botmeter.domain.plans import PlanVersion
from botmeter.domain.settlement import Metered, Settlement, Timeline, UsageRecord, usage_totals
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import BotSettlement
from botmeter_cli.provisioning import demo_account, seed, wiring_for
from botmeter_local import Stack

PLAN = "essential-eur@1"
_SESSION_MS = 900_000
_NOBODY: Any = SimpleNamespace(actions=lambda change: [])


@dataclass(frozen=True)
class BigAccount:
    """How large it is: `sessions` are spread over the `days` before `today` and that day itself."""

    today: date
    account_id: str = "acct_big"
    bots: int = 200
    sessions: int = 50_000
    days: int = 90

    @property
    def first_day(self) -> date:
        """The first day with sessions."""
        return self.today - timedelta(days=self.days - 1)

    def write(self, stack: Stack) -> None:
        """Set the account up in `stack`, with bots, records and totals; the same in every run."""
        wired, written = wiring_for(stack), _Written()
        client: Any = written
        bots = [_entry(number) for number in range(self.bots)]
        file = demo_account() | {"account_id": self.account_id, "bots": bots}
        seed(stack, datetime.fromisoformat(f"{self.first_day}T00:00:00Z"), file)
        account, plan = wired.accounts.account(self.account_id), wired.accounts.plan(PLAN)
        store = DynamoSettlements(client, stack.outputs["UsageTableName"], _NOBODY)
        for bot, day, minutes in self._use(wired.accounts.bots(self.account_id)):
            store.write(_settlement(account, bot, plan, day, minutes))
        write_items(stack.client("dynamodb"), stack.outputs["UsageTableName"], written.items)

    def _use(self, bots: Sequence[Bot]) -> Iterator[tuple[Bot, date, list[int]]]:
        """When the sessions of a bot start on a day, in minutes: between 7 and 22 o'clock."""
        chance, minutes = random.Random(1), dict[tuple[int, int], list[int]]()
        for _ in range(self.sessions):
            place = chance.randrange(len(bots)), chance.randrange(self.days)
            minutes.setdefault(place, []).append(chance.randrange(7 * 60, 22 * 60))
        for (bot, day), of_day in sorted(minutes.items()):
            yield bots[bot], self.first_day + timedelta(days=day), of_day


@dataclass
class _Written:
    """Takes the place of DynamoDB's client, and applies what settlements add; timelines it leaves out."""

    found: dict[tuple[str, str], Item] = field(default_factory=dict)

    @property
    def items(self) -> Iterable[Item]:
        """What there is in the end."""
        return self.found.values()

    def transact_write_items(self, *, TransactItems: Iterable[Item]) -> None:  # noqa: N803 (AWS's name)
        """Apply what is put, and what is added to."""
        for action in TransactItems:
            if "Put" in action:
                item = action["Put"]["Item"]
                self._item(item).update(item)
            elif "ExpressionAttributeNames" in action["Update"]:
                self._add(action["Update"])

    def _add(self, update: Item) -> None:
        """Add numbers and members of sets; a text is set."""
        item = self._item(update["Key"])
        for place, name in update["ExpressionAttributeNames"].items():
            ((kind, value),) = update["ExpressionAttributeValues"][place.replace("#", ":")].items()
            if kind == "N":
                value = str(int(item.get(name, {"N": "0"})["N"]) + int(value))
            elif kind == "SS":
                value = sorted({*item.get(name, {"SS": []})["SS"], *value})
            item[name] = {kind: value}

    def _item(self, key: Key) -> Item:
        """The item of a key, new if there is none."""
        place = key["pk"]["S"], key["sk"]["S"]
        return self.found.setdefault(place, {"pk": key["pk"], "sk": key["sk"]})


def _entry(number: int) -> dict[str, Any]:
    """A bot of the account file."""
    return {"bot_id": f"bot_{number:04d}", "name": f"Bot {number}", "owner_id": "u-1", "plan": PLAN}


def _settlement(
    account: Account, bot: Bot, plan: PlanVersion, day: date, minutes: Sequence[int]
) -> BotSettlement:
    """What settling conversations of one session each writes, which began so long after a day's start."""
    midnight_ms = to_ms(account.calendar.start_of_day(day))
    records = []
    for number, minute in enumerate(minutes):
        start_ms = midnight_ms + minute * 60_000
        name = f"c-{day.isoformat()}-{number}"
        subject = Subject(account.account_id, bot.bot_id, SubjectKind.CONVERSATION, name)
        metered = Metered(start_ms, start_ms + _SESSION_MS // 2, 0, (start_ms,))
        records.append(UsageRecord(subject, 1, metered, plan.ref, bot.rule.name))
    return BotSettlement(
        account=account,
        bot=bot,
        settlement_id=f"{midnight_ms + 86_400_000:013d}-bench",
        settlements=[_settled(record) for record in records],
        totals=usage_totals(records, account.calendar),
        free_micros={},
        plans={plan.ref: plan},
        change=_NOBODY,
    )


def _settled(record: UsageRecord) -> Settlement:
    """The settlement of a timeline with one mark."""
    marks = frozenset({encode_mark(record.metered.start_ms, Kind.USER_MESSAGE)})
    return Settlement(Timeline(record.subject, marks, None), (record,), (record,), None)
