"""What holds of the sums of invoices and credit notes, whatever their lines."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.credit_notes import CreditNote, credit, credited
from botmeter.domain.debits import free_by_day
from botmeter.domain.invoices import (
    AppliedPayment,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    IssuedInvoice,
    LineKind,
    PaymentSource,
)
from botmeter.domain.money import minor_exponent
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.rating import Rates
from botmeter.domain.settlement import Metered, UsageRecord, usage_totals
from botmeter.domain.tax import Tax, TaxCategory, TaxTotal
from tests.fakes.demo import ACCOUNT, PLANS, STANDARD, WELCOMING, bot, conversation
from tests.fakes.documents import invoice

NOW = datetime(2026, 11, 8, tzinfo=UTC)
TAXES = [
    Tax(TaxCategory.STANDARD, 1_900, "DE"),
    Tax(TaxCategory.STANDARD, 700, "DE"),
    Tax(TaxCategory.STANDARD, 2_550, "FI"),
    Tax(TaxCategory.REVERSE_CHARGE, 0, "FR"),
]
currencies = st.sampled_from(["EUR", "JPY", "KWD"])
facts = st.tuples(
    st.sampled_from(list(LineKind)),
    st.integers(-2_000, 2_000),
    st.integers(0, 300_000_000) | st.integers(0, 20_000),
    st.sampled_from(TAXES),
)
lines_of = st.lists(facts, max_size=12)


def drawn_up(currency: str, of: list[tuple[LineKind, int, int, Tax]], applied: list[int]) -> Invoice:
    """An invoice with lines as rating makes them."""
    plan = PlanVersion("any", 1, "Any", PlanKind.SUBSCRIPTION, currency)
    period = BillingPeriod(2026, 10)
    made: list[InvoiceLine] = []
    for kind, quantity, price_micros, tax in of:
        rates = Rates(bot(STANDARD), ACCOUNT.calendar, lambda _, tax=tax: tax)  # type: ignore[misc]
        made.append(rates.line(plan, kind, period, quantity, price_micros))
    payments = [AppliedPayment(PaymentSource.ORDER, f"ord-{n}", a) for n, a in enumerate(applied)]
    return invoice(made, currency=currency, applied=tuple(payments))


def half_up(numerator: int, denominator: int) -> int:
    """To the nearest whole number, halves away from zero: written in another way than the code's."""
    whole, rest = divmod(abs(numerator), denominator)
    rounded = whole + (rest * 2 >= denominator)
    return rounded if numerator > 0 else -rounded


@given(currencies, lines_of, st.lists(st.integers(-10_000, 1_000_000), max_size=3))
def test_sums_add_up(currency: str, of: list[tuple[LineKind, int, int, Tax]], applied: list[int]) -> None:
    """Net is the sum of rounded lines, total is net and taxes, due is total less applied."""
    one = drawn_up(currency, of, applied)
    unit = 10 ** (6 - minor_exponent(currency))
    amounts = [half_up(quantity * price, unit) for _, quantity, price, _ in of]

    assert [line.amount_minor for line in one.lines] == amounts
    assert one.net_minor == sum(amounts) == sum(total.net_minor for total in one.taxes)
    assert one.total_minor == one.net_minor + sum(total.tax_minor for total in one.taxes)
    assert one.due_minor == one.total_minor - sum(applied)


@given(currencies, lines_of)
def test_tax_is_rounded_once_for_each_category_and_rate(
    currency: str, of: list[tuple[LineKind, int, int, Tax]]
) -> None:
    """It is never more than half a unit from the exact one, and named once for each."""
    one = drawn_up(currency, of, [])

    assert len({total.tax for total in one.taxes}) == len(one.taxes) == len({line.tax for line in one.lines})
    for total in one.taxes:
        net = sum(line.amount_minor for line in one.lines if line.tax == total.tax)
        assert total == TaxTotal(total.tax, net, half_up(net * total.tax.rate_bp, 10_000))


@given(currencies, st.lists(facts, min_size=1, max_size=12), st.data())
def test_credit_notes_of_any_parts_give_back_exactly_the_invoice(
    currency: str, of: list[tuple[LineKind, int, int, Tax]], data: st.DataObject
) -> None:
    """Net, each tax and total, in whatever portions and order the lines are credited."""
    issued = IssuedInvoice(drawn_up(currency, of, []), "key")
    notes: list[CreditNote] = []
    while left := sorted(set(range(1, len(of) + 1)) - issued.credited_lines):
        some = st.lists(st.sampled_from(left), unique=True, min_size=1, max_size=len(left))
        part = data.draw(st.none() | some)
        notes.append(credit(issued, part, "a mistake", NOW))
        issued = credited(notes[-1], NOW)
    taxes = {total.tax: 0 for total in issued.invoice.taxes}
    for total in (total for note in notes for total in note.taxes):
        taxes[total.tax] += total.tax_minor

    assert sum(note.net_minor for note in notes) == issued.invoice.net_minor
    assert taxes == {total.tax: total.tax_minor for total in issued.invoice.taxes}
    assert sum(note.total_minor for note in notes) == issued.invoice.total_minor == issued.credited_minor
    assert (issued.status, issued.open_minor) == (InvoiceStatus.PAID, 0)


records = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 4), st.booleans(), st.sampled_from([STANDARD, WELCOMING])),
    min_size=1,
    max_size=8,
)


@given(records, st.integers(0, 100))
def test_free_credits_by_day_sum_to_what_they_paid(
    of: list[tuple[int, int, bool, PlanVersion]], percent: int
) -> None:
    """Whatever part of the price it is; no day is paid beyond its own price, nor the other way round."""
    appended = [_record(n, *one) for n, one in enumerate(of)]
    calendar = ACCOUNT.calendar
    prices = {
        key: sum(PLANS[key.plan].debit_micros(bucket.unit, count) for bucket, count in hours.items())
        for key, hours in usage_totals(appended, calendar).items()
    }
    free_micros = sum(prices.values()) * percent // 100
    paid = free_by_day(appended, PLANS, calendar, free_micros)

    assert sum(paid.values()) == free_micros
    assert all(0 < micros * free_micros <= prices[key] * free_micros for key, micros in paid.items())


def _record(number: int, day: int, sessions: int, reverses: bool, plan: PlanVersion) -> UsageRecord:
    at = int(datetime(2026, 10, day, 9, tzinfo=UTC).timestamp()) * 1_000
    starts = tuple(at + n for n in range(sessions))
    metered = Metered(at, at, 0, starts)
    named = "x" if reverses else None
    return UsageRecord(conversation(f"c-{number}"), 1, metered, plan.ref, "metering@1", named)
