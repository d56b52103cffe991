"""What an account may permit to roles of its own."""

from enum import StrEnum


class Permission(StrEnum):
    """A permission that a custom role may have."""

    ORDERS_AND_INVOICES = "orders_and_invoices"
