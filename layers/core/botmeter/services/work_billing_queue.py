"""Work the billing queue: bill what a request asks for, then make and send its documents."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.invoices import IssuedInvoice
from botmeter.ports.invoices import BillingRequest
from botmeter.services.bill_accounts import BillAccount
from botmeter.services.deliver_documents import DeliverDocuments


@dataclass(frozen=True, slots=True)
class WorkBillingQueue:
    """Does what one message asks for; again, it does what is not done."""

    bill: BillAccount
    deliver: DeliverDocuments

    def __call__(self, request: BillingRequest, now: datetime) -> IssuedInvoice | IssuedCreditNote | None:
        """What was issued, with its documents; None when there was nothing to bill, or it was parked."""
        if request.number:
            return self.deliver(request.account_id, request.number, now)
        issued = self.bill(request, now)
        return issued and self.deliver(request.account_id, issued.invoice.number, now)
