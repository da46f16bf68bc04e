"""Whether the slot that users were brought back to can serve them: a host may have lost both slots at once."""

from __future__ import annotations

import threading
import time

from pycanary.errors import LeaseLost, StageFailed
from pycanary.health.look import health_now
from pycanary.health.refusing import parse_refusing, refusing
from pycanary.model.slot import Slot
from pycanary.run.deployment import Deployment

PATIENCE_SECONDS = 30  # what died together with the canary, as by a restart of Docker, may come back by itself
ABORT_SECONDS = 5  # whoever stops a run waits for its end
LOOK_SECONDS = 1.0


def ailing(run: Deployment, slot: Slot, patience_seconds: float = PATIENCE_SECONDS) -> str:
    """What is still wrong with the services of a slot then, in words; empty where all are healthy on every host."""
    deadline = time.monotonic() + patience_seconds
    pause = threading.Event()
    while (words := _look(run, slot)) and time.monotonic() < deadline:
        pause.wait(LOOK_SECONDS)
    return words


def require_running(run: Deployment, slot: Slot) -> None:
    """One look before users are moved to a slot that need not be watched: one that is down can take nobody.

    Where the other slot is down as well, nobody is worse off. Raises StageFailed.
    """
    outputs, _ = run.fleet.attempt(lambda host: host.run(refusing(run.traffic)))
    for host, output in outputs.items():
        found = parse_refusing(output)
        if found[slot] and not found[slot.other]:
            raise StageFailed(
                f"nobody can be moved to the {slot} slot: nothing listens on the ports of {', '.join(found[slot])}",
                where=host,
                remedy="start what is down there and try again, or `pycanary deploy stable`",
            )


def _look(run: Deployment, slot: Slot) -> str:
    seen, failures = run.fleet.attempt(lambda host: health_now(host.run, run.config_in(slot), slot))
    for error in failures.values():
        if isinstance(error, LeaseLost):
            raise error
    words = [f"{host}: {error.found}" for host, error in failures.items()]
    for host, services in seen.items():
        words += [f"{host}: {one.service}: {one.words}" for one in services if not one.healthy]
    return "\n  ".join(words)
