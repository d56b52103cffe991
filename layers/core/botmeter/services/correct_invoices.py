"""Correct invoices: what the operator does to an issued one. Its snapshot and documents never change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from botmeter.domain.applied import credit_used
from botmeter.domain.audit import AuditEntry
from botmeter.domain.billed import counted
from botmeter.domain.credit_notes import CreditNote, IssuedCreditNote, credit, credited
from botmeter.domain.errors import Conflict, Refused
from botmeter.domain.identifiers import derived_id
from botmeter.domain.invoices import InvoiceStatus, IssuedInvoice
from botmeter.domain.members import Member
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.invoices import BillingQueue, BillingRequest, InvoiceRepository, ParkedBill, ParkedBills
from botmeter.services.actors import actor_of, require_operator

_ATTEMPTS = 5
Operation = Callable[[IssuedInvoice], IssuedInvoice]


@dataclass(frozen=True, slots=True)
class CorrectInvoices:
    """Every call raises `NotAllowed` for anybody but an operator, and `NotFound` for what does not exist.

    Documents are made by the invoice function, from the queue.
    """

    accounts: AccountRepository
    invoices: InvoiceRepository
    queue: BillingQueue
    parked: ParkedBills

    def invoice(self, operator: Member, number: str) -> IssuedInvoice:
        """Any account's invoice."""
        require_operator(operator)
        return self.invoices.by_number(self.invoices.named(number).account_id, number)

    def invoices_of(self, operator: Member, account_id: str) -> list[IssuedInvoice]:
        """The invoices of an account, newest first."""
        require_operator(operator)
        return self.invoices.of_account(self.accounts.account(account_id).account_id)

    def credit_notes_of(self, operator: Member, account_id: str) -> list[IssuedCreditNote]:
        """The credit notes of an account, newest first."""
        return self.invoices.credit_notes(account_id, self.invoices_of(operator, account_id))

    def confirm_payment(self, operator: Member, number: str, reference: str, now: datetime) -> IssuedInvoice:
        """The invoice has been paid; `reference` is what the bank's statement calls the payment.

        Raises `Conflict` for one that is void or was paid by something else.
        """
        return self._change(operator, number, "invoice.paid", now, lambda issued: issued.paid(reference, now))

    def confirm_refund(self, operator: Member, number: str, reference: str, now: datetime) -> IssuedInvoice:
        """What the invoice left in the customer's favour was paid out; `reference` is the payment's.

        Raises `Conflict` if it left nothing, or if later invoices have taken it off.
        """

        def refund(issued: IssuedInvoice) -> IssuedInvoice:
            invoices = counted(self.invoices.of_account(issued.invoice.account_id))
            used = credit_used(number, invoices)
            return issued.refunded(issued.credit_minor - used, reference)

        return self._change(operator, number, "invoice.refunded", now, refund)

    def void(self, operator: Member, number: str, reason: str, now: datetime) -> IssuedInvoice:
        """The invoice is void: nothing of it is to be paid, and nothing of it is billed again by itself.

        Raises `Conflict` for one that has a payment or a credit note.
        """
        return self._change(
            operator, number, "invoice.voided", now, lambda issued: issued.voided(reason, now)
        )

    def regenerate(self, operator: Member, number: str, now: datetime) -> None:
        """Bill the period of a void invoice anew: under a new number, which points at the old one.

        Raises `Conflict` for an invoice that is not void, or that has been replaced.
        """
        issued = self.invoice(operator, number)
        if issued.status is not InvoiceStatus.VOID:
            raise Conflict(f"invoice {number} is not void")
        if issued.replaced_by:
            raise Conflict(f"invoice {number} has been replaced by {issued.replaced_by}")
        invoice = issued.invoice
        self.queue.enqueue([BillingRequest(invoice.account_id, invoice.period, now, replaces=number)])

    def credit(
        self,
        operator: Member,
        number: str,
        line_numbers: Sequence[int] | None,
        reason: str,
        now: datetime,
        *,
        request_id: str = "",
    ) -> IssuedCreditNote:
        """A credit note for lines (1, 2, …) of an invoice, or for all that are left where it is None.

        Asked for again with the same `request_id`, it is the same note. Raises `Refused` for a line that
        there is not, `Conflict` for what is void or credited already.
        """
        for _ in range(_ATTEMPTS):
            before = self.invoice(operator, number)
            issued = self._credited(before, request_id)
            if issued is None:
                note = replace(credit(before, line_numbers, reason, now), request_id=request_id)
                issued = self._issue(operator, note)
            if issued is not None:
                self._request_documents(issued.note.number, now)
                return issued
        raise Conflict("the invoice is changed by others all the time; try again")

    def send_again(self, operator: Member, number: str, now: datetime) -> IssuedInvoice:
        """Mail the invoice once more, to the address that the account has now.

        Raises `Conflict` for a void invoice, and if the account has no address.
        """
        issued = self.invoice(operator, number)
        if issued.status is InvoiceStatus.VOID:
            raise Conflict(f"invoice {number} is void")
        if not self.accounts.account(issued.invoice.account_id).customer.email:
            raise Conflict("the account has no e-mail address")
        issued = self._change(
            operator,
            number,
            "invoice.sent_again",
            now,
            lambda one: replace(one, mail_begun_at=None, mailed_to="", revision=one.revision + 1),
        )
        self._request_documents(number, now)
        return issued

    def parked_bills(self, operator: Member) -> list[ParkedBill]:
        """The bills that wait for the operator, the oldest first."""
        require_operator(operator)
        return list(self.parked.parked())

    def release(self, operator: Member, account_id: str, now: datetime, *, approve: bool) -> ParkedBill:
        """Try a parked bill again; `approve` bills what is only high.

        Raises `Conflict` if the account has no parked bill, `Refused` if it needs approval that it lacks.
        """
        require_operator(operator)
        bill = self.parked.of_account(account_id)
        if bill is None:
            raise Conflict(f"no bill of {account_id} is parked")
        if bill.needs_approval and not approve:
            raise Refused("approve", "must be true: the bill waits for approval only")
        request = BillingRequest(
            account_id, bill.period, now, replaces=bill.replaces, approved=bill.needs_approval
        )
        # Queued first: if it dies here, the bill is made, or parked again.
        self.queue.enqueue([request])
        self.parked.release(bill)
        return bill

    def _credited(self, of: IssuedInvoice, request_id: str) -> IssuedCreditNote | None:
        """The credit note that a request has led to, if it has."""
        if not request_id or not of.credited_lines:
            return None
        notes = self.invoices.credit_notes(of.invoice.account_id, [of])
        return next((one for one in notes if one.note.request_id == request_id), None)

    def _issue(self, operator: Member, note: CreditNote) -> IssuedCreditNote | None:
        """Issue a credit note, or None if somebody else has changed the invoice."""
        now, lines = note.issued_at, ", ".join(map(str, note.line_numbers))
        audit = _entry(operator, "invoice.credited", note.of, {"lines": lines}, now)
        try:
            return self.invoices.issue_credit(note, credited(note, now), audit)
        except Conflict:
            return None

    def _request_documents(self, number: str, now: datetime) -> None:
        """Let the documents of an invoice or a credit note be made and sent, if they are not."""
        name = self.invoices.named(number)
        self.queue.enqueue([BillingRequest(name.account_id, name.period, now, number=number)])

    def _change(
        self, operator: Member, number: str, operation: str, now: datetime, change: Operation
    ) -> IssuedInvoice:
        """Apply `change` to an invoice as it is when it is saved, with an entry in the audit trail."""
        for _ in range(_ATTEMPTS):
            before = self.invoice(operator, number)
            after = change(before)
            if after == before:
                return before
            facts = {
                "status": after.status.value,
                "payment": after.payment_reference,
                "refund": after.refund_reference,
                "reason": after.reason,
            }
            try:
                self.invoices.update(before, after, _entry(operator, operation, before, facts, now))
            except Conflict:
                continue
            return after
        raise Conflict("the invoice is changed by others all the time; try again")


def _entry(
    operator: Member, operation: str, before: IssuedInvoice, facts: dict[str, str], now: datetime
) -> AuditEntry:
    """The entry of the audit trail for a change of an invoice."""
    number = before.invoice.number
    return AuditEntry(
        entry_id=derived_id("inv", number, str(before.revision)),
        at=now,
        actor=actor_of(operator),
        operation=operation,
        account_id=before.invoice.account_id,
        before={"invoice": number, "status": before.status.value},
        after={"invoice": number, **{name: fact for name, fact in facts.items() if fact}},
    )
