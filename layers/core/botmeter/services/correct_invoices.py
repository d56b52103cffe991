"""Correct invoices: what the operator does to an issued one. Its snapshot and documents never change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from botmeter.domain.audit import AuditEntry
from botmeter.domain.credit_notes import IssuedCreditNote, credit, credited
from botmeter.domain.errors import Conflict, NotAllowed, Refused
from botmeter.domain.identifiers import derived_id
from botmeter.domain.invoices import InvoiceStatus, IssuedInvoice
from botmeter.domain.members import Member
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.invoices import BillingQueue, BillingRequest, InvoiceRepository, ParkedBill, ParkedBills
from botmeter.services.edit_bot import actor_of

_ATTEMPTS = 5
Operation = Callable[[IssuedInvoice], IssuedInvoice]


@dataclass(frozen=True, slots=True)
class CorrectInvoices:
    """Every call raises `NotAllowed` for anybody but an operator, and `NotFound` for what does not exist.

    Each may be made twice with the same effect. Documents are made by the invoice function, from the queue.
    """

    accounts: AccountRepository
    invoices: InvoiceRepository
    queue: BillingQueue
    parked: ParkedBills

    def invoice(self, operator: Member, number: str) -> IssuedInvoice:
        """Any account's invoice."""
        _require(operator)
        return self.invoices.by_number(self.invoices.named(number).account_id, number)

    def invoices_of(self, operator: Member, account_id: str) -> list[IssuedInvoice]:
        """The invoices of an account, newest first."""
        _require(operator)
        return self.invoices.of_account(self.accounts.account(account_id).account_id)

    def confirm_payment(self, operator: Member, number: str, reference: str, now: datetime) -> IssuedInvoice:
        """The invoice has been paid; `reference` is what the bank's statement calls the payment.

        Raises `Conflict` for one that is void or was paid by something else.
        """
        return self._change(operator, number, "invoice.paid", now, lambda issued: issued.paid(reference, now))

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
        self, operator: Member, number: str, line_numbers: Iterable[int], reason: str, now: datetime
    ) -> IssuedCreditNote:
        """A credit note for lines (1, 2, …) of an invoice, or for all that are left where none are named.

        Raises `Refused` for a line that there is not, `Conflict` for what is void or credited already.
        """
        wanted = tuple(line_numbers)
        for _ in range(_ATTEMPTS):
            before = self.invoice(operator, number)
            note = credit(before, wanted, reason, now)
            audit = _entry(operator, "invoice.credited", before, {"lines": _numbers(note.line_numbers)}, now)
            try:
                issued = self.invoices.issue_credit(note, credited(note, now), audit)
            except Conflict:
                continue
            self.request_documents(operator, issued.note.number, now)
            return issued
        raise Conflict("the invoice is changed by others all the time; try again")

    def request_documents(self, operator: Member, number: str, now: datetime) -> None:
        """Let the documents of an invoice or a credit note be made, if they are not."""
        _require(operator)
        name = self.invoices.named(number)
        self.queue.enqueue([BillingRequest(name.account_id, name.period, now, number=number)])

    def send_again(self, operator: Member, number: str, now: datetime) -> IssuedInvoice:
        """Mail the invoice once more."""
        issued = self._change(
            operator,
            number,
            "invoice.sent_again",
            now,
            lambda one: replace(one, mail_begun_at=None, mailed_to="", revision=one.revision + 1),
        )
        self.request_documents(operator, number, now)
        return issued

    def parked_bills(self, operator: Member) -> list[ParkedBill]:
        """The bills that wait for the operator, the oldest first."""
        _require(operator)
        return list(self.parked.parked())

    def release(self, operator: Member, account_id: str, now: datetime, *, approve: bool) -> ParkedBill:
        """Try a parked bill again; `approve` bills what is only high.

        Raises `Conflict` if the account has no parked bill, `Refused` if it needs approval that it lacks.
        """
        _require(operator)
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
                "reference": after.payment_reference,
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


def _numbers(line_numbers: Iterable[int]) -> str:
    """Numbers of lines as text."""
    return ", ".join(map(str, line_numbers))


def _require(operator: Member) -> None:
    """Raise unless the platform is this member's to run."""
    if not operator.is_operator:
        raise NotAllowed("this is for the platform's operator")
