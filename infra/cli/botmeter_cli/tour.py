"""A tour of Plan & Usage and Orders & Invoices through the HTTP API, with the tokens of real users."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botmeter.domain.timeline import MINUTE_MS
from botmeter_cli.api_client import ApiClient, Reply, sign_in
from botmeter_cli.demo_users import NEW_OWNER, OPERATOR, OPERATORS_ACCOUNT
from botmeter_cli.report import Step, money_text
from botmeter_local import Stack


@dataclass(frozen=True, slots=True)
class Tour:
    """Two users at work: a billing admin of the account, and the platform's operator.

    The requests carry the same idempotency keys each time: taken again, the tour does nothing twice.
    """

    admin: ApiClient
    operator: ApiClient
    account_id: str

    @classmethod
    def of(cls, stack: Stack, admin: ApiClient, account_id: str) -> "Tour":
        """The tour for an account of a stack; makes the users that it needs."""
        sign_in(stack, NEW_OWNER, account_id, "bot_owner")
        token = sign_in(stack, OPERATOR, OPERATORS_ACCOUNT, "operator")
        return cls(admin, ApiClient(stack.api_url, token), account_id)

    def steps(self) -> Iterator[Step]:
        """Take the steps, one after another."""
        bots = self.admin.get("/bots")["items"]
        yield Step("GET /bots", ", ".join(f"{bot['name']}: {bot['balance']['status']}" for bot in bots))
        yield self._options("bot_support")
        yield from self._change_plan("bot_support")
        yield from self._add_funds("bot_orders")
        yield from self._extend("bot_onboarding")
        yield self._change_owner("bot_people")
        yield self._entitlement("bot_onboarding")
        yield from self._invoices()
        trail = self.admin.get("/audit?limit=100")["items"]
        yield Step("GET /audit", f"{len(trail)} entries, the last: {trail[0]['operation']}")

    def _options(self, bot_id: str) -> Step:
        """What the bot could be on."""
        path = f"/bots/{bot_id}/plan-options"
        options = self.admin.get(path)["options"]
        costs = [f"{o['plan']['name']} {money_text(o['monthly_cost'])}" for o in options if o["monthly_cost"]]
        (best,) = [o["plan"]["name"] for o in options if o["is_suggested"]]
        return Step(f"GET {path}", f"{', '.join(costs)} a month; suggested: {best}")

    def _change_plan(self, bot_id: str) -> Iterator[Step]:
        """Up at once, with an order that the operator confirms; down when the month ends."""
        path = f"/bots/{bot_id}/plan"
        up = self._put_plan(bot_id, "advanced-eur", "demo-up")
        order = up.body["order"]
        yield Step(f"PUT {path}", f"Advanced at once, order over {money_text(order['amount'])}")
        yield self._confirm(order["order_id"])
        pending = self._put_plan(bot_id, "essential-eur", "demo-down").body["bot"]["pending_plan"]
        yield Step(f"PUT {path}", f"{pending['name']} from {pending['effective_at']}")

    def _put_plan(self, bot_id: str, plan_id: str, key: str) -> Reply:
        """Change the plan of the bot as it is now."""
        seen = self.admin.send("GET", f"/bots/{bot_id}")
        body = {"plan_id": plan_id}
        return self.admin.send("PUT", f"/bots/{bot_id}/plan", body, key=key, if_match=seen.etag)

    def _add_funds(self, bot_id: str) -> Iterator[Step]:
        """An order, paid by bank transfer; the balance before and after."""
        path, amount = f"/bots/{bot_id}/funds", {"amount": 10_000, "currency": "EUR"}
        before = self._balance(bot_id)
        body = {"amount": amount, "payment_method": "bank_transfer"}
        placed = self.admin.send("POST", path, body, key="demo-funds").body
        where = placed["payment"]["instructions"]
        yield Step(f"POST {path}", f"{money_text(amount)} to {where['iban']}, reference {where['reference']}")
        yield self._confirm(placed["order"]["order_id"])
        yield Step(f"GET /bots/{bot_id}", f"balance {before} before, {self._balance(bot_id)} now")

    def _confirm(self, order_id: str) -> Step:
        """The operator has seen the money."""
        path = f"/operator/accounts/{self.account_id}/orders/{order_id}/confirm"
        order = self.operator.send("POST", path, key=f"demo-{order_id}").body
        return Step(f"POST {path}", f"{order['status']}, receipt {order['receipt']['number']}")

    def _extend(self, bot_id: str) -> Iterator[Step]:
        """The admin asks for more days of a trial, and the operator grants them."""
        path = f"/bots/{bot_id}/extension-requests"
        body = {"days": 14, "reason": "Two more weeks to try the new flows"}
        request = self.admin.send("POST", path, body, key="demo-extension").body
        yield Step(f"POST {path}", f"{request['requested_days']} days asked for")
        request_id = request["request_id"]
        path = f"/operator/accounts/{self.account_id}/bots/{bot_id}/extension-requests/{request_id}/approve"
        self.operator.send("POST", path, {"days": 14}, key="demo-approve")
        ends_at = self.admin.get(f"/bots/{bot_id}")["plan"]["ends_at"]
        yield Step(f"POST {path}", f"granted: the trial ends on {ends_at}")

    def _change_owner(self, bot_id: str) -> Step:
        """The bot goes to another member."""
        path = f"/bots/{bot_id}/owner"
        seen = self.admin.send("GET", f"/bots/{bot_id}")
        bot = self.admin.send("PUT", path, {"owner_id": NEW_OWNER}, key="demo-owner", if_match=seen.etag).body
        return Step(f"PUT {path}", f"now {bot['owner_id']}")

    def _entitlement(self, bot_id: str) -> Step:
        """What a runtime asks before it answers."""
        path = f"/bots/{bot_id}/entitlement"
        answer: dict[str, Any] = self.admin.get(path)
        return Step(f"GET {path}", f"{'yes' if answer['allowed'] else 'no'}: {answer['reason']}")

    def _invoices(self) -> Iterator[Step]:
        """What the running month would be billed, and the records behind a line of the latest invoice."""
        draft = self.admin.get("/invoices/preview")
        total = money_text(draft["total"])
        yield Step("GET /invoices/preview", f"{draft['period']} so far: {len(draft['lines'])} lines, {total}")
        numbers = [e["number"] for e in self.admin.get("/orders")["items"] if e["type"] == "invoice"]
        for number in numbers[:1]:
            yield from self._explain(number)

    def _explain(self, number: str) -> Iterator[Step]:
        """The longest of the records behind the first line that charges usage sessions."""
        lines = self.admin.get(f"/invoices/{number}")["lines"]
        for line in [line for line in lines if line["kind"] == "usage"][:1]:
            path = f"/invoices/{number}/records?line={line['line']}&limit=100"
            shares = self.admin.get(path)["items"]
            longest = max(shares, key=lambda share: share["sessions"])
            minutes = round(longest["record"]["bot_ms"] / MINUTE_MS, 1)
            name, count = longest["record"]["subject"], longest["sessions"]
            found = f"{name}: {minutes} minutes with the bot, {count} sessions"
            yield Step(f"GET {path}", f"{line['quantity']} sessions; one conversation of them, {found}")

    def _balance(self, bot_id: str) -> str:
        """What the bot has left."""
        return money_text(self.admin.get(f"/bots/{bot_id}")["balance"]["remaining"])
