"""Who may do what in the console, as data: `test_operations` does every cell of it.

`done` is clicked through to the end, `review` up to the last page before the deed, which other tests do,
`seen` is a page or a file. What a role may not do (`no`) is offered nowhere, and its address is not open.
Where a role comes another way, there is `-`: owners find the orders of their bots with the bot, and all find
conversations in the use or behind a line.

The visitors: a billing admin, the bot's owner, the owner of another bot, a viewer, an accountant whom the
account lets see orders and invoices, and the operator.
"""

from typing import NamedTuple

TABLE = """
                            admin   owner  other  viewer  accountant  operator

manage a bot                seen    seen   no     seen    no          no
follow its balance          seen    seen   no     seen    no          no
follow the shared credit    seen    no     no     seen    no          no
add funds                   review  done   no     no      no          no
cancel an order             review  done   no     no      no          no
set auto-reload             review  done   no     no      no          no
end auto-reload             review  done   no     no      no          no
ask for more time           review  done   no     no      no          no
change the plan             review  done   no     no      no          no
keep the plan               review  done   no     no      no          no
hand the bot over           review  no     no     no      no          no

look at an order            seen    -      no     no      seen        no
look at an invoice          seen    no     no     no      seen        no
look behind a line          seen    no     no     no      seen        no
explain a line              seen    -      no     -       seen        no
look at a credit note       seen    no     no     no      seen        no
preview the bill            seen    no     no     no      seen        no
export the orders           seen    no     no     no      seen        no
download an invoice         seen    no     no     no      seen        no

look at the use             seen    seen   seen   seen    no          no
export the use              seen    seen   seen   seen    no          no
explain the use             seen    seen   no     seen    -           no

look at an account          no      no     no     no      no          seen
download for an account     no      no     no     no      no          seen
confirm a payment           no      no     no     no      no          review
give an order up            no      no     no     no      no          review
approve more time           no      no     no     no      no          review
decline more time           no      no     no     no      no          review
approve a bill              no      no     no     no      no          review
try a bill again            no      no     no     no      no          done
send an event again         no      no     no     no      no          review
send all events again       no      no     no     no      no          review
"""


class Operation(NamedTuple):
    """Where a link is `offered`, what it is called, and where it leads; addresses have `{names}`.

    `typed` goes into the form: texts by label, and None for a choice. `button` is the last one, and `says` is
    told when it is done.
    """

    offered: str
    link: str
    leads_to: str
    typed: dict[str, str | None] | None = None
    button: str = ""
    says: str = ""


_BOT, _FULL, _ACCOUNT = "bots/{bot}", "bots/{full}", "operator/accounts/{account}"
_REQUEST = f"{_ACCOUNT}/bots/bot_asking/extensions/{{request}}"
_RELOAD: dict[str, str | None] = {"When less is left than (CHF)": "15", "Add (CHF)": "50"}
OPERATIONS = {
    "manage a bot": Operation("bots", "Manage {full}", _FULL),
    "follow its balance": Operation(_FULL, "what became of it", f"{_FULL}/balance"),
    "follow the shared credit": Operation(f"{_FULL}/balance", "What became of the shared credit", "ledger"),
    "add funds": Operation(
        "bots/{buying}",
        "Add funds",
        "bots/{buying}/funds",
        {"Amount (CHF)": "25"},
        "Order the funds",
        "has been placed",
    ),
    "cancel an order": Operation(
        "orders/{bot_order}",
        "Cancel the order",
        "orders/{bot_order}/cancel",
        None,
        "Cancel the order",
        "is cancelled",
    ),
    "set auto-reload": Operation(
        _BOT, "Change auto-reload", f"{_BOT}/auto-reload", _RELOAD, "Switch auto-reload on", "is on"
    ),
    "end auto-reload": Operation(
        _BOT, "Switch it off", f"{_BOT}/auto-reload/end", None, "Switch it off", "is off"
    ),
    "ask for more time": Operation(
        _BOT,
        "Request extension",
        f"{_BOT}/extension",
        {"More days": "9", "Reason": "Not ready"},
        "Send the request",
        "has been sent",
    ),
    "change the plan": Operation(
        _BOT, "Change plan", f"{_BOT}/plan", {"Advanced": None}, "Change the plan", "has been placed"
    ),
    "keep the plan": Operation(
        "bots/{falling}",
        "Cancel the change",
        "bots/{falling}/plan/keep",
        None,
        "Keep the plan",
        "change is cancelled",
    ),
    "hand the bot over": Operation(
        _BOT, "Change owner", f"{_BOT}/owner", {"New owner": "{viewer}"}, "Change the owner"
    ),
    "look at an order": Operation("orders", "{order}", "orders/{order}"),
    "look at an invoice": Operation("orders", "{invoice}", "invoices/{invoice}"),
    "look behind a line": Operation(
        "invoices/{invoice}", "The sessions behind line {line}", "invoices/{invoice}/lines/{line}"
    ),
    "explain a line": Operation(
        "invoices/{invoice}/lines/{line}", "bot_orders-0", "bots/bot_orders/conversations/bot_orders-0"
    ),
    "look at a credit note": Operation("orders", "{credit_note}", "credit-notes/{credit_note}"),
    "preview the bill": Operation("orders", "The running period", "invoices/preview"),
    "export the orders": Operation("orders", "CSV", "orders.csv"),
    "download an invoice": Operation("invoices/{invoice}", "Download PDF", "invoices/{invoice}/download"),
    "look at the use": Operation("usage?range=24h", "7 days", "usage?range=7d"),
    "export the use": Operation("usage", "CSV", "usage.csv"),
    "explain the use": Operation(
        "usage/sessions?bot_id=bot_orders&since={since}&until={until}",
        "c-long",
        "bots/bot_orders/conversations/c-long",
    ),
    "look at an account": Operation("operator/accounts", "Console AG", _ACCOUNT),
    "download for an account": Operation(
        _ACCOUNT, "Download {invoice}", "operator/invoices/{invoice}/download"
    ),
    "confirm a payment": Operation(
        _ACCOUNT,
        "Confirm the payment of {order}",
        f"{_ACCOUNT}/orders/{{order}}/confirm",
        None,
        "It has arrived",
    ),
    "give an order up": Operation(
        _ACCOUNT,
        "Give {order} up",
        f"{_ACCOUNT}/orders/{{order}}/decline",
        {"Reason": "Never arrived"},
        "Give it up",
    ),
    "approve more time": Operation(
        "operator/extensions", "Approve for Asking", f"{_REQUEST}/approve", {"Days": "7"}, "Approve"
    ),
    "decline more time": Operation(
        "operator/extensions", "Decline for Asking", f"{_REQUEST}/decline", {"Reason": "No"}, "Decline"
    ),
    "approve a bill": Operation(
        "operator/parked", "Approve: {high}", "operator/parked/{high}/release", None, "Approve and bill"
    ),
    "try a bill again": Operation(
        "operator/parked",
        "Try again: {account}",
        "operator/parked/{account}/release",
        None,
        "Try again",
        "being tried again",
    ),
    "send an event again": Operation(
        "operator/quarantine/{event}",
        "Send again",
        "operator/quarantine/{event}/redrive",
        {"The event": "{{}}"},
        "Send it again",
    ),
    "send all events again": Operation(
        "operator/quarantine?field=type",
        "Send these again",
        "operator/quarantine/redrive",
        None,
        "Send them again",
    ),
}


class Cell(NamedTuple):
    """What a visitor may do, and how far a test goes."""

    operation: str
    who: str
    how: str

    def __str__(self) -> str:
        return f"{self.who}-{self.operation}"


def cells() -> list[Cell]:
    """All cells, visitor by visitor: what is done to a bot is done in the order of the table."""
    lines = [line for line in TABLE.splitlines() if line.strip()]
    visitors, rows = lines[0].split(), [(line[:28].strip(), line[28:].split()) for line in lines[1:]]
    return [
        Cell(operation, who, hows[column]) for column, who in enumerate(visitors) for operation, hows in rows
    ]
