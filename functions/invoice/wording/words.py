"""What a language has to have a word for."""

from collections.abc import Mapping
from dataclasses import dataclass

from botmeter.domain.invoices import LineKind, PaymentSource
from botmeter.domain.orders import OrderKind, OrderStatus, PaymentMethod
from botmeter.domain.tax import TaxCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that is printed and is no name, number or date. What stands in braces is filled in."""

    # Kinds of documents, and what tells a draft from the real thing
    invoice: str
    credit_note: str
    draft_invoice: str
    draft_credit_note: str
    draft_mark: str
    draft_notice: str

    # Facts at the head
    recipient: str
    number: str
    no_number: str
    issued_on: str
    due_on: str
    service_period: str
    time_zone: str
    account: str
    customer_vat_id: str
    order_reference: str
    replaces: str
    corrects: str
    of_day: str
    reason: str

    # The table
    position: str
    description: str
    quantity: str
    unit_price: str
    tax: str
    net_amount: str
    plan: str
    plans: str
    on_plan: str
    subtotal: str
    no_charges: str
    charges: Mapping[LineKind, str]
    beyond: Mapping[LineKind, str]
    adjustments: Mapping[LineKind, str]
    days: str
    from_balance: str

    # The sums
    net_total: str
    tax_names: Mapping[TaxCategory, str]
    tax_labels: Mapping[TaxCategory, str]
    tax_of_country: str
    tax_on: str
    total: str
    applied: Mapping[PaymentSource, str]
    amount_due: str
    in_favour: str
    credited: str
    charged_back: str
    tax_remarks: Mapping[TaxCategory, str]
    credit_note_remark: str

    # How to pay
    payment: str
    pay_by: str
    account_holder: str
    bank: str
    amount: str
    reference: str
    scan: str
    code_alternative: str
    nothing_to_pay: str
    nothing_to_pay_in_favour: str

    # Orders
    orders: str
    orders_note: str
    order_date: str
    order: str
    order_kind: str
    order_method: str
    order_status: str
    order_kinds: Mapping[OrderKind, str]
    order_methods: Mapping[PaymentMethod, str]
    order_statuses: Mapping[OrderStatus, str]

    # Use by day
    usage: str
    usage_sessions: str
    alert_sessions: str
    chart_alternative: str
    usage_as_of: str
    explanation: str

    # The foot of each page
    tax_number: str
    vat_id: str
    page: str
    of_pages: str
