"""One look at a slot's health, for `status`."""

from __future__ import annotations

from collections.abc import Callable

from pycanary.config.model import Config
from pycanary.health.judge import Healthy, HealthyByLog, judge
from pycanary.health.observe import observe, parse_observations
from pycanary.host.script import Script
from pycanary.model.slot import Slot
from pycanary.state.view import ServiceHealth


def health_now(host_run: Callable[[Script], str], config: Config, slot: Slot) -> tuple[ServiceHealth, ...]:
    """Every service of the slot as it is at this moment."""
    seen = parse_observations(host_run(observe(config, slot, config.services, wait_seconds=0)))
    return tuple(_one(config, slot, name, judge(config.services[name], seen[name], None)) for name in config.services)


def _one(config: Config, slot: Slot, name: str, judgement: object) -> ServiceHealth:
    if isinstance(judgement, Healthy):
        return ServiceHealth(service=name, slot=slot, healthy=True, words="healthy")
    if isinstance(judgement, HealthyByLog):
        return ServiceHealth(service=name, slot=slot, healthy=True, words="healthy by log only")
    return ServiceHealth(service=name, slot=slot, healthy=False, words=str(getattr(judgement, "reason", judgement)))
