"""What all routes have in common: from a request to a call of the view, from what it returns to an answer."""

from __future__ import annotations

import json
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from chalice.app import Response

from api import headers, idempotency
from api.bodies import read_body
from api.call import Answer, Call
from api.members import member_of, source_of
from api.parameters import read_query
from api.problems import PRIVATE, InvalidQuery
from api.schemas.typed import Text
from api.validation import adapter
from botmeter.domain.errors import NotAllowed, NotFound, Refused
from botmeter.domain.members import Member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalice.app import Request

    from api.operation import Operation

_NOBODY = Member("", "", frozenset())


def handle(operation: Operation, request: Request, path: Mapping[str, str]) -> Response:
    """The answer to `request`; raises what `problem_documents` makes problems of."""
    member = _member(operation, request)
    _check_path(operation, path)
    key = headers.idempotency_key(request.headers, operation.key)
    call = Call(
        member=member,
        request=request,
        idempotency_key=key or headers.made_up_key(),
        if_match=headers.if_match(request.headers) if operation.takes_if_match else None,
        values=read_query(operation.query, request.query_params),
        body=None if operation.body_type is NoneType else read_body(request, operation.body_type),
    )
    once = key is not None and operation.key is not headers.Key.UNREMEMBERED
    reply = _reply_once(operation, call, path) if once else _reply(operation, call, path)
    return Response(reply["body"], status_code=reply["status"], headers={**reply["headers"]})


def _member(operation: Operation, request: Request) -> Member:
    """Who asks; raises `NotAllowed` unless the operation is for them."""
    if operation.is_public:
        return _NOBODY
    member = source_of(request) if operation.is_for_sources else member_of(request)
    if not operation.lets_in(member):
        roles = sorted(role.replace("_", " ") for role in operation.roles)
        custom = [] if operation.permission is None else ["one that the account permits it to"]
        raise NotAllowed(f"this needs the role {' or '.join(roles + custom)}")
    return member


def _check_path(operation: Operation, path: Mapping[str, str]) -> None:
    """Raise `NotFound` for a name that nothing can have: it must not become a key of a store."""
    for name, text in path.items():
        for form in get_args(operation.path_types[name])[1:]:
            if isinstance(form, Text) and not form.matches(text):
                raise NotFound(f"{name}: there is nothing of such a name")


def _reply_once(operation: Operation, call: Call[Any], path: Mapping[str, str]) -> idempotency.Reply:
    """The reply to a call that has a key: of the first time, if there was one."""
    scope = {
        "account": call.member.account_id,
        "user": call.member.user_id,
        "method": operation.method,
        "path": operation.path.format(**path),
        "key": call.idempotency_key,
    }
    document = None if call.body is None else adapter(operation.body_type).dump_python(call.body, mode="json")
    return idempotency.reply_once(
        lambda: _reply(operation, call, path), scope, document, call.wiring, call.request.lambda_context
    )


def _reply(operation: Operation, call: Call[Any], path: Mapping[str, str]) -> idempotency.Reply:
    """Let the view answer."""
    try:
        result = operation.view(call, **path)
    except Refused as error:
        # What a service calls a field may have come in the query.
        if error.field in call.values:
            raise InvalidQuery(error.field, error.rule) from error
        raise
    answer = result if isinstance(result, Answer) else Answer(result)
    return {
        "status": (answer.status or operation.status).value,
        "headers": _headers(operation, answer),
        "body": _text(answer.body),
    }


def _headers(operation: Operation, answer: Answer[Any]) -> dict[str, str]:
    """The headers of an answer."""
    found = dict(PRIVATE)
    if answer.body is not None:
        found["Content-Type"] = operation.media_types[0]
    if answer.etag is not None:
        found["ETag"] = headers.entity_tag(answer.etag)
    if answer.location is not None:
        # Relative to the request, since the API does not know below which URL it is reached.
        found["Location"] = "../" * (operation.path.count("/") - 1) + answer.location.lstrip("/")
    return {**found, **answer.headers}


def _text(body: Any) -> str:
    """A body as it is sent: text as it stands, everything else as JSON."""
    if body is None:
        return ""
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
