"""How orders may be paid is said without the keys that it takes to do it."""

import json
from typing import Any

import pytest

from botmeter.bootstrap import Wiring
from botmeter.domain.orders import PaymentMethod
from botmeter.settings import Settings

BANK = {"BANK_ACCOUNT": "Botmeter Ltd | DE02120300000000202051 | BYLADEM1001"}
STRIPE = {"STRIPE_SECRET_ID": "stripe"}
TRANSFER, CARD = PaymentMethod.BANK_TRANSFER, PaymentMethod.CARD
SETTINGS = [({}, ()), (BANK, (TRANSFER,)), (STRIPE, (CARD,)), ({**STRIPE, **BANK}, (TRANSFER, CARD))]


class Secrets:
    """Secrets Manager, which counts who asks."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self, service: str) -> "Secrets":
        assert service == "secretsmanager"
        return self

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 (AWS names it so)
        self.reads += SecretId == "stripe"
        keys = {"api_key": "sk_test_1", "publishable_key": "pk_test_1", "webhook_secret": "whsec_1"}
        return {"SecretString": json.dumps(keys)}


@pytest.mark.parametrize(("environ", "methods"), SETTINGS)
def test_methods_are_those_that_are_set_up(
    environ: dict[str, str], methods: tuple[PaymentMethod, ...]
) -> None:
    """Each has a provider, which is the one of its method; the secret is not read to name it."""
    secrets = Secrets()
    wiring = Wiring(Settings.read(environ), client=secrets)

    assert wiring.payment_methods == methods
    assert secrets.reads == 0
    assert {method: one.method for method, one in wiring.payment_providers.items()} == {m: m for m in methods}
    assert secrets.reads == methods.count(CARD)
