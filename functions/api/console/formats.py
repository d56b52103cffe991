"""Amounts, numbers and times as a reader's own country writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from botmeter.domain.money import minor_exponent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babel import Locale

DEFAULT = "en-GB"
_MAX_LANGUAGES = 10
_MICROS = 6
# Unicode parts a code from its amount (`CHF 5.00`), where a sign stands beside it; Babel does not.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


# Tags come from browsers: whoever makes up many must not fill the memory.
@lru_cache(maxsize=256)
def _locale(tag: str) -> Locale | None:
    """The locale of a language tag; None if there is none."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 (pages alone need it)

    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None


def preferred_tag(accept_language: str) -> str:
    """The first language of the header Accept-Language that there is, by its weights; 0 refuses one."""
    offered = [part.strip().partition(";") for part in accept_language.split(",")[:_MAX_LANGUAGES]]
    ordered = sorted(offered, key=lambda part: _weight(part[2]), reverse=True)
    return next((tag for tag, _, weight in ordered if _weight(weight) > 0 and _locale(tag)), DEFAULT)


def _weight(parameter: str) -> float:
    """The weight of a language: `q=0.8` is 0.8."""
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0


@dataclass(frozen=True)
class Formats:
    """How to write for one reader: in the locale `tag`, times in `time_zone`."""

    tag: str
    time_zone: str = "UTC"

    @property
    def locale(self) -> Locale:
        """Unicode's rules for the reader's country."""
        found = _locale(self.tag)
        if found is None:
            raise ValueError(f"there is no locale {self.tag}")
        return found

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    def money(self, amount: Mapping[str, Any]) -> str:
        """An amount in minor units: `€1,234.50`."""
        currency = amount["currency"]
        return self._currency(Decimal(amount["amount"]).scaleb(-minor_exponent(currency)), currency)

    def plain_amount(self, amount_minor: int, currency: str) -> str:
        """An amount as it is typed, without its currency: `1,234.50`."""
        from babel.numbers import format_decimal  # noqa: PLC0415 (as above)

        amount = Decimal(amount_minor).scaleb(-minor_exponent(currency))
        pattern = self.locale.decimal_formats[None].pattern.partition(".")[0] + _decimals(currency)
        return format_decimal(amount, pattern, self.locale)

    def micros(self, amount_micros: int, currency: str) -> str:
        """An amount in millionths, with as many digits as it needs: `€0.0325`."""
        amount = Decimal(amount_micros).scaleb(-_MICROS)
        return self._currency(amount.normalize(), currency, exact=True)

    def number(self, number: int) -> str:
        """A whole number: `12,345`."""
        from babel.numbers import format_decimal  # noqa: PLC0415 (as above)

        return format_decimal(number, locale=self.locale)

    def percent(self, rate_bp: int) -> str:
        """A rate in hundredths of a percent: `19 %`."""
        from babel.numbers import format_percent  # noqa: PLC0415 (as above)

        return format_percent(Decimal(rate_bp) / 10_000, locale=self.locale, decimal_quantization=False)

    def day(self, day: date | str) -> str:
        """A day: `5 Oct 2026`."""
        from babel.dates import format_date  # noqa: PLC0415 (as above)

        return format_date(date.fromisoformat(day) if isinstance(day, str) else day, locale=self.locale)

    def weekday(self, day: date) -> str:
        """A day with its name: `Monday, 5 October 2026`."""
        from babel.dates import format_date  # noqa: PLC0415 (as above)

        return format_date(day, "full", locale=self.locale)

    def short_day(self, day: date) -> str:
        """A day on an axis: `5 Oct`."""
        from babel.dates import format_skeleton  # noqa: PLC0415 (as above)

        return format_skeleton("MMMd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=self.locale)

    def month(self, period: str) -> str:
        """A billing period: `October 2026`, or `the month from 15 Oct 2026`."""
        from babel.dates import format_skeleton  # noqa: PLC0415 (as above)

        if len(period) > len("2026-10"):
            return f"the month from {self.day(period)}"
        year, month = map(int, period.split("-"))
        return format_skeleton("yMMMM", datetime(year, month, 1, tzinfo=UTC), locale=self.locale)

    def instant(self, at: datetime | str) -> str:
        """A time to the minute, in the time zone: `5 Oct 2026, 09:30`."""
        return f"{self.date_of(at)}, {self.clock(at)}"

    def date_of(self, at: datetime | str) -> str:
        """The day of a time: `5 Oct 2026`."""
        return self.day(_instant(at).astimezone(self.zone).date())

    def clock(self, at: datetime | str, *, seconds: bool = False) -> str:
        """The time of the day: `09:30`, or `09:30:12`."""
        from babel.dates import format_time  # noqa: PLC0415 (as above)

        form = "medium" if seconds else "short"
        return format_time(_instant(at), form, tzinfo=self.zone, locale=self.locale)

    def duration(self, milliseconds: int) -> str:
        """A span of time to the second: `1 h 05 min 09 s`."""
        minutes, seconds = divmod(round(milliseconds / 1000), 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return f"{hours} h {minutes:02d} min {seconds:02d} s"
        return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"

    def _currency(self, amount: Decimal, currency: str, *, exact: bool = False) -> str:
        """An amount with its currency, in the digits of ISO 4217: Unicode's, for daily life, are fewer."""
        from babel.numbers import format_currency  # noqa: PLC0415 (as above)

        pattern = self.locale.currency_formats["standard"].pattern.replace(".00", _decimals(currency))
        text = format_currency(
            amount, currency, pattern, self.locale, currency_digits=False, decimal_quantization=not exact
        )
        return _LETTER_BEFORE_DIGIT.sub("\u00a0", text)


def _decimals(currency: str) -> str:
    """The end of a pattern for amounts of a currency: `.00`."""
    exponent = minor_exponent(currency)
    return "." + "0" * exponent if exponent else ""


def _instant(at: datetime | str) -> datetime:
    """An aware time, from the form in which the API gives it."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at
