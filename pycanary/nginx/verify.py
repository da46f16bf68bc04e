"""Proof that the running NGINX serves the planned weights.

Source of the method: NGINX's hash sends a key to a bucket that is known beforehand (buckets.py). If the bucket two
below the planned stable weight S is served by stable, the served weight is at least S - 1; if bucket S + 1 is served by
the canary, it is at most S + 1. So a difference of 2 or more shows. Three pairs of keys whose hashes differ in their
quotients by 1000 also find sums other than 1000 and servers too many.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from pycanary.config.model import Config
from pycanary.host.script import Script
from pycanary.model.slot import Slot
from pycanary.model.traffic import Route, Traffic
from pycanary.model.weights import TOTAL
from pycanary.nginx.buckets import bucket_of, hash_of, side_of
from pycanary.nginx.names import Names
from pycanary.nginx.served import Served, read_served
from pycanary.nginx.shift import LIBRARIES, status_values

PAIRS = 3
PROBE_SECONDS = 5  # NGINX itself gives up after 1 s for each of connecting and answering


@dataclass(frozen=True)
class Mismatch:
    """One thing that NGINX serves otherwise than planned. service: empty where it is about all."""

    service: str
    expected: str
    found: str

    def __str__(self) -> str:
        where = f"{self.service}: " if self.service else ""
        return f"{where}{self.found} instead of {self.expected}"


@dataclass(frozen=True)
class Probe:
    """A request with a chosen key, and the address that took it; empty where none did."""

    generation: str
    service: str
    key: str
    address: str


def verify(config: Config, traffic: Traffic) -> Script:
    """Ask the status server for generation and weights, and send the probes of every service in one curl call."""
    return Script(
        "verify", {**status_values(config), "PROBES": _curl(config, traffic)}, timeout_seconds=30, libraries=LIBRARIES
    )


def glance(config: Config) -> Script:
    """Ask the status server only: what NGINX says of itself, without proof."""
    return Script("verify", {**status_values(config), "PROBES": ""}, timeout_seconds=30, libraries=LIBRARIES)


def contradictions(config: Config, traffic: Traffic, output: str) -> tuple[str, ...]:
    """What the output of `glance` says that differs from the plan, as sentences."""
    return tuple(map(str, _answers(config, traffic, _served(output))))


def mismatches(config: Config, traffic: Traffic, output: str) -> tuple[str, ...]:
    """What the output of `verify` proves to differ from the plan, as sentences; empty: what was planned is served."""
    return tuple(str(mismatch) for mismatch in judge(config, traffic, output))


def judge(config: Config, traffic: Traffic, output: str) -> tuple[Mismatch, ...]:
    """Like `mismatches`, as data."""
    found = list(_answers(config, traffic, _served(output)))
    if config.sticky.enabled:
        probes = [_probe(line) for line in output.splitlines() if line.startswith("probe ")]
        for route in traffic.routes:
            found += _side(traffic, route, [probe for probe in probes if probe.service == route.name])
    return tuple(found)


def _served(output: str) -> Served | None:
    lines = dict(line.partition(" ")[::2] for line in output.splitlines() if not line.startswith("probe "))
    return read_served(lines.get("generation", ""), lines.get("weights", ""))


def boundary(stable: int) -> tuple[int, int]:
    """The buckets two below and one above the boundary of that stable weight; at the ends the nearest that exist."""
    return max(0, stable - 2), min(TOTAL - 1, stable + 1)


def pairs(stable: int) -> tuple[tuple[str, str], ...]:
    """Three random pairs of keys on the two sides of the boundary; no two pairs share a quotient."""
    below, above = boundary(stable)
    lows, highs = _keys(below), _keys(above)
    found: list[tuple[str, str]] = []
    used: set[int] = set()
    while len(found) < PAIRS:
        pair = next(lows), next(highs)
        quotients = {hash_of(key) // TOTAL for key in pair}
        if used.isdisjoint(quotients):
            used |= quotients
            found.append(pair)
    return tuple(found)


def _keys(bucket: int) -> Iterator[str]:
    prefix = secrets.token_hex(8)
    return (key for key in (f"{prefix}{number}" for number in count()) if bucket_of(key) == bucket)


def _curl(config: Config, traffic: Traffic) -> str:
    if not config.sticky.enabled:
        return ""
    requests = [
        _request(config, route.name, key)
        for route in traffic.routes
        for pair in pairs(traffic.weights[route.name].stable)
        for key in pair
    ]
    return "next\n".join(requests)


def _request(config: Config, service: str, key: str) -> str:
    return (
        f'url = "http://127.0.0.1:{config.nginx.status_port}/probe/{service}"\n'
        f'header = "Host: {Names.of(config).status_server}"\n'
        f'header = "X-Pycanary-Key: {key}"\n'
        f'silent\nnoproxy = "*"\nmax-time = {PROBE_SECONDS}\ndump-header = "-"\noutput = "/dev/null"\n'
    )


def _answers(config: Config, traffic: Traffic, served: Served | None) -> Iterator[Mismatch]:
    if served is None or served.app != config.app:
        yield Mismatch("", f"generation {traffic.generation}", "no answer of the status server")
        return
    if served.generation != traffic.generation:
        yield Mismatch("", f"generation {traffic.generation}", f"generation {served.generation}")
    for name, weights in traffic.weights.items():
        found = served.weights.get(name)
        if found != weights:
            yield Mismatch(name, f"weights {weights}", f"weights {found}" if found else "no weights")
    if served.out != traffic.out:
        yield Mismatch("", f"{traffic.out or 'no slot'} out", f"{served.out or 'no slot'} out")


def _probe(line: str) -> Probe:
    _, generation, service, key, *address = line.split(" ", 4)
    return Probe(generation, service, key, "".join(address))


def _side(traffic: Traffic, route: Route, probes: list[Probe]) -> Iterator[Mismatch]:
    weights = traffic.weights[route.name]
    for bucket in boundary(weights.stable):
        answered = [probe for probe in probes if bucket_of(probe.key) == bucket]
        if len(answered) < PAIRS:
            yield Mismatch(route.name, f"{PAIRS} answers for bucket {bucket}", f"{len(answered)} answers")
        for probe in answered:
            planned = _planned(traffic, route, probe.key)
            found = _slot_at(route, probe.address)
            if found != planned:
                yield Mismatch(
                    route.name,
                    f"{planned or 'no slot'} for bucket {bucket} at {weights}",
                    str(found or probe.address or "no server"),
                )
            if probe.generation != str(traffic.generation):
                yield Mismatch(route.name, f"generation {traffic.generation}", f"generation {probe.generation}")


def _planned(traffic: Traffic, route: Route, key: str) -> Slot | None:
    """The only server of a service takes everybody; nobody, while its slot is out."""
    if len(route.servers) > 1:
        return side_of(key, traffic.weights[route.name], traffic.out)
    return None if traffic.out in route.servers else route.servers[0]


def _slot_at(route: Route, address: str) -> Slot | None:
    return {f"127.0.0.1:{route.port(slot)}": slot for slot in Slot}.get(address)
