"""Entry point of the API: the Chalice application.

API Gateway has checked the token before; `template.yaml` declares every route, and a test compares the two.
"""

from chalice.app import Chalice

from api.routes.bots import routes as bots
from api.routes.orders import routes as orders

app = Chalice(app_name="botmeter", debug=False)
app.register_blueprint(bots)
app.register_blueprint(orders)
