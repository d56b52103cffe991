"""Events of API Gateway as the console reads them."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from api.console.requests import PageRequest


def asked(path: str = "/console/bots", method: str = "GET", **event: Any) -> PageRequest:
    return PageRequest({"httpMethod": method, "requestContext": {"resourcePath": path}, **event})


def sent(fields: dict[str, str], **event: Any) -> PageRequest:
    return asked(method="POST", body=urlencode(fields), **event)


@pytest.mark.parametrize(
    ("path", "names", "place", "root"),
    [
        ("/console/bots", None, "bots", "./"),
        ("/console/bots/{bot_id}", {"bot_id": "bot_a"}, "bots/bot_a", "../"),
        ("/console/bots/{bot_id}/plan", {"bot_id": "a b"}, "bots/a%20b/plan", "../../"),
        ("/console/bots/{bot_id}", {"bot_id": "a/../b"}, "bots/a%2F..%2Fb", "../"),
        ("/console/bots/{bot_id}", {"bot_id": "{x}?#%"}, "bots/%7Bx%7D%3F%23%25", "../"),
        ("/console/bots/{bot_id}", {"bot_id": "a@b:c"}, "bots/a@b:c", "../"),
        ("/console/usage.csv", None, "usage.csv", "./"),
    ],
)
def test_place_is_the_address_below_the_console(
    path: str, names: dict[str, str] | None, place: str, root: str
) -> None:
    """Names are encoded, so they neither add parts nor end the path, and the root is as far away."""
    request = asked(path, pathParameters=names)

    assert (request.place, request.root) == (place, root)


def test_parameters_of_the_address() -> None:
    """Of one that is given twice, the last; none are no error."""
    assert asked(multiValueQueryStringParameters={"a": ["1", "2"], "b": [], "c": [""]}).query == {
        "a": "2",
        "c": "",
    }
    assert asked(multiValueQueryStringParameters=None).query == {}


def test_header_names_are_in_any_case() -> None:
    """HTTP/2 sends them small, API Gateway as it likes."""
    request = asked(headers={"CoOkIe": "a=b", "ACCEPT-Language": "de"})

    assert request.headers == {"cookie": "a=b", "accept-language": "de"}
    assert request.cookies == {"a": "b"}
    assert asked(headers=None).cookies == {}


@pytest.mark.parametrize("encoded", [False, True])
def test_form_is_read_plain_and_in_base64(encoded: bool) -> None:
    """With its empty fields, and every letter there is."""
    fields = {"reason": "Prüfung & mehr\r\n= 100 % 🙂", "empty": ""}
    body = urlencode(fields)
    if encoded:
        body = b64encode(body.encode()).decode()

    assert asked(method="POST", body=body, isBase64Encoded=encoded).form == fields


@pytest.mark.parametrize(
    "event",
    [
        {"body": None},
        {"body": ""},
        {"body": "&".join(f"f{n}=1" for n in range(51))},
        {"body": '{"a": 1}'},
        {"body": b64encode(b"\xff\xfe\x00").decode(), "isBase64Encoded": True},
    ],
)
def test_what_is_no_form_has_no_fields(event: dict[str, Any]) -> None:
    """Nor has one with more of them than any form: without its token nothing is done."""
    assert "form_token" not in asked(method="POST", **event).form


def test_as_many_fields_as_a_form_may_have() -> None:
    """The limit itself is allowed."""
    assert len(sent({f"f{n}": "1" for n in range(50)}).form) == 50


@pytest.mark.parametrize(
    ("site", "elsewhere"),
    [
        (None, False),
        ("same-origin", False),
        ("none", False),
        ("same-site", True),
        ("cross-site", True),
        ("", True),
    ],
)
def test_browser_says_who_sent_it(site: str | None, elsewhere: bool) -> None:
    """Old browsers say nothing; another site of the same domain is another site."""
    headers = {} if site is None else {"Sec-Fetch-Site": site}

    assert asked(headers=headers).is_from_elsewhere is elsewhere


def test_address_of_the_same_page_again() -> None:
    """With its parameters, encoded."""
    request = asked(multiValueQueryStringParameters={"q": ["a&b"], "review": ["1"]})

    assert request.again() == "bots?q=a%26b&review=1"
    assert asked().again() == "bots"


def test_what_was_typed_is_kept_without_token_and_key() -> None:
    """A form that came too late becomes an address; what makes it valid or unique is made anew."""
    request = sent(
        {"amount": "1.234,50", "empty": "", "review": "1", "form_token": "t", "key": "k"},
        multiValueQueryStringParameters={"amount": ["9"]},
    )

    assert request.again() == "bots?amount=1.234%2C50&empty=&review=1"
    assert sent({"form_token": "t", "key": "k"}).again() == "bots"
