"""`stable` replaces the slot that serves: users cross over the other slot, which gets the same release first."""

from __future__ import annotations

from pycanary.model.weights import Weights
from pycanary.plan import PlannedStage
from pycanary.run.bake import bake
from pycanary.run.choose import served_before
from pycanary.run.deployment import Deployment
from pycanary.run.shift import shift
from pycanary.run.slots import await_healthy, holds, keep, occupy, vacate


def bridge(run: Deployment, stage: PlannedStage) -> None:
    """Ends with the release in the slot that did not serve, and all users on it."""
    served = served_before(run)
    if served is None:
        run.reporter.say("skip", "nothing serves yet: the stable slot is started directly")
        return
    slot = served.other
    if holds(run, slot, run.target):
        keep(run, slot, run.target)
    else:
        vacate(run, slot, run.target)
        run.update(lambda state: state.model_copy(update={"hold": None}))
        occupy(run, slot, run.target, run.layout.next_environment)
    await_healthy(run, slot)
    shift(run, Weights.everything_to(slot))
    bake(run, slot, run.config.bake_seconds)  # the slot that served is re-created next: this is the last way back
