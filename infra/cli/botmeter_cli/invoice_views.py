"""Invoices and what is behind them, as the command shows them."""

from typing import Any, Final

from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.explanations import Explanation
from botmeter.domain.invoices import Invoice, IssuedInvoice
from botmeter.domain.money import format_price
from botmeter.domain.periods import to_rfc3339
from botmeter.ports.invoices import BillingRequest, ParkedBill
from botmeter_cli.output import Columns
from botmeter_cli.report import money_text
from botmeter_cli.views import Item, money, time, time_text


def invoice(issued: IssuedInvoice) -> Item:
    """An invoice, and what has become of it."""
    of = issued.invoice
    return {
        "number": of.number,
        "account_id": of.account_id,
        "period": of.period.label,
        "issued_on": of.issued_on.isoformat(),
        "due_on": of.due_on.isoformat(),
        "total": money(of.total_minor, of.currency),
        "due": money(issued.open_minor, of.currency),
        "in_favour": money(issued.credit_minor, of.currency),
        "status": issued.status,
        "reason": issued.reason,
        "replaces": of.replaces,
        "replaced_by": issued.replaced_by,
        "mailed_to": issued.mailed_to,
        "mail_begun_at": time(issued.mail_begun_at),
        "pdf_sha256": issued.document_sha256,
    }


def _status_text(shown: Item) -> str:
    """`void: wrong address`."""
    return f"{shown['status']}: {shown['reason']}" if shown["reason"] else str(shown["status"])


def _mail_text(shown: Item) -> str:
    """Whom it was sent to; a process may have died while it was sent."""
    return shown["mailed_to"] or ("perhaps" if shown["mail_begun_at"] else "no")


def _number_text(amount: Item) -> str:
    """An amount whose currency stands elsewhere."""
    return money_text(amount).partition(" ")[0]


INVOICE_COLUMNS: Final[Columns] = {
    "Invoice": lambda invoice: invoice["number"],
    "Period": lambda invoice: invoice["period"],
    "Issued": lambda invoice: invoice["issued_on"],
    "Total": lambda invoice: _number_text(invoice["total"]),
    "To pay": lambda invoice: _number_text(invoice["due"]),
    "In favour": lambda invoice: _number_text(invoice["in_favour"]) if invoice["in_favour"]["amount"] else "",
    "In": lambda invoice: invoice["total"]["currency"],
    "Until": lambda invoice: invoice["due_on"],
    "Status": _status_text,
    "Replaced by": lambda invoice: invoice["replaced_by"],
    "Mailed": _mail_text,
}


def lines(of: Invoice) -> list[Item]:
    """The lines of an invoice, or of a draft."""
    return [
        {
            "line": number,
            "bot_id": line.bot_id,
            "kind": line.kind,
            "plan": line.plan,
            "service_period": line.service_period.label,
            "is_adjustment": of.is_adjustment(line),
            "quantity": line.quantity,
            "unit_price_micros": line.unit_price_micros,
            "amount": money(line.amount_minor, line.currency),
            "tax_category": line.tax.category,
            "tax_rate_bp": line.tax.rate_bp,
            "prepaid": line.prepaid,
        }
        for number, line in enumerate(of.lines, start=1)
    ]


LINE_COLUMNS: Final[Columns] = {
    "Line": lambda line: str(line["line"]),
    "Bot": lambda line: line["bot_id"],
    "For": lambda line: line["kind"].replace("_", " ") + (" (adjustment)" if line["is_adjustment"] else ""),
    "Plan": lambda line: line["plan"],
    "Period": lambda line: line["service_period"],
    "Quantity": lambda line: f"{line['quantity']:,}",
    "Price": lambda line: format_price(line["unit_price_micros"], line["amount"]["currency"]),
    "Amount": lambda line: money_text(line["amount"]),
    "Tax": lambda line: f"{line['tax_category']} {line['tax_rate_bp'] / 100:g} %",
}


def explanation(of: Invoice, explained: Explanation) -> Item:
    """Lines that count the same, and the records behind them."""
    subject = explained.subject
    return {
        "lines": list(explained.line_numbers),
        "bot_id": subject.bot_id,
        "period": subject.period.label,
        "is_adjustment": subject.period < of.period,
        "plan": subject.plan,
        "unit": subject.unit,
        "sessions": explained.sessions,
        "unexplained": explained.unexplained,
        "records": [
            {
                "record_id": share.record.record_id,
                "subject": share.record.subject.name,
                "started_at": to_rfc3339(share.record.metered.start_ms),
                "ended_at": to_rfc3339(share.record.metered.end_ms),
                "session_starts": [to_rfc3339(ms) for ms in share.record.metered.session_starts_ms],
                "rule": share.record.rule,
                "reverses": share.record.reverses,
                "sessions": share.sessions,
            }
            for share in explained.records
        ],
    }


def record_rows(explained: Item) -> list[Item]:
    """A row for the lines, and one for each record behind them."""
    facts = {name: explained[name] for name in ("lines", "bot_id", "period", "plan", "unit")}
    head = {**facts, "subject": "", "started_at": "", "sessions": explained["sessions"]}
    return [head, *({**_NO_FACTS, **record} for record in explained["records"])]


_NO_FACTS: Final[Item] = {"lines": [], "bot_id": "", "period": "", "plan": "", "unit": ""}

RECORD_COLUMNS: Final[Columns] = {
    "Lines": lambda row: ", ".join(map(str, row["lines"])),
    "Bot": lambda row: row["bot_id"],
    "Period": lambda row: row["period"],
    "Plan": lambda row: row["plan"],
    "Unit": lambda row: row["unit"],
    "Conversation or alert": lambda row: row["subject"],
    "Began": lambda row: row["started_at"],
    "Sessions": lambda row: f"{row['sessions']:,}",
}


def credit_note(issued: IssuedCreditNote) -> Item:
    """A credit note."""
    note = issued.note
    return {
        "number": note.number,
        "invoice": note.of.invoice.number,
        "issued_on": note.issued_on.isoformat(),
        "lines": list(note.line_numbers),
        "total": money(note.total_minor, note.of.invoice.currency),
        "reason": note.reason,
    }


CREDIT_NOTE_COLUMNS: Final[Columns] = {
    "Credit note": lambda note: note["number"],
    "Invoice": lambda note: note["invoice"],
    "Lines": lambda note: ", ".join(map(str, note["lines"])),
    "Total": lambda note: money_text(note["total"]),
    "Reason": lambda note: note["reason"],
}


def parked_bill(bill: ParkedBill) -> Item:
    """A bill that waits for the operator."""
    return {
        "account_id": bill.account_id,
        "period": bill.period.label,
        "reason": bill.reason,
        "needs_approval": bill.needs_approval,
        "parked_at": time(bill.parked_at),
    }


PARKED_COLUMNS: Final[Columns] = {
    "Account": lambda bill: bill["account_id"],
    "Period": lambda bill: bill["period"],
    "Since": lambda bill: time_text(bill["parked_at"]),
    "Needs": lambda bill: "approval" if bill["needs_approval"] else "mending",
    "Reason": lambda bill: bill["reason"],
}


def would_bill(request: BillingRequest, draft: Invoice | None, outcome: str) -> dict[str, Any]:
    """What a billing run would do for an account; without a draft, none can be drawn up."""
    return {
        "account_id": request.account_id,
        "period": request.period.label,
        "lines": len(draft.lines) if draft else 0,
        "total": money(draft.total_minor, draft.currency) if draft else None,
        "due": money(draft.due_minor, draft.currency) if draft else None,
        "outcome": outcome,
    }


WOULD_BILL_COLUMNS: Final[Columns] = {
    "Account": lambda bill: bill["account_id"],
    "Period": lambda bill: bill["period"],
    "Lines": lambda bill: f"{bill['lines']:,}",
    "Total": lambda bill: money_text(bill["total"]) if bill["total"] else "",
    "To pay": lambda bill: money_text(bill["due"]) if bill["due"] else "",
    "Outcome": lambda bill: bill["outcome"],
}
