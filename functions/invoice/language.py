"""How a customer reads: the words of a language, and the dates, numbers and countries of a locale.

Every amount is an integer until it is a `Decimal` for Babel: no float comes near money.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_interval, format_skeleton
from babel.numbers import NumberPattern, parse_pattern

from botmeter.domain.money import MICROS_DIGITS, minor_exponent
from botmeter.domain.parties import Address
from botmeter.domain.periods import BillingPeriod
from invoice.wording import WORDS, Words

# English without a country: no country's order of day and month.
INTERNATIONAL = Locale("en", "001")
# The last letters that DejaVu Sans has and a line from left to right may hold: Armenian and all before it.
LAST_LETTER = "\u058f"
# Where the postal code follows the city.
CODE_AFTER_CITY = frozenset({"AE", "AU", "CA", "GB", "HK", "IE", "IN", "JP", "KR", "NZ", "SG", "US", "ZA"})
# Babel leaves out the space that Unicode wants between a currency's letters and a digit: KWD 331.332.
BETWEEN_CODE_AND_NUMBER = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")

_PERCENT_DIGITS = 2
_BASIS_POINT_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Language:
    """`words`, and a `locale` that says how everything else is written."""

    words: Words
    locale: Locale

    @property
    def tag(self) -> str:
        """The language of the words, as BCP 47 has it."""
        if WORDS.get(self.locale.language) is not self.words or self.locale == INTERNATIONAL:
            return "en"
        return str(self.locale).replace("_", "-")

    def day(self, day: date) -> str:
        """1 November 2026."""
        return format_date(day, "long", locale=self.locale)

    def short_day(self, day: date) -> str:
        """01/11/2026, for tables."""
        return format_skeleton("yMMdd", day, locale=self.locale)

    def days(self, period: BillingPeriod) -> str:
        """1–31 Oct 2026: the first and the last day of a period."""  # noqa: RUF002 (as it is printed)
        return format_interval(period.first_day, period.last_day, "yMMMd", locale=self.locale)

    def month(self, period: BillingPeriod) -> str:
        """October 2026; the days of a period that is no calendar month."""
        if period.anchor_day != 1:
            return self.days(period)
        return format_skeleton("yMMMM", period.first_day, locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """1 November 2026, 00:30, in the time zone of `moment`."""
        return f"{self.day(moment.date())}, {format_datetime(moment, 'HH:mm', locale=self.locale)}"

    def number(self, count: int) -> str:
        """1,295."""
        return self._decimal(Decimal(count), (0, 0))

    def amount(self, amount_minor: int, currency: str) -> str:
        """1,234.50: an amount whose currency stands elsewhere."""
        digits = minor_exponent(currency)
        return self._decimal(Decimal(amount_minor).scaleb(-digits), (digits, digits))

    def price(self, price_micros: int, currency: str) -> str:
        """0.15 or 0.0125: the decimals that it needs, and at least those of the currency."""
        digits = minor_exponent(currency), MICROS_DIGITS
        return self._decimal(Decimal(price_micros).scaleb(-MICROS_DIGITS), digits)

    def money(self, amount_minor: int, currency: str) -> str:
        """€1,234.50, with the decimals that ISO 4217 gives the currency."""
        digits = minor_exponent(currency)
        pattern = _pattern(self.locale.currency_formats["standard"].pattern, (digits, digits))
        value = Decimal(amount_minor).scaleb(-digits)
        text = pattern.apply(value, self.locale, currency=currency, currency_digits=False)
        return BETWEEN_CODE_AND_NUMBER.sub("\N{NO-BREAK SPACE}", text)

    def percent(self, rate_bp: int) -> str:
        """19%, from hundredths of a percent."""
        pattern = _pattern(self.locale.percent_formats[None].pattern, (0, _PERCENT_DIGITS))
        return str(pattern.apply(Decimal(rate_bp).scaleb(-_BASIS_POINT_DIGITS), self.locale))

    def country(self, code: str) -> str:
        """Germany; the code itself where the locale has no name for it."""
        return str(self.locale.territories.get(code, code))

    def address(self, address: Address) -> list[str]:
        """The lines of an address, as its country orders them."""
        place = [address.postal_code, address.city]
        if address.country in CODE_AFTER_CITY:
            place.reverse()
        lines = [*address.lines, " ".join(filter(None, place)), self.country(address.country)]
        return [line for line in lines if line]

    def _decimal(self, value: Decimal, digits: tuple[int, int]) -> str:
        """`value` with at least and at most so many decimals."""
        pattern = _pattern(self.locale.decimal_formats[None].pattern, digits)
        return str(pattern.apply(value, self.locale))


@cache
def language_of(tag: str) -> Language:
    """How to write for who reads `tag` (BCP 47), as far as words and letters go."""
    locale = _known(tag)
    words = WORDS.get(locale.language, WORDS["en"])
    return Language(words, locale if _has_letters_for(locale) else INTERNATIONAL)


def _known(tag: str) -> Locale:
    """The locale of `tag`, or that of its language alone, or the international one."""
    for attempt in (tag, tag.partition("-")[0]):
        with suppress(ValueError, UnknownLocaleError):
            locale = Locale.parse(attempt, sep="-")
            return INTERNATIONAL if str(locale) == "en" else locale
    return INTERNATIONAL


def _has_letters_for(locale: Locale) -> bool:
    """Whether the font of the documents can write the months of `locale`."""
    months = "".join(str(name) for name in locale.months["format"]["wide"].values())
    text = months + format_date(date(2026, 1, 31), "long", locale=locale)
    return not any(character.isalpha() and character > LAST_LETTER for character in text)


@cache
def _pattern(text: str, digits: tuple[int, int]) -> NumberPattern:
    """A number pattern with at least and at most so many decimals."""
    pattern = parse_pattern(text)
    pattern.frac_prec = digits
    return pattern
