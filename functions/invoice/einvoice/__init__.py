"""Electronic invoices of EN 16931: the same document in the two syntaxes of the standard.

Owns which business terms (`BT-…`, `BG-…`) a document has. Never decides an amount: all are those of the
domain. `factur-x` writes the terms down; it is imported for the first document, so that the handler starts
without it.
"""

import re
from typing import Any

from invoice.einvoice.document import Document
from invoice.einvoice.obstacles import obstacles
from invoice.einvoice.terms import terms_of

__all__ = ["Document", "cii", "is_representable", "ubl"]

# What XML 1.0 cannot hold, whatever the encoding.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_representable(document: Document) -> bool:
    """Whether `document` can be an e-invoice: the standard has no form for some (see `obstacles`)."""
    return not obstacles(document)


def cii(document: Document) -> bytes:
    """`document` as Cross Industry Invoice, Factur-X profile EN 16931: same document, same bytes.

    Raises `ValueError` for one that is not representable.
    """
    return _written(document, "factur-x")


def ubl(document: Document) -> bytes:
    """`document` as UBL 2.1 Invoice or CreditNote: same document, same bytes.

    Raises `ValueError` for one that is not representable.
    """
    return _written(document, "ubl-2.1")


def _written(document: Document, flavor: str) -> bytes:
    """The terms of `document` in a syntax; what they say is checked by the tests, not at each invoice."""
    if reasons := obstacles(document):
        raise ValueError(f"no e-invoice of {document.number or 'a draft'}: {'; '.join(reasons)}")
    from facturx.generate_xml import generate_xml  # noqa: PLC0415 (see above)

    terms = _tidy(terms_of(document))
    written: bytes = generate_xml(terms, flavor, "en16931", check_xsd=False, check_schematron=False)
    return written


def _tidy(value: Any) -> Any:
    """`value` with every text in it on one line and fit for XML, and without what is empty then.

    The standard knows no empty term: what has no value is left out.
    """
    if isinstance(value, str):
        return " ".join(_NOT_XML.sub("", value).split())
    if isinstance(value, list):
        return [tidied for one in value if (tidied := _tidy(one))]
    if isinstance(value, dict):
        return {key: tidied for key, one in value.items() if (tidied := _tidy(one))}
    return value
