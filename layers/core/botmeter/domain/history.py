"""The history of an account: what it has bought, was billed and was given back."""

from dataclasses import dataclass

from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.invoices import IssuedInvoice
from botmeter.domain.orders import Order


@dataclass(frozen=True, slots=True)
class BilledOrder:
    """An order, and the number of the invoice that lists it, once there is one."""

    order: Order
    invoice: str | None


Entry = BilledOrder | IssuedInvoice | IssuedCreditNote
