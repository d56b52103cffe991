"""The operator's decisions on requests for more time, over an API in memory."""

import json
import re
from typing import Any

import pytest
from chalice.app import Response

from api.console.api_calls import ApiRefused
from api.console.pages.extensions import decide
from tests.fakes.console import FakeApi, refusal
from tests.fakes.console import operator_visit as visit

OF = "/operator/accounts/acct_acme"
REQUESTS = "/operator/extension-requests"
APPROVED = f"POST {OF}/bots/bot_trial/extension-requests/ext_7/approve"
REQUEST = {"account_id": "acct_acme", "bot_id": "bot_trial", "request_id": "ext_7"}


@pytest.fixture
def api() -> FakeApi:
    """The API as the operator sees it."""
    return FakeApi({"GET /account": lambda: refusal(403, "no account")})


def request(request_id: str = "ext_7", bot_id: str = "bot_trial") -> dict[str, Any]:
    """A request for more time that waits."""
    asked = {"requested_at": "2026-10-01T09:00:00.000Z", "requested_by": "u-admin"}
    details = {"request_id": request_id, "requested_days": 9, "reason": "Not ready", **asked}
    return {"account_id": "acct_acme", "bot_id": bot_id, "bot_name": "Newcomer", "request": details}


def decided(api: FakeApi, form: dict[str, str] | None = None, **query: str) -> Response:
    """The page for approving the request."""
    at = "operator/accounts/acct_acme/bots/bot_trial/extensions/ext_7/approve"
    return decide(visit(api, at, form, query), **REQUEST, decision="approve")


def test_decision_repeats_what_was_asked_for(api: FakeApi) -> None:
    """Days and reason, above the form and in the review; other days may be granted."""
    api.hold(REQUESTS, [request("ext_1")], [request()])
    form, review = decided(api), decided(api, days="5", review="1")

    for page in (form, review):
        assert "<dt>Days asked for</dt><dd>9</dd>" in page.body
        assert "<dt>Their reason</dt><dd>Not ready</dd>" in page.body
    assert re.search('id="days"[^>]* value="9"', form.body)
    assert "<dt>Days granted</dt><dd>5</dd>" in review.body


@pytest.mark.parametrize("waiting", [[], [request("ext_1")], [request(bot_id="bot_other")]])
def test_request_that_does_not_wait_is_none(api: FakeApi, waiting: list[dict[str, Any]]) -> None:
    """404: of another bot it is none either."""
    api.hold(REQUESTS, waiting)
    with pytest.raises(ApiRefused, match="no request ext_7 waits") as refused:
        decided(api)

    assert refused.value.status == 404


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [((200, {}), 303, ""), (refusal(409, "it was declined"), 409, "changed nothing. It was declined.")],
)
def test_second_click_is_answered_by_the_api(
    api: FakeApi, answer: tuple[int, Any], status: int, says: str
) -> None:
    """Though the request waits no more: the first click was done, or somebody else was faster."""
    api.hold(REQUESTS, [])
    api.answers[APPROVED] = lambda: answer
    page = decided(api, {"days": "9", "key": "k"})

    assert (page.status_code, says in page.body) == (status, True)
    assert [json.loads(sent["body"]) for sent in api.changes] == [{"days": 9}]
