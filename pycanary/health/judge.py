"""Is a service healthy? The endpoint decides; where it does not answer, the log is the second witness."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pycanary.config.sections import Service
from pycanary.health.observe import SHOWN_LINES, Observation, is_restart


@dataclass(frozen=True)
class Healthy:
    """The endpoint answers 2xx."""


@dataclass(frozen=True)
class HealthyByLog:
    """The endpoint does not answer, and the log says that the service is ready."""

    line: str


@dataclass(frozen=True)
class Waiting:
    """Not healthy yet; it may become so."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """Waiting is of no use."""

    reason: str
    log_tail: tuple[str, ...] = ()


Judgement = Healthy | HealthyByLog | Waiting | Failed


def judge(service: Service, seen: Observation, before: Observation | None) -> Judgement:
    """Judge one look. before: an earlier look at the same release, so that a restart in between is noticed."""
    broken = _broken(seen, before)
    if broken:
        return Failed(broken, seen.log_before[-SHOWN_LINES:] or tail(seen))
    if seen.status is not None:
        return Healthy() if 200 <= seen.status <= 299 else Waiting(f"{service.health} answers {seen.status}")
    fatal = _matching(service.fatal_log, seen)
    if fatal is not None:
        return Failed(f"its log says: {fatal}", tail(seen))
    ready = _matching(service.ready_log, seen)
    return Waiting(seen.failure) if ready is None else HealthyByLog(ready)


def tail(seen: Observation) -> tuple[str, ...]:
    """The last lines that people are shown."""
    return seen.log[-SHOWN_LINES:]


def _broken(seen: Observation, before: Observation | None) -> str | None:
    """What is wrong with the container or process itself; nothing that an endpoint or a log says outweighs it."""
    if seen.out_of_memory and seen.state != "running":
        return "it ran out of memory and was killed"
    if seen.out_of_memory and not (before and before.out_of_memory and before.container == seen.container):
        return "something in it ran out of memory and was killed"
    words = {
        "missing": "there is no container of it",
        "stopped": "it is not running",
        "paused": "its container is paused",
        "exited": f"it exited with code {seen.exit_code}",
        "dead": f"its container is dead, exit code {seen.exit_code}",
        "restarting": f"it exited with code {seen.exit_code} and is being restarted",
        "removing": "its container is being removed",
    }
    if seen.state in words:
        return words[seen.state]
    if seen.restarted or (before is not None and is_restart(before, seen)):
        return f"it was restarted while it was watched (restart count {seen.restarts})"
    return None


def _matching(pattern: str | None, seen: Observation) -> str | None:
    if pattern is None:
        return None
    lines = (*seen.log, *seen.log_head)
    return next((line for line in lines if re.search(pattern, line)), None)
