"""The words of the documents, in each language that has them all."""

from collections.abc import Mapping

from invoice.wording.english import ENGLISH
from invoice.wording.german import GERMAN
from invoice.wording.words import Words

# By ISO 639 code. Who reads another language gets English words, and its own dates and numbers.
WORDS: Mapping[str, Words] = {"en": ENGLISH, "de": GERMAN}

__all__ = ["WORDS", "Words"]
