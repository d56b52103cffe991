"""Actions: a form, then what would happen."""

import re

import pytest

from api.console.fields import choice_field
from tests.fakes.actions import SENT, TYPED, Scene, hidden
from tests.fakes.console import refusal


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
