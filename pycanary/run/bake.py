"""The time between two weights: the release and what NGINX serves are watched until one fails or the time is over."""

from __future__ import annotations

import threading
import time

from pycanary.errors import StageFailed
from pycanary.health.bake import HealthWitness, Looks, Witness
from pycanary.model.slot import Slot
from pycanary.run.deployment import Deployment
from pycanary.run.shift import doubts, mismatches, serve
from pycanary.run.slots import SlotFailed

LOOK_SECONDS = 1.0


def bake(run: Deployment, slot: Slot, seconds: int) -> None:
    """Watch the slot for that many seconds. Raises SlotFailed at the first verdict against it.

    A look that is inconclusive at the end is followed by a few more. Weights that somebody else changed meanwhile are
    set again; raises StageFailed where that cannot be done.
    """
    witnesses: tuple[Witness, ...] = (HealthWitness(run.fleet, run.config_in(slot), slot),)
    begun, in_doubt = time.monotonic(), 0
    looks = Looks(run.config.health.bake_failures)
    pause = threading.Event()
    while (passed := time.monotonic() - begun) < seconds or looks.go_on:
        run.reporter.progress(f"watching at {run.traffic.summary}: {passed:.0f} of {seconds} s")
        verdict = looks.add([witness.look() for witness in witnesses], late=passed >= seconds)
        if verdict.word == "fail":
            raise SlotFailed(slot, StageFailed(f"after {passed:.0f} s at {run.traffic.summary}: {verdict.evidence}"))
        in_doubt = in_doubt + 1 if doubts(run) else 0
        if in_doubt == run.config.health.bake_failures:
            _still_served(run)
            in_doubt = 0
        left = seconds - (time.monotonic() - begun)
        pause.wait(LOOK_SECONDS if looks.go_on else min(LOOK_SECONDS, max(0.0, left)))
    _still_served(run)
    run.reporter.watched(run.traffic, seconds, wrong=looks.wrong)
    if looks.wrong:
        run.note(f"at {run.traffic.summary}: {looks.wrong}")


def _still_served(run: Deployment) -> None:
    """Somebody may have edited or reloaded NGINX meanwhile."""
    found = mismatches(run, run.traffic)
    if found:
        run.note("NGINX serves something else than what was set, which is set again\n" + "\n".join(found))
        serve(run, run.traffic.model_copy(update={"generation": run.traffic.generation + 1}))
