"""Writes plans and accounts to a stack: from files to the service that provisions."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from botmeter.bootstrap import Wiring
from botmeter.domain.accounts import Account, Bot
from botmeter.domain.orders import Order
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.settings import Settings
from botmeter_cli.paths import CATALOGUE, DEMO_ACCOUNT
from botmeter_local import Stack


def demo_account() -> dict[str, Any]:
    """The account file of the demo."""
    return _read(DEMO_ACCOUNT)


def seed(stack: Stack, since: datetime, file: dict[str, Any]) -> dict[str, int]:
    """Write the catalogue and the account of `file`, a customer since `since`. Again, it changes nothing."""
    plans = _plans(_read(CATALOGUE))
    account = _account(file, since)
    bots = [_bot(bot, account, plans[bot["plan"]], since) for bot in file["bots"]]
    funds = [_opening(bot, account, since) for bot in file["bots"] if "opening_funds_minor" in bot]
    wiring_for(stack).provision_account(plans.values(), account, bots, funds)
    return {"plans": len(plans), "accounts": 1, "bots": len(bots)}


def _read(path: Path) -> dict[str, Any]:
    """A JSON file."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def wiring_for(stack: Stack) -> Wiring:
    """The services over the stack's tables and buckets, with the rights of whoever runs the command."""
    environ = {
        "ENVIRONMENT": stack.outputs["Environment"],
        "USAGE_TABLE": stack.outputs["UsageTableName"],
        "BILLING_TABLE": stack.outputs["BillingTableName"],
        "OPERATIONS_BUCKET": stack.outputs["OperationsBucketName"],
        "INVOICE_BUCKET": stack.outputs["InvoiceBucketName"],
    }
    _lend_credentials(stack)
    return Wiring(Settings.read(environ), stack.client, stack.region, stack.endpoint_url)


def _lend_credentials(stack: Stack) -> None:
    """PynamoDB makes its own client, and that looks for credentials in the environment."""
    credentials = stack.session.get_credentials()
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        os.environ["AWS_ACCESS_KEY_ID"] = str(frozen.access_key)
        os.environ["AWS_SECRET_ACCESS_KEY"] = str(frozen.secret_key)
        if frozen.token:
            os.environ["AWS_SESSION_TOKEN"] = frozen.token


def _plans(file: dict[str, Any]) -> dict[str, PlanVersion]:
    """The plan versions of a catalogue by reference."""
    plans = [PlanVersion(**{**plan, "kind": PlanKind(plan["kind"])}) for plan in file["plans"]]
    return {plan.ref: plan for plan in plans}


def _account(file: dict[str, Any], since: datetime) -> Account:
    """The account of a file; its first period is the one of `since`."""
    return Account(
        account_id=file["account_id"],
        name=file["name"],
        currency=file["currency"],
        time_zone=file["time_zone"],
        first_period=BillingPeriod.containing(since, ZoneInfo(file["time_zone"])),
        address=tuple(file["address"]),
    )


def _bot(file: dict[str, Any], account: Account, plan: PlanVersion, since: datetime) -> Bot:
    """A bot of the account."""
    return Bot(
        account_id=account.account_id,
        bot_id=file["bot_id"],
        name=file["name"],
        owner_id=file["owner_id"],
        plan=plan,
        plan_since=since,
        idle_timeout_minutes=file["idle_timeout_minutes"],
    )


def _opening(file: dict[str, Any], account: Account, since: datetime) -> Order:
    """The funds that a bot starts with, as an order that is made once."""
    return Order(
        order_id=f"opening-{file['bot_id']}",
        account_id=account.account_id,
        bot_id=file["bot_id"],
        amount_minor=file["opening_funds_minor"],
        currency=account.currency,
        paid_at=since,
    )
