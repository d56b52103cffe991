"""Actions: what is done once it was reviewed, and what the API says to it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from api.console import cookies
from api.console.actions import Action
from api.console.api_calls import ApiRefused
from api.console.visit import Visit
from tests.fakes.actions import SENT, TYPED, Scene, hidden
from tests.fakes.console import refusal


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
    page = Scene(refusal(status, "the card was declined")).post(SENT)

    assert page.status_code == 422
    assert '<p class="message bad" role="alert">The card was declined.</p>' in page.body
    assert 'value="5"' in page.body
    assert hidden(page, "key") is None


@pytest.mark.parametrize(
    ("place", "rule", "text"),
    [
        ({"pointer": "#/payment_method"}, "must be another", "The payment method must be another."),
        ({"pointer": "#/plan"}, "Advanced does not end", "Advanced does not end."),
        ({"header": "Idempotency-Key"}, "was used before", "The form was used before."),
        ({"pointer": "#/unheard_of"}, "must be another", "The request must be another."),
    ],
)
def test_rule_of_what_the_form_does_not_have_is_told_in_words(
    place: dict[str, str], rule: str, text: str
) -> None:
    """Without the API's names, and beside what is wrong about fields that there are."""
    days = {"pointer": "#/days", "detail": "must be 3"}
    page = Scene(refusal(422, "payment_method: x", {**place, "detail": rule}, days)).post(SENT)

    assert f'<p class="message bad" role="alert">{text}</p>' in page.body
    assert '<p class="error" id="days-error">Must be 3.</p>' in page.body
    assert "_method" not in page.body


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
