"""Actions: a form, then what would happen, then the deed."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.app import Response

from api.console import cookies
from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused
from api.console.fields import Field, choice_field, number_field, text_field
from api.console.requests import PageRequest
from api.console.visit import Visit
from botmeter.domain.logins import Login, Tokens
from tests.fakes.console import FakeApi, refusal
from tests.fakes.logins import claims_of
from tests.fakes.world import ADMIN, NOW

BOT, DEED = "/bots/bot_a", "POST /bots/bot_a/extension-requests"
ACCOUNT = {
    "account_id": "acct_acme",
    "name": "Acme GmbH",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "member": {"user_id": "u-admin", "roles": ["billing_admin"]},
    "orders_and_invoices": {"is_available": True, "reason": None},
    "payment_methods": ["card"],
}
FIELDS = (number_field("days", "More days", 1, 90), text_field("reason", "Reason", 100))
TYPED = {"days": "5", "reason": "<b>Prüfung</b>"}
SENT = {**TYPED, "review": "1", "key": "k-of-the-review", "seen": '"7"'}


class Scene:
    """An action over an API whose bot is called `name`, and whose deed answers `deed`."""

    def __init__(self, deed: tuple[int, Any] = (201, {}), fields: Sequence[Field] = FIELDS) -> None:
        self.name, self.deed, self.fields = "A bot", deed, fields
        self.api = FakeApi(
            {
                "GET /account": lambda: (200, ACCOUNT),
                f"GET {BOT}": lambda: (200, {"name": self.name}),
                DEED: lambda: self.deed,
            }
        )

    def get(self, **query: str) -> Response:
        given = {name: [text] for name, text in query.items()}
        return self._answer("GET", multiValueQueryStringParameters=given)

    def post(self, form: dict[str, str]) -> Response:
        return self._answer("POST", body=b64encode(urlencode(form).encode()).decode(), isBase64Encoded=True)

    def _answer(self, method: str, **event: Any) -> Response:
        context = {"resourcePath": "/console/bots/{bot_id}/extension"}
        names = {"bot_id": "bot_a"}
        request = PageRequest(
            {"httpMethod": method, "requestContext": context, "pathParameters": names, **event}
        )
        login = Login("k", Tokens(claims_of(ADMIN), NOW, "refresh"), NOW)
        visit = Visit(request, self.api, login, NOW)
        return perform(visit, self._action(visit))

    def _action(self, visit: Visit) -> Action:
        seen = visit.api.seen(BOT)

        def review(values: dict[str, Any]) -> Review:
            facts = [("Bot", seen.body["name"]), *((name, str(value)) for name, value in values.items())]
            return Review(facts, "It costs nothing.", seen.etag)

        def do(deed: Deed) -> Response:
            visit.api.send("POST", f"{BOT}/extension-requests", deed.values, key=deed.key, if_match=deed.seen)
            return visit.go("bots/{}", "bot_a", done="extension")

        return Action("More time", "Send the request", "bots/bot_a", review, do, self.fields)


def hidden(page: Response, name: str) -> str | None:
    """A hidden field, as a browser sends it."""
    found = re.search(f'<input type="hidden" name="{name}" value="([^"]*)"', page.body)
    return found and unescape(found[1])


# ------------------------------------------------------------------------------------- looking


def test_form_is_empty_and_complains_of_nothing() -> None:
    """Nobody has typed anything yet."""
    page = Scene().get()

    assert page.status_code == 200
    assert 'action="../../bots/bot_a/extension"' in page.body
    assert 'class="error"' not in page.body


def test_what_was_typed_is_in_the_form_again() -> None:
    """The way back from the review: without a complaint, whatever it says."""
    page = Scene().get(days="500", reason='"><script>')

    assert page.status_code == 200
    assert 'value="500"' in page.body
    assert "<script>" not in page.body
    assert 'class="error"' not in page.body


def test_wrong_fields_are_shown_beside_their_rule() -> None:
    """The review is not shown until all of them are right, and what is right is kept."""
    page = Scene().get(days="500", reason="why", review="1")

    assert page.status_code == 422
    assert '<p class="error" id="days-error">This must be a whole number from 1 to 90.</p>' in page.body
    assert 'aria-invalid="true"' in page.body
    assert 'value="why"' in page.body
    assert "This will happen" not in page.body


@pytest.mark.parametrize(
    ("typed", "first"), [({"days": "x"}, "days"), ({"days": "5"}, "reason"), ({"reason": "why"}, "days")]
)
def test_first_wrong_field_has_the_focus(typed: dict[str, str], first: str) -> None:
    """And no other: whoever hears the page hears what is wrong."""
    page = Scene().get(**typed, review="1")

    assert page.body.count(" autofocus") == 1
    assert re.search(f'id="{first}"[^>]* aria-describedby="{first}-error" autofocus>', page.body)


def test_first_field_that_the_api_refuses_has_the_focus() -> None:
    """In the order of the form, whichever the API names first."""
    rules = [{"pointer": f"#/{name}", "detail": "must be another"} for name in ("reason", "days")]
    page = Scene(refusal(422, "no", *rules)).post(SENT)

    assert page.body.count(" autofocus") == 1
    assert re.search('id="days"[^>]* autofocus>', page.body)


@pytest.mark.parametrize(("chosen", "focused"), [("", "card"), ("x", "card"), ("bank", "bank")])
def test_choice_that_is_refused_has_the_focus_too(chosen: str, focused: str) -> None:
    """On what was chosen, or on the first that can be."""
    methods = [choice_field("method", "Payment", [("card", "Card", ""), ("bank", "Transfer", "")])]
    refused = refusal(422, "no", {"pointer": "#/method", "detail": "must be another"})
    page = Scene(refused, methods).post({**SENT, "method": chosen})

    assert page.status_code == 422
    assert re.findall(r'value="(\w+)"[^>]* autofocus>', page.body) == [focused]


def test_review_says_what_would_happen_and_holds_what_was_typed() -> None:
    """With what was seen, a key that is new each time, and the proof of the browser."""
    scene = Scene()
    page = scene.get(**TYPED, review="1")

    assert page.status_code == 200
    for text in ("<dt>Bot</dt><dd>A bot</dd>", "It costs nothing.", "Send the request"):
        assert text in page.body
    assert (hidden(page, "days"), hidden(page, "reason")) == ("5", TYPED["reason"])
    assert hidden(page, "seen") == '"7"'
    assert hidden(page, "form_token")
    assert hidden(page, "key") != hidden(scene.get(**TYPED, review="1"), "key")
    assert 'href="../../bots/bot_a/extension?days=5&amp;reason=' in page.body


@pytest.mark.parametrize("query", [{}, {"days": "5"}, {**TYPED, "review": "1"}, SENT])
def test_looking_changes_nothing(query: dict[str, str]) -> None:
    """Whatever is in the address."""
    scene = Scene()
    scene.get(**query)

    assert scene.api.changes == []


def test_action_without_fields_begins_with_the_review() -> None:
    """There is nothing to type, and nothing to change."""
    page = Scene(fields=()).get()

    assert "This will happen" in page.body
    assert ">Change</a>" not in page.body


# --------------------------------------------------------------------------------------- doing


def test_deed_is_what_the_review_said() -> None:
    """With its key and its entity tag; then the next page says that it is done."""
    scene = Scene()
    page = scene.post(SENT)

    (sent,) = scene.api.changes
    assert (sent["headers"]["Idempotency-Key"], sent["headers"]["If-Match"]) == ("k-of-the-review", '"7"')
    assert json.loads(sent["body"]) == {"days": 5, "reason": TYPED["reason"]}
    assert (page.status_code, page.headers["Location"]) == (303, "../../bots/bot_a?done=extension")


def test_form_of_the_review_is_what_is_sent() -> None:
    """From page to page nothing gets lost or changed."""
    scene = Scene()
    page = scene.get(**TYPED, review="1")
    names = ("days", "reason", "review", "key", "seen", "form_token")
    scene.post({name: hidden(page, name) or "" for name in names})

    (sent,) = scene.api.changes
    assert sent["headers"]["Idempotency-Key"] == hidden(page, "key")
    assert sent["headers"]["If-Match"] == '"7"'
    assert json.loads(sent["body"]) == {"days": 5, "reason": TYPED["reason"]}


def test_form_that_is_wrong_is_not_sent() -> None:
    """A browser may send what the review never showed."""
    scene = Scene()
    page = scene.post({**SENT, "days": "500"})

    assert (page.status_code, scene.api.changes) == (422, [])


def test_form_without_a_key_or_a_tag_is_sent_with_a_new_key() -> None:
    """Nothing that was seen, nothing to match."""
    scene = Scene()
    scene.post({**SENT, "key": "", "seen": ""})

    (sent,) = scene.api.changes
    assert len(sent["headers"]["Idempotency-Key"]) > 16
    assert "If-Match" not in sent["headers"]


@pytest.mark.parametrize("status", [409, 412])
def test_change_in_between_shows_the_review_again(status: int) -> None:
    """The page says why, and how it stands now."""
    scene = Scene(refusal(status, "the bot has changed"))
    scene.name, scene.api.etag = "A renamed bot", '"8"'
    page = scene.post(SENT)

    assert page.status_code == status
    assert "This click changed nothing. The bot has changed." in page.body
    assert "<dd>A renamed bot</dd>" in page.body
    assert hidden(page, "seen") == '"8"'
    assert hidden(page, "days") == "5"


def test_second_click_does_not_do_it_twice() -> None:
    """While the first request is still being answered, the page that comes keeps its key."""
    scene = Scene(refusal(409, "the same request is still being answered"))
    page = scene.post(SENT)

    assert hidden(page, "key") == "k-of-the-review"


def test_rule_of_the_api_is_shown_beside_its_field() -> None:
    """As if the form had known it."""
    page = Scene(refusal(422, "days: must be 3", {"pointer": "#/days", "detail": "must be 3"})).post(SENT)

    assert page.status_code == 422
    assert '<p class="error" id="days-error">Must be 3.</p>' in page.body
    assert "days: must be 3" not in page.body
    assert 'value="5"' in page.body


@pytest.mark.parametrize("status", [400, 402, 422])
def test_rule_of_no_field_is_shown_above_the_form(status: int) -> None:
    """In the API's words, with what was typed; a new attempt gets a new key."""
    page = Scene(refusal(status, "the card was declined", {"pointer": "#/else", "detail": "x"})).post(SENT)

    assert page.status_code == 422
    assert '<p class="message bad" role="alert">The card was declined.</p>' in page.body
    assert 'value="5"' in page.body
    assert hidden(page, "key") is None


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_refusal_that_no_form_can_mend_is_a_page_of_its_own(status: int) -> None:
    """What all pages have in common makes it."""
    with pytest.raises(ApiRefused) as refused:
        Scene(refusal(status, "no")).post(SENT)

    assert refused.value.status == status


def raising(error: ApiRefused) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise error

    return fail


def test_review_may_be_refused_like_the_deed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is shown in the form."""
    scene = Scene()
    review = raising(ApiRefused(*refusal(422, "x", {"pointer": "#/days", "detail": "must be 3"})))
    action = scene._action

    def refusing(visit: Visit) -> Action:
        found = action(visit)
        return Action(found.title, found.button, found.back, review=review, do=found.do, fields=found.fields)

    monkeypatch.setattr(scene, "_action", refusing)
    page = scene.get(**TYPED, review="1")

    assert (page.status_code, '<p class="error" id="days-error">Must be 3.</p>' in page.body) == (422, True)


def test_form_carries_the_proof_of_its_browser() -> None:
    """Of the secret of the login, which itself is in no page."""
    secret = cookies.new_secret()
    scene = Scene()
    page = scene._answer(
        "GET",
        headers={"Cookie": cookies.login_cookie(secret).partition(";")[0]},
        multiValueQueryStringParameters={name: [text] for name, text in {**TYPED, "review": "1"}.items()},
    )

    assert hidden(page, "form_token") == cookies.form_token(secret)
    assert secret not in page.body
