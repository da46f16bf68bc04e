"""The time between two weights: the release and what NGINX serves are watched until one fails or the time is over."""

from __future__ import annotations

import threading
import time

from pycanary.errors import StageFailed
from pycanary.health.bake import HealthWitness, Witness
from pycanary.model.slot import Slot
from pycanary.run.deployment import Deployment
from pycanary.run.shift import doubts, mismatches, serve
from pycanary.run.slots import SlotFailed

LOOK_SECONDS = 1.0


def bake(run: Deployment, slot: Slot, seconds: int) -> None:
    """Watch the slot for that many seconds. Raises SlotFailed at the first verdict against it.

    Weights that somebody else changed meanwhile are set again; raises StageFailed where that cannot be done.
    """
    witnesses: tuple[Witness, ...] = (HealthWitness(run.fleet, run.config_in(slot), slot),)
    begun, in_doubt = time.monotonic(), 0
    pause = threading.Event()
    while (passed := time.monotonic() - begun) < seconds:
        run.reporter.progress(f"watching at {run.traffic.summary}: {passed:.0f} of {seconds} s")
        for witness in witnesses:
            verdict = witness.look()
            if verdict.word == "fail":
                raise SlotFailed(
                    slot, StageFailed(f"after {passed:.0f} s at {run.traffic.summary}: {verdict.evidence}")
                )
        in_doubt = in_doubt + 1 if doubts(run) else 0
        if in_doubt == run.config.health.bake_failures:
            _still_served(run)
            in_doubt = 0
        pause.wait(min(LOOK_SECONDS, max(0.0, seconds - (time.monotonic() - begun))))
    _still_served(run)
    run.reporter.watched(run.traffic, seconds)


def _still_served(run: Deployment) -> None:
    """Somebody may have edited or reloaded NGINX meanwhile."""
    found = mismatches(run, run.traffic)
    if found:
        run.note("NGINX serves something else than what was set, which is set again\n" + "\n".join(found))
        serve(run, run.traffic.model_copy(update={"generation": run.traffic.generation + 1}))
