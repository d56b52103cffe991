"""Bank transfers to whoever bills: the payer does it, and the operator says when the money has come."""

from contextlib import suppress

from botmeter.domain.errors import NotFound, PaymentRefused
from botmeter.domain.orders import Order, OrderStatus, Payment, PaymentMethod
from botmeter.domain.parties import BankAccount
from botmeter.ports.accounts import AccountRepository


class BankTransfer:
    """Payment by transfer to the bank account of the seller that bills the order's account.

    `otherwise` is where transfers go for a seller without one. Of the state of a payment no more is known
    than the order says.
    """

    method = PaymentMethod.BANK_TRANSFER

    def __init__(self, accounts: AccountRepository, otherwise: BankAccount) -> None:
        self._accounts = accounts
        self._otherwise = otherwise

    def start(self, order: Order) -> Payment:
        """What the payer has to transfer to, and under which reference: the order's id."""
        bank = self._bank_of(order.account_id)
        instructions = {
            "account_holder": bank.holder,
            "iban": bank.iban,
            "bic": bank.bic,
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

    def _bank_of(self, account_id: str) -> BankAccount:
        """The bank account on the invoices of an account, so that all it pays goes to one payee."""
        with suppress(NotFound):
            return self._accounts.seller(self._accounts.account(account_id).seller).bank or self._otherwise
        return self._otherwise
