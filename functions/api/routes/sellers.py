"""The operator's side: the legal entities that bill."""

from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Call
from api.operation import OPERATORS, declare
from api.paging import page
from api.parameters import PAGING
from api.schemas.common import Page
from api.schemas.parties import Seller, SellerCode, SellerDetails
from api.views.parties import seller, seller_from

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Operator", roles=OPERATORS)


@operation("GET", "/operator/sellers", query=PAGING)
def list_sellers(call: Call[None]) -> Page[Seller]:
    """List the legal entities that bill."""
    found = call.wiring.manage_sellers.all_sellers(call.member)
    return page(call, found, lambda one: one.code, seller)


@operation("PUT", "/operator/sellers/{code}", errors=(HTTPStatus.CONFLICT,))
def set_seller(call: Call[SellerDetails], code: SellerCode) -> Seller:
    """Add or replace a legal entity that bills. What it has issued stays; its prefixes never change."""
    return seller(call.wiring.manage_sellers.put(call.member, seller_from(code, call.body), call.now))
