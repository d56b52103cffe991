"""Entry point of the API: the Chalice application, and around it what browsers need.

API Gateway has checked the token before, except where `template.yaml` leaves a path open.
"""

from typing import TYPE_CHECKING, Any

from chalice.app import Chalice

from api import call, cors, routing
from api.routes.account import routes as account
from api.routes.bots import routes as bots
from api.routes.conversations import routes as conversations
from api.routes.documentation import routes as documentation
from api.routes.event_sources import routes as event_sources
from api.routes.events import routes as events
from api.routes.funds import routes as funds
from api.routes.operator import routes as operator
from api.routes.operator_invoices import routes as operator_invoices
from api.routes.operator_quarantine import routes as operator_quarantine
from api.routes.orders import routes as orders
from api.routes.plans import routes as plans
from api.routes.records import routes as records
from api.routes.sellers import routes as sellers
from api.routes.webhooks import routes as webhooks

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app = Chalice(app_name="botmeter", debug=False)
for routes in (
    account,
    bots,
    plans,
    funds,
    records,
    conversations,
    orders,
    events,
    event_sources,
    operator,
    operator_invoices,
    operator_quarantine,
    sellers,
    webhooks,
    documentation,
):
    app.register_blueprint(routes)


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer an event of API Gateway's proxy integration."""
    origins = call.wiring().settings.allowed_origins
    if event["httpMethod"] == "OPTIONS":
        return cors.preflight(event, origins)
    if routing.segments(event)[0] == "console":
        from api.console.app import answer  # noqa: PLC0415 (pages alone need it)

        return answer(event, context)
    return cors.readable(routing.answer(app, event, context), event, origins)
