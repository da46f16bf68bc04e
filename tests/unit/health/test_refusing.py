"""Only the services that a slot has are tried."""

from __future__ import annotations

from pycanary.health.refusing import refusing
from pycanary.model.slot import Slot
from tests.unit.nginx.example import config, traffic


def test_a_service_that_a_slot_has_not_is_not_missed_there() -> None:
    shop = config()
    frontend, backend = shop.routes
    script = refusing(traffic(shop, routes=(frontend, backend.model_copy(update={"slots": (Slot.CANARY,)}))))
    assert str(script.values["ROUTES"]).splitlines() == [
        "stable frontend 3001 /health",
        "canary frontend 3002 /health",
        "canary backend 8082 /actuator/health",
    ]
