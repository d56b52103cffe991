"""Sets sellers up on a stack, as a file says."""

from collections.abc import Sequence

from botmeter.bootstrap import Wiring
from botmeter.domain.parties import Seller
from botmeter_cli import clock
from botmeter_cli.files import BadFile, Problem
from botmeter_cli.wiring import operator


def put_sellers(services: Wiring, sellers: Sequence[Seller]) -> dict[str, list[str]]:
    """Write sellers; returns which are new, which have changed, and which were there.

    Raises `BadFile`, and writes nothing, if anything is wrong.
    """
    manage, who, now = services.manage_sellers, operator(), clock.now()
    problems = _twice(sellers)
    for index, seller in enumerate(sellers):
        faults = manage.checked(who, seller, now).faults
        problems += [Problem(f"sellers/{index}/{fault.field}", fault.rule) for fault in faults]
    if problems:
        raise BadFile(problems)
    present = {seller.code: seller for seller in manage.all_sellers(who)}
    done: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
    for seller in sellers:
        kept, was = manage.put(who, seller, now), present.get(seller.code)
        done["added" if was is None else "unchanged" if kept == was else "changed"].append(seller.code)
    return done


def _twice(sellers: Sequence[Seller]) -> list[Problem]:
    """Codes and prefixes that the file gives twice: one by one, each would pass."""
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for index, seller in enumerate(sellers):
        texts = [
            ("code", "code", seller.code),
            ("invoice_prefix", "prefix", seller.invoice_prefix),
            ("credit_note_prefix", "prefix", seller.credit_note_prefix),
        ]
        names = {(kind, text) for _, kind, text in texts}
        problems += [
            Problem(f"sellers/{index}/{name}", f"must be another: {text} is there twice")
            for name, kind, text in texts
            if (kind, text) in seen
        ]
        seen |= names
    return problems
