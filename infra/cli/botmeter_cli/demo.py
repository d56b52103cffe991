"""`botmeter demo`: the whole path once, from real conversations to an invoice that can be opened."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.sessions import usage_sessions
from botmeter.domain.timeline import MINUTE_MS, MeteringRule
from botmeter_cli import clock
from botmeter_cli.api_client import ApiClient, download, sign_in
from botmeter_cli.archive import Archive
from botmeter_cli.demo_users import ADMIN, let_in
from botmeter_cli.offline import Collection, Rejects, collect
from botmeter_cli.output import Output
from botmeter_cli.paths import DEMO_OUTPUT
from botmeter_cli.provisioning import demo_account, seed
from botmeter_cli.reconcile.reconciliation import reconcile
from botmeter_cli.replay import replay
from botmeter_cli.report import BotReport, DemoReport, Usage
from botmeter_cli.sample import last_full_month, sample_events
from botmeter_cli.stack_commands import bill, settle
from botmeter_cli.tour import Tour
from botmeter_cli.wiring import wiring_for
from botmeter_local import Stack, up

# How far beyond now the meter is told to look, so that nothing counts as still active.
UNTIL_IDLE = timedelta(hours=1)
# How long after a period's end its invoice is due: longer than the stack waits for late events.
UNTIL_BILLED = timedelta(days=4)


def run_demo(stack_name: str, output: Output) -> DemoReport:
    """Bring the stack up if need be and take the sample through it. Run again, it changes no bill."""
    account, now = demo_account(), clock.now()
    calendar = Calendar(account["time_zone"])
    month = last_full_month(now, calendar)
    with output.step("Bringing the stack up") as tell:
        stack = up(stack_name, on_progress=tell)
    with output.step("Writing plans, account and bots"):
        seed(stack, month.start(calendar), account)
    lines = [json.dumps(event) for event in sample_events(month)]
    replayed = replay(stack, lines, output, len(lines))
    settled = settle(stack, now + UNTIL_IDLE, output)
    bill(stack, max(now, month.end(calendar) + UNTIL_BILLED), output)
    with output.step("Counting again from the archive") as tell:
        services = wiring_for(stack)
        archive = Archive(services.archive)
        recount = reconcile(services, archive, account["account_id"], month, now=clock.now(), tell=tell)
    with output.step("Reading the results from the API"):
        api = ApiClient(stack.api_url, sign_in(stack, ADMIN, account["account_id"], "billing_admin"))
        report = _report(stack, api, account, month, lines=lines, replayed=replayed, settled=settled)
    with output.step("Doing what an account's admin does"):
        steps = list(Tour.of(stack, api, account["account_id"]).steps())
    with output.step("Letting its users sign in to the console"):
        password = let_in(stack, account["account_id"])
    differences = len(recount.differences) + len(recount.damaged) + len(recount.open)
    return replace(report, tour=steps, password=password, recount_differences=differences)


def _report(
    stack: Stack,
    api: ApiClient,
    account: dict[str, Any],
    month: BillingPeriod,
    *,
    lines: Iterable[str],
    replayed: dict[str, Any],
    settled: dict[str, int],
) -> DemoReport:
    """What the API says, beside what the rule says of the same events."""
    invoice = _invoice(api, month)
    return DemoReport(
        stack=stack.name,
        account=account["name"],
        period=month.label,
        replay=replayed,
        settlement=settled,
        bots=_bots(api, account, month, collect(lines, Rejects())),
        invoice=invoice,
        pdf=_fetch_pdf(api, invoice["number"]) if invoice else None,
        api_url=stack.api_url,
        token_file=_keep("token", api.token.encode()),
    )


def _bots(
    api: ApiClient, account: dict[str, Any], month: BillingPeriod, collection: Collection
) -> list[BotReport]:
    """The account's bots, by id."""
    shown = {bot["bot_id"]: bot for bot in api.get(f"/bots?period={month.label}")["items"]}
    bots = sorted(account["bots"], key=lambda bot: str(bot["bot_id"]))
    return [_bot(bot, shown[bot["bot_id"]], collection) for bot in bots]


def _bot(bot: dict[str, Any], shown: dict[str, Any], collection: Collection) -> BotReport:
    """One bot: `shown` by the API, and its events metered here."""
    rule = MeteringRule(idle_timeout_ms=bot["idle_timeout_minutes"] * MINUTE_MS)
    found = [(s, w) for s, w in collection.windows(rule) if s.bot_id == bot["bot_id"]]
    alerts = Counter(subject.bot_id for subject in collection.alerts)
    return BotReport(
        bot_id=bot["bot_id"],
        name=shown["name"],
        plan=shown["plan"]["name"],
        plan_kind=shown["plan"]["kind"],
        conversations=len({subject for subject, _ in found}),
        windows=len(found),
        expected=Usage(sum(usage_sessions(window, rule) for _, window in found), alerts[bot["bot_id"]]),
        billed=Usage(shown["usage"]["usage_sessions"], shown["usage"]["alert_sessions"]),
        balance=shown["balance"],
    )


def _invoice(api: ApiClient, month: BillingPeriod) -> dict[str, Any] | None:
    """The account's invoice for `month`, in full."""
    entries = api.get("/orders")["items"]
    numbers = [e["number"] for e in entries if e["type"] == "invoice" and e["period"] == month.label]
    return api.get(f"/invoices/{numbers[0]}") if numbers else None


def _fetch_pdf(api: ApiClient, number: str) -> Path:
    """Download the document of an invoice."""
    return _keep(f"{number}.pdf", download(api.get(f"/invoices/{number}/download")["url"]))


def _keep(name: str, content: bytes) -> Path:
    """Write a file for the demo's user alone; its path is relative where that is shorter."""
    DEMO_OUTPUT.mkdir(parents=True, exist_ok=True)
    path = DEMO_OUTPUT / name
    path.touch(mode=0o600)
    path.write_bytes(content)
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
