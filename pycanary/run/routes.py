"""Which services are served and on which ports, while canary.yml and the releases in the slots differ."""

from __future__ import annotations

from collections.abc import Container, Iterable

from pycanary.config.recorded import config_of
from pycanary.errors import StageFailed
from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.traffic import Route, Traffic
from pycanary.run.deployment import Deployment


def ports(run: Deployment, slot: Slot, release: Release) -> dict[str, int]:
    """What the release's services listen on in that slot."""
    return {route.name: route.port(slot) for route in config_of(run.config, release).routes}


def routes_with(run: Deployment, slot: Slot, release: Release) -> tuple[Route, ...]:
    """The routes once the release is in the slot; what the other slot listens on stands until its turn.

    Raises StageFailed for a port that the other slot still has.
    """
    wanted = {route.name: route for route in config_of(run.config, release).routes}
    other = slot.other
    theirs = {route.port(other): route.name for route in run.traffic.routes if other in route.slots}
    for name, route in wanted.items():
        port = route.port(slot)
        if port in theirs and other in run.state.slots:
            raise StageFailed(
                f"port {port} of {name} in the {slot} slot is still that of {theirs[port]} in the {other} slot",
                remedy="give it another port in canary.yml; one that both slots have left can be used again",
            )
    routes = []
    for route in run.traffic.routes:
        slots = tuple(one for one in Slot if (route.name in wanted if one is slot else one in route.slots))
        to_be = wanted.get(route.name, route)
        again = {"slots": slots, f"{slot}_port": to_be.port(slot), "health_path": to_be.health_path}
        routes.append(route.model_copy(update=again))
    return tuple(routes)


def left(run: Deployment) -> set[str]:
    """The services that are routed still, while no release has them and the one to come has not either."""
    wanted = config_of(run.config, run.target).services
    return {route.name for route in _routed(run) if not route.slots and route.name not in wanted}


def to_come(run: Deployment) -> tuple[Route, ...]:
    """The services of the release to come that are not routed yet."""
    known = {route.name for route in _routed(run)}
    new = (route for route in config_of(run.config, run.target).routes if route.name not in known)
    return tuple(route.model_copy(update={"slots": ()}) for route in new)


def _routed(run: Deployment) -> tuple[Route, ...]:
    return run.state.traffic.routes if run.state.traffic else ()


def changed(traffic: Traffic, *, more: Iterable[Route], less: Container[str]) -> Traffic:
    """The next generation with further services, which have the first one's weights, and without those named."""
    routes = (*(route for route in traffic.routes if route.name not in less), *more)
    if routes == traffic.routes:
        return traffic
    first = next(iter(traffic.weights.values()))
    weights = {route.name: traffic.weights.get(route.name, first) for route in routes}
    again = {"generation": traffic.generation + 1, "routes": routes, "weights": weights}
    return traffic.model_copy(update=again)
