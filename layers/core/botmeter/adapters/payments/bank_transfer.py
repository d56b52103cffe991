"""Bank transfers to the operator: the payer does it, and the operator says when the money has come."""

from dataclasses import dataclass

from botmeter.domain.errors import PaymentRefused
from botmeter.domain.orders import Order, OrderStatus, Payment, PaymentMethod


@dataclass(frozen=True, slots=True)
class BankDetails:
    """The account that transfers go to."""

    account_holder: str
    iban: str
    bic: str


class BankTransfer:
    """Payment by transfer to the account of `details`: of its state no more is known than the order says."""

    method = PaymentMethod.BANK_TRANSFER

    def __init__(self, details: BankDetails) -> None:
        self._details = details

    def start(self, order: Order) -> Payment:
        """What the payer has to transfer to, and under which reference: the order's id."""
        instructions = {
            "account_holder": self._details.account_holder,
            "iban": self._details.iban,
            "bic": self._details.bic,
            "reference": order.order_id,
        }
        return Payment(order.order_id, OrderStatus.PENDING, instructions=instructions)

    def reload(self, order: Order, earlier_reference: str) -> Payment:
        """Raises `PaymentRefused`: money cannot be fetched from a payer's bank."""
        raise PaymentRefused(
            f"A transfer as {earlier_reference} cannot be made for {order.order_id} without the payer."
        )

    def cancel(self, order: Order) -> Payment:
        """The order has failed: the operator no longer waits for the transfer, unless it has come."""
        if order.status is OrderStatus.PAID:
            return Payment(order.order_id, OrderStatus.PAID)
        return Payment(order.order_id, OrderStatus.FAILED, "The transfer was canceled.")

    def look_up(self, order: Order) -> Payment:
        """The order's own state, pending until the operator confirms it."""
        return Payment(order.order_id, order.status, order.failure)
