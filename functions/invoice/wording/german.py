"""The words in German, as accountants use them.

A credit note is no `Gutschrift`: German VAT law calls so an invoice that the customer writes.
"""

from botmeter.domain.invoices import LineKind, PaymentSource
from botmeter.domain.orders import OrderKind, OrderStatus, PaymentMethod
from botmeter.domain.tax import TaxCategory
from invoice.wording.words import Words

GERMAN = Words(
    invoice="Rechnung",
    credit_note="Rechnungskorrektur",
    draft_invoice="Rechnungsentwurf",
    draft_credit_note="Entwurf einer Rechnungskorrektur",
    draft_mark="ENTWURF",
    draft_notice="Dies ist eine Vorschau und keine Rechnung: Die Beträge können sich noch ändern, und es ist "
    "nichts zu bezahlen.",
    recipient="Rechnungsempfänger",
    number="Nummer",
    no_number="wird bei Ausstellung vergeben",
    issued_on="Rechnungsdatum",
    due_on="Fällig am",
    service_period="Leistungszeitraum",
    time_zone="Zeitzone",
    account="Kundenkonto",
    customer_vat_id="Ihre USt-IdNr.",
    order_reference="Ihre Bestellung",
    replaces="Ersetzt Rechnung",
    corrects="Zu Rechnung",
    of_day="{number} vom\N{NO-BREAK SPACE}{day}",
    reason="Grund",
    position="Pos.",
    description="Beschreibung",
    quantity="Menge",
    unit_price="Einzelpreis",
    tax="USt.",
    net_amount="Netto ({currency})",
    plan="Tarif {plans}",
    plans="Tarife {plans}",
    on_plan="Tarif {plan}",
    subtotal="Zwischensumme {bot}",
    no_charges="In diesem Zeitraum sind keine Entgelte angefallen.",
    charges={
        LineKind.FEE: "Monatsgebühr {plan}, {month}",
        LineKind.PRORATION: "Monatsgebühr {plan}, {month}: Differenz",
        LineKind.INCLUDED_USAGE: "Nutzungssitzungen, {month}, enthalten",
        LineKind.USAGE: "Nutzungssitzungen, {month}",
        LineKind.INCLUDED_ALERTS: "Alert-Sitzungen, {month}, enthalten",
        LineKind.ALERTS: "Alert-Sitzungen, {month}",
        LineKind.FREE_CREDITS: "Freiguthaben, {month}",
    },
    beyond={
        LineKind.USAGE: "Weitere Nutzungssitzungen, {month}",
        LineKind.ALERTS: "Weitere Alert-Sitzungen, {month}",
    },
    adjustments={
        LineKind.INCLUDED_USAGE: "Korrektur für {month}: Nutzungssitzungen, enthalten",
        LineKind.USAGE: "Korrektur für {month}: Nutzungssitzungen",
        LineKind.INCLUDED_ALERTS: "Korrektur für {month}: Alert-Sitzungen, enthalten",
        LineKind.ALERTS: "Korrektur für {month}: Alert-Sitzungen",
        LineKind.FREE_CREDITS: "Korrektur für {month}: Freiguthaben",
    },
    days="{days} von {all} Tagen",
    from_balance="aus Guthaben bezahlt",
    net_total="Nettobetrag",
    tax_names={
        TaxCategory.STANDARD: "USt. {rate}",
        TaxCategory.ZERO: "USt. {rate}",
        TaxCategory.REVERSE_CHARGE: "Reverse Charge, {rate}",
        TaxCategory.EXPORT: "Nicht steuerbar, {rate}",
    },
    tax_labels={
        TaxCategory.STANDARD: "{rate}",
        TaxCategory.ZERO: "{rate}",
        TaxCategory.REVERSE_CHARGE: "Reverse Charge",
        TaxCategory.EXPORT: "Nicht steuerbar",
    },
    tax_of_country="{tax} ({country})",
    tax_on="{tax} auf {net}",
    total="Gesamtbetrag",
    applied={
        PaymentSource.BALANCE: "Aus dem Guthaben von {reference} bezahlt",
        PaymentSource.ORDER: "Mit Bestellung {reference} abgerechnet",
        PaymentSource.CREDIT: "Guthaben aus Rechnung {reference}",
    },
    amount_due="Zu zahlen",
    in_favour="Zu Ihren Gunsten",
    credited="Zu Ihren Gunsten",
    charged_back="Nachberechneter Betrag",
    tax_remarks={
        TaxCategory.STANDARD: "",
        TaxCategory.ZERO: "",
        TaxCategory.REVERSE_CHARGE: "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge, "
        "Art. 196 der Richtlinie 2006/112/EG).",
        TaxCategory.EXPORT: "Nicht steuerbare Leistung: Der Leistungsort liegt außerhalb des "
        "Umsatzsteuergebiets des Leistenden.",
    },
    credit_note_remark="Diese Rechnungskorrektur nimmt die genannten Positionen der Rechnung {number} vom "
    "{day} zurück. Ihr Betrag mindert, was für jene Rechnung zu zahlen ist.",
    payment="Zahlung",
    pay_by="Bitte überweisen Sie den Betrag bis zum {day} mit dem Verwendungszweck.",
    account_holder="Kontoinhaber",
    bank="Bank",
    amount="Betrag",
    reference="Verwendungszweck",
    scan="Per Banking-App bezahlen",
    code_alternative="QR-Code einer Überweisung: {amount} an {iban}, Verwendungszweck {number}",
    nothing_to_pay="Es ist nichts zu bezahlen.",
    nothing_to_pay_in_favour="Es ist nichts zu bezahlen: Der Saldo dieser Rechnung steht zu Ihren Gunsten.",
    orders="Bestellungen im Zeitraum",
    orders_note="Zu Ihrer Information: Bestellungen werden getrennt von dieser Rechnung bezahlt.",
    order_date="Datum",
    order="Bestellung",
    order_kind="Für",
    order_method="Zahlungsart",
    order_status="Status",
    order_kinds={OrderKind.FUNDS: "Guthaben", OrderKind.PLAN_CHANGE: "Tarifwechsel"},
    order_methods={PaymentMethod.BANK_TRANSFER: "Überweisung", PaymentMethod.CARD: "Karte"},
    order_statuses={
        OrderStatus.PENDING: "Offen",
        OrderStatus.PAID: "Bezahlt",
        OrderStatus.FAILED: "Gescheitert",
    },
    usage="Sitzungen nach Tagen, {month}",
    usage_sessions="Nutzungssitzungen",
    alert_sessions="Alert-Sitzungen",
    chart_alternative="Balkendiagramm der Sitzungen an jedem Tag im {month}: insgesamt {usage} "
    "Nutzungssitzungen und {alerts} Alert-Sitzungen, höchstens {most} am {day}.",
    usage_as_of="Sitzungen, die am {moment} bekannt waren.",
    explanation="Eine Nutzungssitzung sind je angefangene 15 Minuten des Gesprächs eines Nutzers mit dem "
    "Bot; Zeit mit einem menschlichen Mitarbeiter zählt nicht. Eine Alert-Sitzung ist eine Meldung, die "
    "einem Nutzer zugestellt wurde.",
    tax_number="Steuernummer",
    vat_id="USt-IdNr.",
    page="Seite",
    of_pages="von",
)
