"""What the host asks before it goes back by itself: the services, ports and paths of the release that served."""

from __future__ import annotations

from typing import Any

from pycanary.config.model import Config
from pycanary.config.recorded import recorded
from pycanary.model.release import Commit, Release
from pycanary.model.slot import Slot
from pycanary.nginx.shift import watchdog
from pycanary.state.model import HostState
from tests.unit.nginx.example import config, traffic


def asked(today: Config, of: Config, **changed: Any) -> list[str]:
    release = Release(number=1, commit=Commit(id="1" * 40), configuration=recorded(of))
    state = HostState(app="shop", traffic=traffic(of, out=Slot.CANARY, **changed), slots={Slot.STABLE: release})
    return str(watchdog(today, state, run="run", record="{}\n").values["HEALTH"]).splitlines()


def test_it_asks_by_the_canary_yml_of_the_release_that_serves() -> None:
    today = config(services={"frontend": {"stable": 4001, "canary": 4002, "health": "/new"}})
    assert asked(today, config()) == ["3001 2 - /health", "8081 2 - /actuator/health"]


def test_it_does_not_ask_for_a_service_that_the_slot_has_not() -> None:
    shop = config()
    frontend, backend = shop.routes
    routes = (frontend, backend.model_copy(update={"slots": (Slot.CANARY,)}))
    assert asked(shop, shop, routes=routes) == ["3001 2 - /health"]


def test_it_is_as_patient_as_a_deployment_and_knows_who_may_be_ready_by_its_log() -> None:
    shop = config(services={"worker": {"stable": 4001, "canary": 4002, "answer_seconds": 9, "ready_log": "ready"}})
    assert asked(shop, shop) == ["4001 9 4002 /health"]
