"""Which services cannot take anybody: the quickest question about health, for a rollback that waits for nothing."""

from __future__ import annotations

from pycanary.host.script import Script
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic


def refusing(traffic: Traffic) -> Script:
    """Try the port of every service that a slot has, side by side, for 1 s at most."""
    lines = [
        f"{slot} {route.name} {route.port(slot)} {route.health_path}"
        for slot in Slot
        for route in traffic.routes
        if slot in route.slots
    ]
    return Script("refusing", {"ROUTES": "\n".join(lines)})


def parse_refusing(output: str) -> dict[Slot, tuple[str, ...]]:
    """The services of each slot on whose ports nobody listens, from what `refusing` printed."""
    pairs = [line.split() for line in output.splitlines()]
    return {slot: tuple(sorted(service for where, service in pairs if where == slot)) for slot in Slot}
