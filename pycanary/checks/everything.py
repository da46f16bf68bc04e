"""Every check on every host, side by side; nothing is changed anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pycanary.checks import docker, nginx, ports, source, state, system
from pycanary.checks.finding import Finding
from pycanary.checks.host_facts import HostFacts, host_facts, read_host_facts
from pycanary.checks.local import local
from pycanary.config.model import Config
from pycanary.config.sections import Commands
from pycanary.errors import HostFailed, PycanaryError
from pycanary.health.observe import observe, parse_observations
from pycanary.host import lease
from pycanary.host.connection import Host
from pycanary.host.fleet import Fleet
from pycanary.host.layout import Layout
from pycanary.model.slot import Slot
from pycanary.nginx.facts import facts, read_facts
from pycanary.state.gather import drift_of
from pycanary.state.model import HostState, read

SUBJECTS = {"host-key": "host key", "authentication": "user", "connection": "connection"}


@dataclass(frozen=True)
class Checked:
    """What was found in one place: this machine, or a host."""

    place: str
    findings: tuple[Finding, ...]


def everything(config: Config, fleet: Fleet, environ: Mapping[str, str]) -> tuple[Checked, ...]:
    """This machine first, then each host; a host that cannot be looked at is a finding too."""
    found, failures = fleet.attempt(lambda host: tuple(_on(config, host)))
    for name, error in failures.items():
        found[name] = (_failed(error),)
    hosts = tuple(Checked(host.name, found[host.name]) for host in fleet.hosts)
    return (Checked("this machine", tuple(local(config, environ))), *hosts)


def _failed(error: PycanaryError) -> Finding:
    kind = error.kind if isinstance(error, HostFailed) else ""
    return Finding("error", SUBJECTS.get(kind, "host"), error.found, error.remedy or "look at the host")


def _on(config: Config, host: Host) -> Iterator[Finding]:
    host.open()
    begun_at, begun = time.time(), time.monotonic()
    here = read_host_facts(host.run(host_facts(config)))
    trip_seconds = time.monotonic() - begun - (here.script_seconds or 0.0)
    # The host's clock was read half a trip after ours, and it counts whole seconds: half of one is its mean error.
    skew_seconds = here.clock + 0.5 - (begun_at + trip_seconds / 2)
    web = read_facts(host.run(facts(config, whole=True)))
    yield system.connection(here, host.name, host.server)
    yield from system.programs(here)
    yield source.repository(here, config.git)
    yield from docker.docker(here, compose=not isinstance(config.runtime, Commands))
    answer = lease.parse_answer(host.run(lease.look(Layout.of(config).state)))
    known = _remembered(config, host, answer)
    yield from nginx.nginx(config, here, web, None if isinstance(known, PycanaryError) else known.traffic)
    yield from ports.ports(config, here, _running(config, host, here))
    yield from system.places(here, config)
    yield from system.space(here)
    yield from system.clock(here, skew_seconds)
    yield from system.sessions(here, config)
    yield state.lock(answer)
    if isinstance(known, PycanaryError):
        yield Finding("error", "state", known.found, known.remedy)
        return
    # A fault of NGINX is a finding of its own already.
    drift = () if web.fault else drift_of(config, known.traffic, web, web.version or known.nginx_version)
    yield from state.memory(known, drift)


def _running(config: Config, host: Host, here: HostFacts) -> dict[Slot, frozenset[str]]:
    """By the user's `running` command; asked only where something listens on a port of the slot."""
    if not isinstance(config.runtime, Commands):
        return {}
    found: dict[Slot, frozenset[str]] = {}
    for slot in Slot:
        listening = [route.name for route in config.routes if ports.taken(here, route.port(slot))]
        if listening:
            seen = parse_observations(host.run(observe(config, slot, listening, wait_seconds=0)))
            found[slot] = frozenset(name for name, each in seen.items() if each.state == "running")
    return found


def _remembered(config: Config, host: Host, answer: lease.Answer) -> HostState | PycanaryError:
    try:
        return read(answer.state_json, app=config.app, where=host.name)
    except PycanaryError as error:
        return error
