"""Every line that counts sessions is explained by real records, whatever came late and was made anew."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.domain.explanations import Subject
from botmeter.domain.invoices import InvoiceStatus
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter.domain.settlement import UsageRecord
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.invoices import BillingRequest
from botmeter.ports.metering import MarkAddition
from tests.fakes.demo import ACCOUNT, ESSENTIAL, STANDARD, bot, conversation
from tests.fakes.desk import Desk
from tests.fakes.world import OPERATOR, World

ACME, CALENDAR = ACCOUNT.account_id, ACCOUNT.calendar
BEGIN = datetime(2026, 10, 26, 20, 30, tzinfo=CALENDAR.zone_at(datetime.fromisoformat("2026-10-26T00:00Z")))
BOTS = ("bot_a", "bot_b")
MINUTE = timedelta(minutes=1)

numbers = st.integers(0, 99)
steps = st.one_of(
    st.tuples(st.just("talk"), numbers, st.integers(0, 90)),
    st.tuples(st.just("talk"), numbers, st.integers(0, 90)),
    st.tuples(st.just("correct"), numbers, st.integers(0, 90)),
    st.tuples(st.just("correct"), numbers, st.integers(0, 90)),
    st.tuples(st.just("bill"), numbers, numbers),
    st.tuples(st.just("anew"), numbers, numbers),
)


class Archive:
    """Two bots that talk around midnight on a few days about the end of October."""

    def __init__(self) -> None:
        self.desk = Desk(World([bot(STANDARD, BOTS[0]), bot(ESSENTIAL, BOTS[1])]))
        self.talks: list[tuple[str, str, datetime]] = []
        self.now = datetime.fromisoformat("2026-11-04T12:00Z")
        self.next_period = ACCOUNT.first_period

    def talk(self, number: int, minutes: int) -> None:
        """A conversation of some quarters of an hour; many go on after midnight."""
        start = BEGIN + timedelta(days=number % 8, minutes=30 * (number % 7))
        self.talks.append((f"c-{len(self.talks)}", BOTS[number % 2], start))
        self._mark(len(self.talks) - 1, dict.fromkeys(range(0, minutes + 1, 10), Kind.USER_MESSAGE))

    def correct(self, number: int, minutes: int) -> None:
        """Late events: more of the conversation, or an agent who held it for a part."""
        if self.talks:
            late = {minutes: Kind.AGENT_JOINED if number % 2 else Kind.USER_MESSAGE}
            self._mark(number % len(self.talks), late)

    def _mark(self, number: int, minutes: dict[int, Kind]) -> None:
        name, bot_id, start = self.talks[number]
        marks = [encode_mark(to_ms(start + minute * MINUTE), kind) for minute, kind in minutes.items()]
        usage = self.desk.world.usage
        self.now += MINUTE
        usage.add_marks([MarkAddition(conversation(name, bot_id), marks, to_ms(self.now))])
        self.desk.world.settle("all", to_ms(self.now))

    def bill(self, *_: int) -> None:
        """The next period is billed; what was settled since is an adjustment."""
        self.now += MINUTE
        self.desk.issue_invoice(BillingRequest(ACME, self.next_period, self.now, approved=True), self.now)
        self.next_period = self.next_period.next()

    def anew(self, number: int, _: int) -> None:
        """An invoice, be it an old one, is made void and billed anew."""
        standing = [one.number for one in self.desk.counted()]
        if standing:
            old = self.desk.correct.void(OPERATOR, standing[number % len(standing)], "wrong", self.now)
            self.now += MINUTE
            request = BillingRequest(ACME, old.invoice.period, self.now, old.invoice.number, approved=True)
            self.desk.issue_invoice(request, self.now)

    def check(self) -> None:
        """All lines are explained, each record once; what is behind no line comes to nothing."""
        shares: Counter[UsageRecord] = Counter()
        unexplained = self._written()
        for one in self.desk.invoices.issued.values():
            for explanation in self.desk.explain(one):
                assert explanation.unexplained == 0
                if not one.replaced_by:
                    for share in explanation.records:
                        shares[share.record] += share.sessions
                        unexplained[explanation.subject] -= share.sessions
        for record, sessions in shares.items():
            assert 0 < sessions / record.sessions <= 1
        assert not any(unexplained.values())

    def _written(self) -> Counter[Subject]:
        """Sessions of all records, by what lines count together."""
        counts: Counter[Subject] = Counter()
        for record in self.desk.world.usage.appended:
            for at in record.metered.session_starts_ms:
                period = BillingPeriod.of_day(CALENDAR.local_hour(at).day)
                subject = Subject(record.subject.bot_id, period, record.plan, record.unit)
                counts[subject] += -1 if record.reverses else 1
        return counts


@settings(max_examples=60)
@given(st.lists(steps, min_size=6, max_size=20))
def test_each_record_is_behind_the_lines_of_one_invoice(script: list[tuple[str, int, int]]) -> None:
    """Whatever was settled before, between and after the invoices, also of those that replace others."""
    archive = Archive()
    for name, first, second in script:
        # A draft looks back on five periods.
        if name != "bill" or archive.next_period <= BillingPeriod(2027, 1):
            getattr(archive, name)(first, second)
    for _ in range(2):
        archive.bill()
    archive.check()
    assert any(one.status is InvoiceStatus.VOID for one in archive.desk.invoices.issued.values()) == any(
        one.replaced_by for one in archive.desk.invoices.issued.values()
    )


@settings(max_examples=40)
@given(st.lists(st.tuples(numbers, st.integers(0, 90)), min_size=1, max_size=10), st.integers(0, 10))
def test_records_that_nothing_corrects_are_whole_in_one_invoice(
    talks: list[tuple[int, int]], late: int
) -> None:
    """Those that settle after the first invoice are behind the second."""
    archive = Archive()
    for talk in talks[late:]:
        archive.talk(*talk)
    archive.bill()
    for talk in talks[:late]:
        archive.talk(*talk)
    archive.bill()
    explained = [e for one in archive.desk.invoices.issued.values() for e in archive.desk.explain(one)]
    found: Counter[UsageRecord] = Counter()
    for share in (share for one in explained for share in one.records):
        found[share.record] += share.sessions

    assert found == {record: record.sessions for record in archive.desk.world.usage.appended}
