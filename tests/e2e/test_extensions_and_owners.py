"""More time, and other owners, on the deployed stack."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter_local import Stack
from tests.e2e.accounts import Account, today
from tests.e2e.client import Reply, User, fulfilled, refused

WEEK = {"days": 7, "reason": "One more week"}


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User) -> Account:
    """An account for a month."""
    return Account(stack, "acct_people", today() - timedelta(days=30))


@pytest.fixture(scope="module")
def strangers(stack: Stack, operator: User) -> Account:
    """Another account."""
    return Account(stack, "acct_strangers", today())


def ask(account: Account, bot_id: str, body: dict[str, Any] | None = None) -> Reply:
    """The reply to a request for more days."""
    return account.admin.post(f"/bots/{bot_id}/extension-requests", body or WEEK)


def decide(operator: User, account: Account, request: dict[str, Any], verb: str, body: Any) -> Reply:
    """The reply to an operator who decides a request."""
    path = f"/operator/accounts/{account.account_id}/bots/{request['bot_id']}/extension-requests"
    return operator.post(f"{path}/{request['request_id']}/{verb}", body)


def notice_kinds(account: Account, bot_id: str) -> set[str]:
    """The kinds of a bot's notices."""
    return {notice["kind"] for notice in account.admin.get(f"/bots/{bot_id}")["notices"]}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def entries(account: Account, bot_id: str, operation: str) -> list[dict[str, Any]]:
    """What the audit trail has of a bot, the oldest first; operations that begin with `operation`."""
    found = [e for e in account.admin.pages("/audit") if e["bot_id"] == bot_id]
    return [e for e in found[::-1] if e["operation"].startswith(operation)]


# ------------------------------------------------------------------------------------- more time


def test_trial_that_has_ended_goes_on_when_the_operator_agrees(account: Account, operator: User) -> None:
    """Asked for twice, declined, asked for again, approved: the end moves, and the bot may answer."""
    bot_id = account.bot("bot_trial", "trial-chf", today() - timedelta(days=20))
    ended = account.admin.get(f"/bots/{bot_id}")
    assert (ended["status"], ended["notices"][0]["kind"]) == ("ended", "trial_ended")
    entitlement = account.admin.get(f"/bots/{bot_id}/entitlement")
    assert (entitlement["allowed"], entitlement["reason"]) == (False, "trial_ended")

    first = fulfilled(ask(account, bot_id), 201)
    assert (first["status"], first["requested_days"], first["requested_by"]) == (
        "pending",
        7,
        account.admin.user_id,
    )
    assert first["request_id"] in refused(ask(account, bot_id), 422, "#/extension")
    assert notice_kinds(account, bot_id) == {"trial_ended", "extension_pending"}
    waiting = [e["request"]["request_id"] for e in operator.pages("/operator/extension-requests")]
    assert first["request_id"] in waiting

    declined = fulfilled(decide(operator, account, first, "decline", {"reason": "Not yet"}))
    assert (declined["status"], declined["answer"], declined["days"]) == ("declined", "Not yet", None)
    assert notice_kinds(account, bot_id) == {"trial_ended", "extension_declined"}
    refused(decide(operator, account, first, "approve", {"days": 7}), 409)

    second = fulfilled(ask(account, bot_id), 201)
    assert second["request_id"] != first["request_id"]
    approved = fulfilled(decide(operator, account, second, "approve", {"days": 5}))
    assert (approved["status"], approved["days"], approved["decided_by"]) == (
        "approved",
        5,
        operator.user_id,
    )
    refused(decide(operator, account, second, "decline", {"reason": "No"}), 409)
    bot = account.admin.get(f"/bots/{bot_id}")
    assert instant(bot["plan"]["ends_at"]) == instant(approved["decided_at"]) + timedelta(days=5)
    assert bot["extension"] == approved
    assert bot["status"] == "active"
    assert notice_kinds(account, bot_id) == {"plan_expires", "extension_approved"}
    entitlement = account.admin.get(f"/bots/{bot_id}/entitlement")
    assert (entitlement["allowed"], entitlement["reason"]) == (True, "trial")
    trail = entries(account, bot_id, "extension.")
    assert [e["operation"].partition(".")[2] for e in trail] == [
        "requested",
        "declined",
        "requested",
        "approved",
    ]
    assert (trail[1]["actor_id"], trail[1]["role"]) == (operator.user_id, "operator")
    ends = [instant(trail[3][when]["ends_at"]) for when in ("before", "after")]
    assert [to_rfc3339(to_ms(end)) for end in ends] == [ended["plan"]["ends_at"], bot["plan"]["ends_at"]]


def test_days_count_from_an_end_to_come(account: Account, operator: User) -> None:
    """A trial that still runs loses none of its days."""
    bot_id = account.bot("bot_runs", "trial-chf", today())
    end = instant(account.admin.get(f"/bots/{bot_id}")["plan"]["ends_at"])
    fulfilled(decide(operator, account, fulfilled(ask(account, bot_id), 201), "approve", {"days": 90}))

    assert instant(account.admin.get(f"/bots/{bot_id}")["plan"]["ends_at"]) == end + timedelta(days=90)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"days": 0, "reason": "More"}, "#/days"),
        ({"days": 91, "reason": "More"}, "#/days"),
        ({"days": 7, "reason": ""}, "#/reason"),
        ({"days": 7, "reason": "x" * 1001}, "#/reason"),
        ({"days": 7}, "#/reason"),
    ],
)
def test_request_that_cannot_be_is_refused(account: Account, body: dict[str, Any], where: str) -> None:
    """Too few days or too many, and no reason or a novel: the member is named."""
    if "bot_asks" not in {bot["bot_id"] for bot in account.admin.pages("/bots")}:
        account.bot("bot_asks", "trial-chf", today())
    before = account.facts()

    refused(ask(account, "bot_asks", body), 422, where)
    assert account.facts() == before


@pytest.mark.parametrize("plan", ["essential-chf", "standard-chf", "enterprise-chf"])
def test_what_does_not_end_needs_no_more_time(account: Account, plan: str) -> None:
    """A plan without an end, and no free credits: there is nothing to extend."""
    bot_id = account.bot(f"bot_endless_{plan}", plan)
    before = account.facts()

    refused(ask(account, bot_id), 422, "#/plan")
    assert account.facts() == before


def test_operator_decides_what_was_asked_for(account: Account, operator: User) -> None:
    """Days that nobody gets, no reason, and requests that are none are refused."""
    request = fulfilled(ask(account, account.bot("bot_decided", "trial-chf", today())), 201)
    before = account.facts()

    refused(decide(operator, account, request, "approve", {"days": 91}), 422, "#/days")
    refused(decide(operator, account, request, "decline", {}), 422, "#/reason")
    other = {**request, "request_id": "ext-none"}
    refused(decide(operator, account, other, "approve", {"days": 7}), 404)
    assert account.facts() == before


# ---------------------------------------------------------------------------------------- owners


def test_member_becomes_owner_and_the_former_one_still_sees(account: Account) -> None:
    """The bot, its entity tag and the audit trail say so; the former owner looks on, and no more."""
    bot_id = account.bot("bot_passed_on", "essential-chf", owner_id=account.name("first"))
    former, owner = (account.user(name, "bot_owner") for name in ("first", "second"))
    assert former.put(f"/bots/{bot_id}/plan", {"plan_id": "essential-chf"}).status == 200
    refused(owner.send("GET", f"/bots/{bot_id}"), 403)
    tag = account.admin.send("GET", f"/bots/{bot_id}").etag
    done = account.admin.put(f"/bots/{bot_id}/owner", {"owner_id": owner.user_id}, tag)

    assert fulfilled(done)["owner_id"] == owner.user_id
    assert done.etag != tag
    shown = [former.get(f"/bots/{bot_id}"), owner.get(f"/bots/{bot_id}"), done.json]
    permitted = [bot.pop("operations")["change_plan"]["is_permitted"] for bot in shown]
    assert shown[0] == shown[1] == shown[2]
    assert permitted == [False, True, True]
    assert former.get(f"/bots/{bot_id}/ledger") == {"items": []}
    before = account.facts()
    for user, status in ((former, 403), (owner, 200)):
        reply = user.put(f"/bots/{bot_id}/plan", {"plan_id": "essential-chf"})
        assert reply.status == status
    refused(former.delete(f"/bots/{bot_id}/plan/pending"), 403)
    refused(owner.put(f"/bots/{bot_id}/owner", {"owner_id": former.user_id}), 403)
    assert account.facts() == before
    (noted,) = entries(account, bot_id, "owner.")
    assert noted["before"] == {"owner_id": former.user_id}
    assert noted["after"] == {"owner_id": owner.user_id}
    assert (noted["actor_id"], noted["role"]) == (account.admin.user_id, "billing_admin")

    fulfilled(account.admin.put(f"/bots/{bot_id}/owner", {"owner_id": former.user_id}))
    assert former.put(f"/bots/{bot_id}/plan", {"plan_id": "essential-chf"}).status == 200
    assert owner.send("GET", f"/bots/{bot_id}").status == 200


def test_only_members_of_the_account_become_owners(account: Account, strangers: Account) -> None:
    """A stranger, and a member of another account, are refused alike; nothing changes."""
    bot_id = account.bot("bot_kept", "essential-chf")
    before = account.facts()
    path, member = f"/bots/{bot_id}/owner", strangers.admin.user_id
    replies = [account.admin.put(path, {"owner_id": who}) for who in ("nobody@nowhere.example", member)]

    assert [refused(reply, 422, "#/owner_id") for reply in replies] == ["must be a member of the account"] * 2
    refused(account.admin.put(path, {"owner_id": "no such name!"}), 422, "#/owner_id")
    refused(account.admin.put(path, {}), 422, "#/owner_id")
    assert account.facts() == before
