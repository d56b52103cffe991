"""Who may do what, as data: `test_roles` tries every cell of it.

Callers ask for things of one account, by the ids of the API's operations:

* `opr` an operator, `adm` a billing admin, `own` the bot's owner, `oth` the owner of another bot,
  `frm` the bot's former owner, `viw` a viewer, `acc` an accountant, in a role of the account's own that it
  lets see orders and invoices; `non` a user without a role;
* `src` a user who is an event source, `key` a source with a key;
* of that account, or of another one, where they are the same to bots of their own;
* somebody without a token.

What a role may never do is 403, whatever it asks for. What belongs to another account is 404. Events are
refused by the gateway, before the API: on AWS with 401, by the emulator with 403.
"""

from typing import NamedTuple

TABLE = """
                             own account                            | another account         | no
                             opr adm own oth frm viw acc non src key | opr adm own frm viw non | one

show_account                 403 200 200 200 200 200 200 403 403 401 | 403 200 200 200 200 403 | 401
list_bots                    403 200 200 200 200 200 403 403 403 401 | 403 200 200 200 200 403 | 401
get_bot                      403 200 200 403 200 200 403 403 403 401 | 403 404 404 404 404 403 | 401
get_entitlement              403 200 200 200 200 200 403 403 403 401 | 403 404 404 404 404 403 | 401
list_plan_options            403 200 200 403 200 200 403 403 403 401 | 403 404 404 404 404 403 | 401
list_ledger                  403 200 200 403 200 200 403 403 403 401 | 403 404 404 404 404 403 | 401
list_sessions                403 200 200 403 200 200 403 403 403 401 | 403 404 404 404 404 403 | 401
explain_conversation         403 200 200 403 200 200 200 403 403 401 | 403 404 404 404 404 403 | 401
list_usage                   403 200 200 200 200 200 403 403 403 401 | 403 200 200 200 200 403 | 401
list_bots_of_usage           403 200 200 200 200 200 403 403 403 401 | 403 200 200 200 200 403 | 401
list_usage?bot_id            403 200 200 403 200 200 403 403 403 401 | 403 404 404 404 404 403 | 401

change_plan                  403 200 200 403 403 403 403 403 403 401 | 403 404 404 404 404 403 | 401
cancel_plan_change           403 200 200 403 403 403 403 403 403 401 | 403 404 404 404 404 403 | 401
add_funds                    403 201 201 403 403 403 403 403 403 401 | 403 404 404 404 404 403 | 401
set_auto_reload              403 200 200 403 403 403 403 403 403 401 | 403 404 404 404 404 403 | 401
end_auto_reload              403 200 200 403 403 403 403 403 403 401 | 403 404 404 404 404 403 | 401
request_extension            403 201 201 403 403 403 403 403 403 401 | 403 404 404 404 404 403 | 401
get_order                    403 200 200 403 403 403 200 403 403 401 | 403 404 404 404 404 403 | 401
pay_order                    403 200 200 403 403 403 403 403 403 401 | 403 404 404 404 404 403 | 401
cancel_order                 403 200 200 403 403 403 403 403 403 401 | 403 404 404 404 404 403 | 401

change_owner                 403 200 403 403 403 403 403 403 403 401 | 403 404 403 403 403 403 | 401
list_shared_ledger           403 200 403 403 403 200 403 403 403 401 | 403 200 403 403 200 403 | 401
list_audit_trail             403 200 403 403 403 403 403 403 403 401 | 403 200 403 403 403 403 | 401
get_member                   403 200 403 403 403 403 403 403 403 401 | 403 404 403 403 403 403 | 401
list_orders                  403 200 403 403 403 403 200 403 403 401 | 403 200 403 403 403 403 | 401
export_orders                403 200 403 403 403 403 200 403 403 401 | 403 200 403 403 403 403 | 401
preview_invoice              403 200 403 403 403 403 200 403 403 401 | 403 200 403 403 403 403 | 401
get_invoice                  403 200 403 403 403 403 200 403 403 401 | 403 404 403 403 403 403 | 401
download_invoice             403 200 403 403 403 403 200 403 403 401 | 403 404 403 403 403 403 | 401
download_invoice?format      403 200 403 403 403 403 200 403 403 401 | 403 404 403 403 403 403 | 401
list_invoice_records         403 200 403 403 403 403 200 403 403 401 | 403 404 403 403 403 403 | 401
get_credit_note              403 200 403 403 403 403 200 403 403 401 | 403 404 403 403 403 403 | 401
download_credit_note         403 200 403 403 403 403 200 403 403 401 | 403 404 403 403 403 403 | 401

list_accounts                200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
get_account                  200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
move_account                 200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
list_bots_of_account         200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
list_orders_of_account       200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
list_audit_trail_of_account  200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
list_extension_requests      200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
approve_extension            200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
decline_extension            200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
confirm_order                200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
decline_order                200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
set_plan                     200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
list_plans                   200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
add_plan                     201 403 403 403 403 403 403 403 403 401 | 201 403 403 403 403 403 | 401
list_sellers                 200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
set_seller                   200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401

list_invoices_of_account     200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
list_credit_notes_of_account 200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
download_document_of_account 200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
get_invoice_of_account       200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
confirm_invoice_payment      200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
confirm_invoice_refund       200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
void_invoice                 200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
regenerate_invoice           202 403 403 403 403 403 403 403 403 401 | 202 403 403 403 403 403 | 401
send_invoice                 202 403 403 403 403 403 403 403 403 401 | 202 403 403 403 403 403 | 401
credit_invoice               201 403 403 403 403 403 403 403 403 401 | 201 403 403 403 403 403 | 401
list_parked_bills            200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
release_parked_bill          200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401

list_quarantined_events      200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
get_quarantined_event        200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
redrive_event                200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401
redrive_events               200 403 403 403 403 403 403 403 403 401 | 200 403 403 403 403 403 | 401

list_event_sources           403 200 403 403 403 403 403 403 403 401 | 403 200 403 403 403 403 | 401
add_event_source             403 201 403 403 403 403 403 403 403 401 | 403 201 403 403 403 403 | 401
revoke_event_source          403 200 403 403 403 403 403 403 403 401 | 403 404 403 403 403 403 | 401
send_events                  403 403 403 403 403 403 403 403 200 200 | 403 403 403 403 403 403 | 401

take_stripe_notice           400 400 400 400 400 400 400 400 400 400 | 400 400 400 400 400 400 | 400
openapi                      200 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 | 200
docs                         200 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 | 200
docs_asset                   200 200 200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 | 200
"""

_OWN = (
    "operator",
    "admin",
    "owner",
    "other",
    "former",
    "viewer",
    "accountant",
    "nobody",
    "source",
    "key",
)
_FOREIGN = ("operator", "admin", "owner", "former", "viewer", "nobody")


class Caller(NamedTuple):
    """A column."""

    name: str
    is_foreign: bool = False

    def __str__(self) -> str:
        return f"foreign-{self.name}" if self.is_foreign else self.name


NO_TOKEN = Caller("no-token")
CALLERS = (*map(Caller, _OWN), *(Caller(name, is_foreign=True) for name in _FOREIGN), NO_TOKEN)


class Cell(NamedTuple):
    """Who asks for what, and the status of the answer. `operation` is an id, perhaps with a parameter."""

    operation: str
    caller: Caller
    status: int

    def __str__(self) -> str:
        return f"{self.operation}-{self.caller}"


def cells() -> list[Cell]:
    """All cells, row by row."""
    rows = [line.replace("|", " ").split() for line in TABLE.splitlines()[3:] if line]
    return [
        Cell(operation, caller, int(status))
        for operation, *statuses in rows
        for caller, status in zip(CALLERS, statuses, strict=True)
    ]
