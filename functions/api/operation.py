"""How a route is declared: one function, and what its types and docstring do not say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from chalice.app import Blueprint, Response

from api.bodies import JSON
from api.call import Answer
from api.handling import handle
from api.headers import Key
from api.parameters import Query
from api.problems import problem_documents
from botmeter.domain.members import Member, Role
from botmeter.domain.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])

__all__ = [
    "ADMINS_AND_VIEWERS",
    "BILLING_ADMINS",
    "CSV",
    "JSON",
    "MEMBERS",
    "OPERATORS",
    "PUBLIC",
    "SOURCES",
    "Operation",
    "declare",
]

CSV = "text/csv"

# Who may call a route. A public one needs no token at all.
PUBLIC: frozenset[Role] = frozenset()
MEMBERS = frozenset({Role.BILLING_ADMIN, Role.BOT_OWNER, Role.VIEWER})
BILLING_ADMINS = frozenset({Role.BILLING_ADMIN})
ADMINS_AND_VIEWERS = frozenset({Role.BILLING_ADMIN, Role.VIEWER})
OPERATORS = frozenset({Role.OPERATOR})
# They come with keys and tokens of their own, which another authorizer checks.
SOURCES = frozenset({Role.EVENT_SOURCE})


@dataclass(frozen=True, eq=False)
class Operation:
    """A declared route; Chalice calls it with the parameters of the path.

    Its types are those of the view's signature: the body of `Call[Body]`, what it returns (None: no
    content), and the text of each parameter of the path.
    """

    routes: Blueprint
    method: str
    path: str
    view: Callable[..., Any]
    tag: str
    roles: frozenset[Role]
    permission: Permission | None
    declared_status: HTTPStatus | None
    query: tuple[Query[Any], ...]
    errors: tuple[HTTPStatus, ...]
    key: Key
    etag: bool
    media_types: tuple[str, ...]
    bodies: Mapping[str, Any]

    @property
    def __name__(self) -> str:
        """The view's name, which Chalice asks for."""
        name: str = self.view.__name__
        return name

    @problem_documents
    def __call__(self, **path: str) -> Response:
        """The answer to the current request."""
        return handle(self, self.routes.current_request, path)

    @property
    def is_public(self) -> bool:
        """Whether it needs no token."""
        return not self.roles

    @property
    def is_for_sources(self) -> bool:
        """Whether event sources call it, and nobody else."""
        return self.roles == SOURCES

    def lets_in(self, member: Member) -> bool:
        """Whether `member` may call it; of a custom role the service finds out what it permits."""
        return bool(member.roles & self.roles) or (self.permission is not None and bool(member.custom_roles))

    @property
    def status(self) -> HTTPStatus:
        """Of success."""
        usual = HTTPStatus.NO_CONTENT if self.answer_type is NoneType else HTTPStatus.OK
        return self.declared_status or usual

    @property
    def takes_if_match(self) -> bool:
        """Whether the caller may say which copy it changes."""
        return self.etag and self.method != "GET"

    @cached_property
    def body_type(self) -> Any:
        """The type of the request's body; `NoneType` for none."""
        (body_type,) = get_args(self._hints["call"])
        return body_type

    @cached_property
    def body_types(self) -> dict[str, Any]:
        """The types of the request's body by media type; nothing for none."""
        declared = {} if self.body_type is NoneType else {JSON: self.body_type}
        return {**declared, **self.bodies}

    @cached_property
    def answer_type(self) -> Any:
        """The type of the answer's body; `NoneType` for none."""
        answer_type = self._hints["return"]
        return get_args(answer_type)[0] if get_origin(answer_type) is Answer else answer_type

    @cached_property
    def path_types(self) -> dict[str, Any]:
        """The type of each parameter of the path."""
        return {name: of for name, of in self._hints.items() if name not in {"call", "return"}}

    @cached_property
    def _hints(self) -> dict[str, Any]:
        """The view's annotations; `NoneType` stands for None."""
        return get_type_hints(self.view, include_extras=True)


def declare(
    routes: Blueprint,
    method: str,
    path: str,
    *,
    tag: str,
    roles: frozenset[Role] = MEMBERS,
    permission: Permission | None = None,
    status: HTTPStatus | None = None,
    query: tuple[Query[Any], ...] = (),
    errors: tuple[HTTPStatus, ...] = (),
    key: Key | None = None,
    etag: bool = False,
    media_types: tuple[str, ...] = (JSON,),
    bodies: Mapping[str, Any] | None = None,
) -> Callable[[View], View]:
    """Make a view the route `method path`. Each module of routes binds the first and the tag with `partial`.

    Args:
        routes: the blueprint of the module.
        method: of HTTP.
        path: with `{names}`, which are the names of the view's arguments.
        tag: the page that it belongs to.
        roles: who may call it; what of the account they may see is the service's business.
        permission: lets in custom roles too; whether theirs has it is the service's business.
        status: of success; by default 200, or 204 for a view that returns None.
        query: the parameters that it takes; any other is refused.
        errors: statuses of problems that its declaration does not imply, such as 402.
        key: what it does with an Idempotency-Key, if not the usual for its method.
        etag: its answers carry an entity tag; if it writes, it takes If-Match.
        media_types: of the answer; the first one unless the view gives a header. What is not JSON is text.
        bodies: the types of bodies by media type, where the view reads them itself from `Call.raw_body`.
    """

    def register(view: View) -> View:
        operation = Operation(
            routes=routes,
            method=method,
            path=path,
            view=view,
            tag=tag,
            roles=roles,
            permission=permission,
            declared_status=status,
            query=query,
            errors=errors,
            key=key or Key.usual(method),
            etag=etag,
            media_types=media_types,
            bodies=bodies or {},
        )
        # Chalice's own check of content types would not answer with a problem document.
        routes.route(path, methods=[method], content_types=[])(operation)
        return view

    return register
