"""One application for these tests."""

from typing import Any

from pycanary.config.model import Config
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights


def config(**changed: Any) -> Config:
    data: dict[str, Any] = {
        "app": "shop",
        "hosts": [{"address": "one"}],
        "path": "/srv/shop",
        "git": {"remote": "git@example:shop"},
        "services": {
            "frontend": {"stable": 3001, "canary": 3002},
            "backend": {"stable": 8081, "canary": 8082, "health": "/actuator/health", "location": "/api/"},
        },
    }
    return Config.model_validate(data | changed)


def traffic(of: Config, canary: int = 100, out: Slot | None = None, **changed: Any) -> Traffic:
    weights = dict.fromkeys(of.services, Weights.of_canary(canary))
    return Traffic(generation=3, routes=of.routes, weights=weights, out=out, salt="7").model_copy(update=changed)
