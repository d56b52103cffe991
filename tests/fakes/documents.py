"""Invoices and credit notes as the documents show them, made from a few words."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import BilledTotal, Invoice, InvoiceLine, IssuedInvoice, LineKind
from botmeter.domain.money import round_to_minor
from botmeter.domain.parties import Address, BankAccount, Customer, Seller
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.tax import Tax, TaxCategory

OCTOBER = BillingPeriod(2026, 10)
NOVEMBER = OCTOBER.next()
# 1 November, half past midnight, in Berlin.
ISSUED_AT = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
ISSUED_ON = date(2026, 11, 1)

GERMAN = Tax(TaxCategory.STANDARD, 1_900, "DE")
REVERSE_CHARGE = Tax(TaxCategory.REVERSE_CHARGE, 0, "FR")
EXPORT = Tax(TaxCategory.EXPORT, 0, "JP")

SELLER = Seller(
    code="de",
    name="Botmeter Cloud GmbH",
    address=Address(("Hafenstraße 12",), "20457", "Hamburg", "DE"),
    vat_id="DE136695976",
    tax_number="27/123/45678",
    registration="Amtsgericht Hamburg, HRB 123456",
    email="billing@botmeter.example",
    phone="+49 40 5550 1234",
    website="botmeter.example",
    bank=BankAccount("Botmeter Cloud GmbH", "DE89370400440532013000", "COBADEFFXXX", "Commerzbank"),
    time_zone="Europe/Berlin",
)
CUSTOMER = Customer(
    name="Ωmega Жуков GmbH",
    address=Address(("Hauptstraße 1", "Hinterhaus"), "10115", "Berlin", "DE"),
    vat_id="DE123456788",
    email="accounts@omega.example",
    order_reference="PO-4711",
)


def line(kind: LineKind = LineKind.USAGE, quantity: int = 1_295, **changes: Any) -> InvoiceLine:
    """A line of October at 0.15 a session, or of a fee of 49 for November; `changes` are its fields."""
    fee = kind.is_fee
    fields: dict[str, Any] = {
        "bot_id": "bot_orders",
        "bot_name": "Orders",
        "plan": "essential@1",
        "plan_name": "Essential",
        "currency": "EUR",
        "service_period": NOVEMBER if fee else OCTOBER,
        "unit_price_micros": 49_000_000 if fee else 150_000,
        "tax": GERMAN,
        "rule": "" if fee else "metering@1",
    } | changes
    amount = round_to_minor(quantity * fields["unit_price_micros"], fields["currency"])
    return InvoiceLine(kind=kind, quantity=quantity, **({"amount_minor": amount} | fields))


def lines_of_bot(number: int = 1, **changes: Any) -> list[InvoiceLine]:
    """The five lines of a bot on a plan with a fee, included sessions, and sessions beyond these."""
    one = {"bot_id": f"bot_{number}", "bot_name": f"Orders {number}"} | changes
    return [
        line(LineKind.FEE, 1, **one),
        line(LineKind.INCLUDED_USAGE, 500, unit_price_micros=0, **one),
        line(LineKind.USAGE, 1_200 + number, **one),
        line(LineKind.INCLUDED_ALERTS, 20, unit_price_micros=0, **one),
        line(LineKind.ALERTS, 6 + number, unit_price_micros=40_000, **one),
    ]


def lines(count: int, **changes: Any) -> tuple[InvoiceLine, ...]:
    """`count` lines, five for each bot."""
    bots = range(1, -(-count // 5) + 1)
    return tuple(one for number in bots for one in lines_of_bot(number, **changes))[:count]


def daily_totals(period: BillingPeriod = OCTOBER) -> tuple[BilledTotal, ...]:
    """Sessions on each day of `period`, fewer at weekends, none on one day."""
    days = [period.first_day + timedelta(n) for n in range(period.last_day.day)]
    usage = {day: 12 + day.day % 5 if day.weekday() >= 5 else 50 + 7 * (day.day % 6) for day in days}
    usage[days[2]] = 0
    return tuple(
        BilledTotal("bot_1", "essential@1", unit, day, count)
        for day, sessions in usage.items()
        for unit, count in ((Unit.USAGE, sessions), (Unit.ALERT, sessions // 8))
    )


def invoice(
    of: Iterable[InvoiceLine] | None = None, *, locale: str = "en", currency: str = "EUR", **changes: Any
) -> Invoice:
    """An issued invoice for October of `of` (two bots, if nothing is said); `changes` are its fields."""
    charged = lines(10, currency=currency) if of is None else tuple(of)
    fields: dict[str, Any] = {
        "number": "INV-2026-000042",
        "account_id": "acct_omega",
        "period": OCTOBER,
        "time_zone": "Europe/Berlin",
        "issued_at": ISSUED_AT,
        "issued_on": ISSUED_ON,
        "due_on": ISSUED_ON + timedelta(SELLER.payment_days),
        "seller": SELLER,
        "customer": replace(CUSTOMER, locale=locale),
        "totals": daily_totals(),
    }
    return Invoice(currency=currency, lines=charged, **(fields | changes))


def credit_note(of: Invoice | None = None, *line_numbers: int, **changes: Any) -> CreditNote:
    """An issued credit note for lines (all, if none are named) of `of` or of the invoice above."""
    credited = invoice() if of is None else of
    fields: dict[str, Any] = {
        "number": "CN-2026-000007",
        "reason": "Sessions of a test were billed",
        "issued_at": datetime(2026, 11, 9, 8, 15, tzinfo=UTC),
        "issued_on": date(2026, 11, 9),
    }
    numbers = line_numbers or tuple(range(1, len(credited.lines) + 1))
    of_issued = IssuedInvoice(credited, f"invoices/{credited.number}")
    return CreditNote(of=of_issued, line_numbers=numbers, **(fields | changes))
