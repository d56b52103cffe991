"""Reconciling on moto: prices, amounts, plan versions and balances that are off are found."""

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from botmeter.adapters.dynamo.items import number
from botmeter.adapters.dynamo.keys import account_key
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.periods import to_ms
from botmeter.domain.subscriptions import Subscription
from botmeter.ports.invoices import BillingRequest
from tests.fakes.demo import ACCOUNT, ADVANCED, ESSENTIAL, SINCE, WELCOMING, bot
from tests.integration.conftest import BILLING, USAGE
from tests.integration.reconciled import (
    DAY,
    bill,
    edit_invoice,
    edit_lines,
    facts,
    found,
    items,
)
from tests.integration.test_billing_on_dynamodb import NOW as BILLED_AT
from tests.integration.test_billing_on_dynamodb import issue
from tests.integration.test_metering_on_dynamodb import MINUTE, NOW, NOW_MS, OCTOBER, alert, event, settle


@pytest.fixture
def billed(provisioned: Wiring) -> Wiring:
    """A stack on which October has been metered and invoiced."""
    return bill(provisioned)


@pytest.fixture
def welcomed(provisioned: Wiring) -> Wiring:
    """The same with a bot whose sessions free credits have paid."""
    new = bot(WELCOMING)
    provisioned.provision_account(ACCOUNT, [new], {new.bot_id: 500_00}, SYSTEM, SINCE)
    provisioned.record_events([event(0, "c-w", bot_id=new.bot_id)], NOW_MS)
    return bill(provisioned)


def test_amounts_that_are_a_hundred_times_too_high_are_found(billed: Wiring) -> None:
    """All that is charged for sessions, line by line: the quantities are right."""
    edit_lines(lambda line: replace(line, amount_minor=line.amount_minor * 100) if line.kind.unit else line)
    result = found(billed)

    assert facts(result) == [
        ("invoice", "differs", "amount", "standard@1", 60, 6_000),
        ("invoice", "differs", "amount", "standard@1", 5, 500),
    ]
    assert [one.reference for one in result.differences] == [
        "INV-2026-000001, line 4",
        "INV-2026-000001, line 5",
    ]


def test_unit_price_of_a_line_that_is_off_is_found(billed: Wiring) -> None:
    """Although it comes to the right amount."""
    edit_lines(lambda line: replace(line, unit_price_micros=1) if line.kind is LineKind.USAGE else line)

    assert facts(found(billed)) == [("invoice", "differs", "usage_price", "standard@1", 200_000, 1)]


def test_sessions_that_were_charged_within_an_allowance_are_found(billed: Wiring) -> None:
    """The sum of sessions is right, and so is what each line comes to."""

    def charged(line: InvoiceLine) -> InvoiceLine:
        if line.kind is not LineKind.INCLUDED_USAGE:
            return line
        price_micros = ESSENTIAL.usage_price_micros
        amount_minor = line.quantity * price_micros // 10_000
        return replace(line, kind=LineKind.USAGE, unit_price_micros=price_micros, amount_minor=amount_minor)

    edit_lines(charged)

    assert facts(found(billed)) == [
        ("invoice", "not_billed", "included_usage", "essential@1", 2, 0),
        ("invoice", "not_in_archive", "usage", "essential@1", 0, 2),
    ]


def test_allowance_is_that_of_the_days_on_the_plan(provisioned: Wiring) -> None:
    """Of a plan that applied on three days, and of the one that followed; the invoice agrees."""
    new = bot(ESSENTIAL, "bot_changed")
    phases = Subscription.begin(ESSENTIAL, NOW - timedelta(days=2)).changed(
        ADVANCED, NOW - timedelta(minutes=100), NOW - timedelta(minutes=100)
    )
    provisioned.provision_account(ACCOUNT, [replace(new, subscription=phases)], {}, SYSTEM, SINCE)
    talks = [event(minute, f"c-{minute}", bot_id="bot_changed") for minute in range(60)]
    provisioned.record_events(talks, NOW_MS)
    bill(provisioned)
    lines = [
        (line.kind, line.plan, line.quantity)
        for one in provisioned.invoices.of_account(ACCOUNT.account_id)
        for line in one.invoice.lines
        if line.bot_id == "bot_changed" and line.kind.unit
    ]

    assert facts(found(provisioned)) == []
    assert lines == [
        ("included_usage", "advanced@1", 20),
        ("usage", "advanced@1", 20),
        ("included_usage", "essential@1", 1),
        ("usage", "essential@1", 19),
    ]


def test_what_was_taken_back_at_no_price_agrees(billed: Wiring) -> None:
    """A correction of what nobody had to pay: it may have no price, but must be worth the right amount."""
    billed.record_events([event(31)], NOW_MS)
    settle(billed, to_ms(BILLED_AT) + 60 * MINUTE)
    issue(billed, BillingRequest(ACCOUNT.account_id, OCTOBER.next(), BILLED_AT + timedelta(days=30)))

    def as_if(forgiven_minor: int) -> None:
        def taken_back(lines: tuple[InvoiceLine, ...]) -> tuple[InvoiceLine, ...]:
            of_october = [one for one in lines if one.service_period == OCTOBER and one.kind.unit]
            more = replace(of_october[0], quantity=1, unit_price_micros=200_000, amount_minor=20)
            less = replace(more, quantity=-1, unit_price_micros=0, amount_minor=0)
            rest = [one for one in lines if one not in of_october]
            return (
                *rest,
                of_october[0],
                more,
                replace(less, forgiven_minor=forgiven_minor),
            )

        edit_invoice(taken_back, "2026-11")

    as_if(-20)
    agreed = found(billed)
    as_if(-2_000)

    assert facts(agreed) == []
    assert facts(found(billed)) == [("invoice", "differs", "amount", "standard@1", -20, -2_000)]


def test_stamped_price_that_is_off_is_found(billed: Wiring) -> None:
    """With the settlement that stamped it, and its currency if that is another; none is a price of 0."""
    client = boto3.client("dynamodb")
    (item,) = items(USAGE, "USAGE#acct_acme#bot_standard")
    prices = item["prices"]["M"]["standard@1"]["L"]
    settlement_id = item["sk"]["S"].split("#")[1]

    def told() -> list[tuple[str, int, int, str]]:
        client.put_item(TableName=USAGE, Item=item)
        result = found(billed)
        assert {(one.where, one.subject, one.at) for one in result.differences} == {
            ("prices", "standard@1", DAY)
        }
        return [(d.measure, d.archived, d.billed, d.reference) for d in result.differences]

    prices[1] = number(1)
    assert told() == [("usage_price", 200_000, 1, settlement_id)]
    prices[:2] = [{"S": "USD"}, number(200_000)]
    assert told() == [
        ("usage_price", 200_000, 200_000, f"{settlement_id} in USD"),
        ("alert_price", 50_000, 50_000, f"{settlement_id} in USD"),
    ]
    del item["prices"]
    assert told() == [
        ("usage_price", 200_000, 0, settlement_id),
        ("alert_price", 50_000, 0, settlement_id),
    ]


def test_record_on_another_plan_version_is_found(billed: Wiring) -> None:
    """Totals, days and invoice are wrong in the same way, so that they agree with the record."""
    client = boto3.client("dynamodb")
    page, total, days = (
        items(USAGE, beginning)[0]
        for beginning in ("USAGE#acct_acme#bot_essential", "TOTAL#acct_acme#bot_essential", "DAYS#acct_acme")
    )
    (days,) = (i for i in items(USAGE, "DAYS#acct_acme") if "#bot_essential#" in i["sk"]["S"])
    page["records"]["M"] = {"advanced@1/v1-15": page["records"]["M"]["essential@1/v1-15"]}
    page["prices"]["M"] = {"advanced@1": {"L": [{"S": "EUR"}, number(100_000), number(30_000)]}}
    client.put_item(TableName=USAGE, Item=page)
    for item in (total, days):
        client.delete_item(TableName=USAGE, Key={name: item[name] for name in ("pk", "sk")})
        moved = {**item, "sk": {"S": item["sk"]["S"].replace("essential@1", "advanced@1")}}
        client.put_item(TableName=USAGE, Item=moved)
    edit_lines(lambda line: replace(line, plan="advanced@1") if line.plan == "essential@1" else line)
    result = found(billed)

    assert facts(result) == [
        ("plan", "differs", "usage", "c-3", 1, 1),
        ("plan", "differs", "usage", "c-3", 1, 1),
        ("totals", "not_in_archive", "usage", "advanced@1", 0, 2),
        ("totals", "not_billed", "usage", "essential@1", 2, 0),
        ("days", "not_in_archive", "usage", "advanced@1", 0, 2),
        ("days", "not_billed", "usage", "essential@1", 2, 0),
        ("invoice", "not_in_archive", "included_usage", "advanced@1", 0, 2),
        ("invoice", "not_billed", "included_usage", "essential@1", 2, 0),
    ]
    assert result.differences[0].reference == "advanced@1, not essential@1"


def test_balance_that_is_off_is_found(billed: Wiring) -> None:
    """A bot's own, or that of the credits which all bots share: it is not what its ledger ends with."""
    client = boto3.client("dynamodb")
    for item in items(BILLING, account_key(ACCOUNT.account_id)):
        if item["sk"]["S"] == "BALANCE#bot_standard":
            item["overdraft_micros"] = number(1)
            client.put_item(TableName=BILLING, Item=item)

    assert facts(found(billed)) == [("balance", "differs", "micros", "", -650_000, -1)]


def test_ledger_entry_that_was_lost_is_found(billed: Wiring) -> None:
    """By the settlement that took nothing, and by the balance that nothing explains."""
    (item,) = (i for i in items(BILLING, "LEDGER#") if i["reason"]["S"] == "usage")
    key = {name: item[name] for name in ("pk", "sk")}
    boto3.client("dynamodb").delete_item(TableName=BILLING, Key=key)

    assert facts(found(billed)) == [
        ("ledger", "not_billed", "micros", "", 650_000, 0),
        ("balance", "not_in_archive", "micros", "", 0, -650_000),
    ]


def discount(amount_minor: int) -> None:
    """Let free credits take another amount off the new bot's lines."""

    def edited(line: InvoiceLine) -> InvoiceLine:
        is_it = line.kind is LineKind.FREE_CREDITS and line.bot_id == "bot_welcoming"
        return replace(line, amount_minor=amount_minor) if is_it else line

    edit_lines(edited)


def test_free_credits_agree(welcomed: Wiring) -> None:
    """On the invoice, in the days that it is made of, and in the account's ledger."""
    result = found(welcomed)
    discounts = {
        line.plan: line.amount_minor
        for one in welcomed.invoices.of_account(ACCOUNT.account_id)
        for line in one.invoice.lines
        if line.kind is LineKind.FREE_CREDITS
    }

    assert facts(result) == []
    assert discounts == {"standard@1": -65, "welcoming@1": -20}


def test_discount_that_is_off_is_found(welcomed: Wiring) -> None:
    """Free credits have taken more off the invoice than they have paid."""
    discount(-21)

    assert facts(found(welcomed)) == [("invoice", "differs", "free_credits", "welcoming@1", -20, -21)]


def test_discount_of_the_days_that_is_off_is_found(welcomed: Wiring) -> None:
    """What the days have noted, and the invoice takes off, is not what the account's credits have paid."""
    (days,) = (i for i in items(USAGE, "DAYS#acct_acme") if "#bot_welcoming#" in i["sk"]["S"])
    days["free_20"] = number(190_000)
    boto3.client("dynamodb").put_item(TableName=USAGE, Item=days)
    discount(-19)

    assert facts(found(welcomed)) == [("days", "differs", "micros", "free credits", 200_000, 190_000)]


def test_free_credits_of_what_waits_are_not_compared_yet(welcomed: Wiring) -> None:
    """A late session, which free credits have paid, is the next invoice's together with its discount."""
    welcomed.record_events([event(20, "c-w", bot_id="bot_welcoming"), alert(20, "a-2")], NOW_MS)
    settle(welcomed, to_ms(BILLED_AT) + 60 * MINUTE)
    result = found(welcomed)

    assert (facts(result), result.waiting) == ([], 2)
