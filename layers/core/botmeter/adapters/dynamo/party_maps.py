"""Customers and sellers as they are stored inside their items; nothing else knows that form."""

from typing import Any

from pynamodb.attributes import ListAttribute, MapAttribute, UnicodeAttribute

from botmeter.domain.parties import Address, BankAccount, Customer, CustomerKind


class AddressMap(MapAttribute[Any, Any]):
    """An address."""

    lines: ListAttribute[str] = ListAttribute()
    postal_code = UnicodeAttribute()
    city = UnicodeAttribute()
    country = UnicodeAttribute()


class CustomerMap(MapAttribute[Any, Any]):
    """Whom invoices are for, inside the account."""

    name = UnicodeAttribute()
    address = AddressMap()  # type: ignore[no-untyped-call] # PynamoDB's own
    kind = UnicodeAttribute()
    vat_id = UnicodeAttribute()
    email = UnicodeAttribute()
    locale = UnicodeAttribute()
    order_reference = UnicodeAttribute()


class BankMap(MapAttribute[Any, Any]):
    """A bank account, inside the seller."""

    holder = UnicodeAttribute()
    iban = UnicodeAttribute()
    bic = UnicodeAttribute()
    bank = UnicodeAttribute()


def to_address_map(address: Address) -> AddressMap:
    """An address as it is stored."""
    return AddressMap(  # type: ignore[no-untyped-call] # PynamoDB's own
        lines=list(address.lines),
        postal_code=address.postal_code,
        city=address.city,
        country=address.country,
    )


def from_address_map(stored: AddressMap) -> Address:
    """A stored address."""
    return Address(tuple(stored.lines), stored.postal_code, stored.city, stored.country)


def to_customer_map(customer: Customer) -> CustomerMap:
    """A customer as it is stored."""
    return CustomerMap(  # type: ignore[no-untyped-call] # PynamoDB's own
        name=customer.name,
        address=to_address_map(customer.address),
        kind=customer.kind.value,
        vat_id=customer.vat_id,
        email=customer.email,
        locale=customer.locale,
        order_reference=customer.order_reference,
    )


def from_customer_map(stored: CustomerMap) -> Customer:
    """A stored customer."""
    return Customer(
        name=stored.name,
        address=from_address_map(stored.address),
        kind=CustomerKind(stored.kind),
        vat_id=stored.vat_id,
        email=stored.email,
        locale=stored.locale,
        order_reference=stored.order_reference,
    )


def to_bank_map(bank: BankAccount | None) -> BankMap | None:
    """A bank account as it is stored, if there is one."""
    if bank is None:
        return None
    return BankMap(  # type: ignore[no-untyped-call] # PynamoDB's own
        holder=bank.holder, iban=bank.iban, bic=bank.bic, bank=bank.bank
    )


def from_bank_map(stored: BankMap | None) -> BankAccount | None:
    """A stored bank account, if there is one."""
    return BankAccount(stored.holder, stored.iban, stored.bic, stored.bank) if stored else None
