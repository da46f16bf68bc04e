"""Findings on ports: each free, or in use by what belongs there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pycanary.checks.finding import Finding
from pycanary.checks.host_facts import HostFacts, Listener
from pycanary.config.model import Config
from pycanary.model.slot import Slot

STATUS_ANSWER = re.compile(r"([a-z][a-z0-9-]*) \d+ [0-9a-f]{12}")


def ports(config: Config, facts: HostFacts, running: Mapping[Slot, frozenset[str]]) -> Iterator[Finding]:
    """One finding for each slot, one for each port that something else has, one for the status server.

    running: the services of each slot whose `running` command succeeds; empty for Compose.
    """
    for slot in Slot:
        yield from _slot(config, facts, slot, running.get(slot, frozenset()))
    yield _status(config, facts)


def taken(facts: HostFacts, port: int) -> Listener | None:
    """Who listens there; with its name, where anything tells it."""
    found = [each for each in facts.listeners if each.port == port]
    return max(found, key=lambda each: each.program, default=None)


def holder(facts: HostFacts, listener: Listener) -> str:
    """Who has a port, for people: a container, a process, or that it cannot be seen."""
    for container in facts.containers:
        if listener.port in container.ports:
            project = f" of the Compose project {container.project}" if container.project else ""
            return f"the container {container.name}{project}"
    if listener.program:
        return f"{listener.program} (process {listener.pid})"
    return "a process that the deploy user may not see"


def _slot(config: Config, facts: HostFacts, slot: Slot, running: frozenset[str]) -> Iterator[Finding]:
    free: list[str] = []
    ours: list[str] = []
    for route in config.routes:
        port = route.port(slot)
        listener = taken(facts, port)
        if listener is None:
            free.append(str(port))
        elif route.name in running or _is_ours(facts, port, f"{config.app}-{slot}"):
            ours.append(str(port))
        else:
            yield _foreign(f"port {port}", f"of {route.name} in the {slot} slot", facts, listener)
    words = [f"{', '.join(kind)} {what}" for kind, what in ((ours, "in use by its services"), (free, "free")) if kind]
    if words:
        yield Finding("ok", f"{slot} ports", "; ".join(words))


def _is_ours(facts: HostFacts, port: int, project: str) -> bool:
    # A container on the host's own network publishes nothing that Docker would list.
    return any(each.project == project and (port in each.ports or each.networks == "host") for each in facts.containers)


def _status(config: Config, facts: HostFacts) -> Finding:
    port = config.nginx.status_port
    listener = taken(facts, port)
    if listener is None:
        return Finding("ok", "status port", f"{port} free")
    answer = STATUS_ANSWER.fullmatch(facts.status_answer)
    if answer:
        shared = "" if answer[1] == config.app else f", shared with {answer[1]}"
        return Finding("ok", "status port", f"{port} answered by NGINX{shared}")
    return _foreign("status port", f"({port})", facts, listener)


def _foreign(subject: str, what: str, facts: HostFacts, listener: Listener) -> Finding:
    look = "" if listener.program else f" (`sudo ss -ltnp 'sport = :{listener.port}'` names it)"
    return Finding(
        "error",
        subject,
        f"{what} is taken by {holder(facts, listener)}",
        f"stop that{look}, or choose another port in canary.yml",
    )
