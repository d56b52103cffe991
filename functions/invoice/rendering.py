"""From an issued invoice to its PDF: Jinja2 writes the HTML, WeasyPrint sets it.

An invoice is rendered to the same bytes every time: nothing here asks for the time, and the document
loads nothing from outside. Jinja2 and WeasyPrint are imported when the first invoice is rendered, so that
the handler starts without them.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from botmeter.domain.invoices import Invoice, InvoiceLine, LineKind
from botmeter.domain.money import Money, format_price, format_units, minor_exponent
from botmeter.domain.periods import BillingPeriod

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"
# Where Lambda unpacks layers/pango: its fonts are the only ones there.
LAYER_FONT_CONFIGURATION = Path("/opt/etc/fonts/fonts.conf")

# Not from `calendar`: its names follow the locale of the process.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_WORDING = {
    LineKind.FEE: "{plan} monthly fee, {month}",
    LineKind.ORDERED: "{plan} monthly fee, {month}, charged by an order before",
    LineKind.INCLUDED_USAGE: "Usage sessions, {month}, included",
    LineKind.USAGE: "Usage sessions, {month}",
    LineKind.INCLUDED_ALERTS: "Alert sessions, {month}, included",
    LineKind.ALERTS: "Alert sessions, {month}",
}
# The kind that takes over when a plan's included sessions are used up, and what it is called then.
_BEYOND = {LineKind.INCLUDED_USAGE: LineKind.USAGE, LineKind.INCLUDED_ALERTS: LineKind.ALERTS}
_WORDING_BEYOND = {
    LineKind.USAGE: "Usage sessions beyond those included, {month}",
    LineKind.ALERTS: "Alert sessions beyond those included, {month}",
}

# What is counted together: sessions of a kind, on a plan version, in a month.
_Subject = tuple[LineKind, str, BillingPeriod]


@dataclass(frozen=True, slots=True)
class Charge:
    """A line in words: what it charges for, and what there is to remark on it."""

    description: str
    remarks: tuple[str, ...]
    line: InvoiceLine


@dataclass(frozen=True, slots=True)
class Section:
    """What one bot costs: its charges, and their sum in minor units."""

    bot_id: str
    bot_name: str
    plans: tuple[str, ...]
    charges: tuple[Charge, ...]
    subtotal_minor: int


def render_invoice(invoice: Invoice) -> bytes:
    """The PDF of `invoice`: same invoice, same bytes."""
    weasyprint = _weasyprint()
    # The document is complete in itself: whatever else it might name is refused.
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    pdf: bytes = weasyprint.HTML(string=render_html(invoice), url_fetcher=nothing).write_pdf()
    return pdf


def render_html(invoice: Invoice) -> str:
    """The HTML of `invoice`, with its style sheet inside: what WeasyPrint is given."""
    return _template().render(
        invoice=invoice,
        sections=sections(invoice.lines),
        issued_on=invoice.issued_at.astimezone(ZoneInfo(invoice.time_zone)).date(),
        issued_at=invoice.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        amount=partial(format_units, exponent=minor_exponent(invoice.currency)),
        price=partial(format_price, currency=invoice.currency),
        money=partial(Money, currency=invoice.currency),
    )


def sections(lines: Iterable[InvoiceLine]) -> list[Section]:
    """`lines` by bot, in the order in which the bots appear."""
    by_bot: dict[str, list[InvoiceLine]] = {}
    for line in lines:
        by_bot.setdefault(line.bot_id, []).append(line)
    return [_section(of_bot) for of_bot in by_bot.values()]


def _section(lines: list[InvoiceLine]) -> Section:
    """The section of the bot that all of `lines` charge for."""
    plans = tuple(dict.fromkeys(line.plan_name for line in lines))
    beyond = {(_BEYOND[line.kind], line.plan, line.service_period) for line in lines if line.kind in _BEYOND}
    return Section(
        bot_id=lines[0].bot_id,
        bot_name=lines[0].bot_name,
        plans=plans,
        charges=tuple(
            Charge(_describe(line, beyond), tuple(_remarks(line, name_plan=len(plans) > 1)), line)
            for line in lines
        ),
        subtotal_minor=sum(line.amount_minor for line in lines),
    )


def _describe(line: InvoiceLine, beyond: Collection[_Subject]) -> str:
    """What `line` charges for. `beyond` holds what goes beyond a plan's included sessions."""
    wording = _WORDING_BEYOND if (line.kind, line.plan, line.service_period) in beyond else _WORDING
    return wording[line.kind].format(plan=line.plan_name, month=month_name(line.service_period))


def _remarks(line: InvoiceLine, *, name_plan: bool) -> Iterator[str]:
    """The plan, where a bot was on several, and who has paid already."""
    if name_plan and line.kind not in {LineKind.FEE, LineKind.ORDERED}:
        yield f"{line.plan_name} plan"
    if line.prepaid:
        yield "paid from balance"


def month_name(period: BillingPeriod) -> str:
    """A billing period in words: October 2026, or 15 October 2026 to 14 November 2026."""
    if period.anchor_day != 1:
        return f"{day_name(period.first_day)} to {day_name(period.last_day)}"
    return f"{_MONTHS[period.month - 1]} {period.year}"


def day_name(day: date) -> str:
    """A day in words: 1 November 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


@cache
def _template() -> "Template":
    """The invoice's template, compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 (see above)

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(day=day_name)
    return environment.get_template("invoice.html")


@cache
def _weasyprint() -> Any:
    """WeasyPrint, which reads its surroundings when it is imported: they are prepared first."""
    if LAYER_FONT_CONFIGURATION.exists():
        os.environ.setdefault("FONTCONFIG_FILE", str(LAYER_FONT_CONFIGURATION))
    # Without HarfBuzz-Subset, fontTools makes the fonts, and stamps them with the time unless told otherwise.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    import weasyprint  # noqa: PLC0415 (see above)

    return weasyprint
