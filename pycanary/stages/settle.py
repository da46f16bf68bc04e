"""After a promotion the canary slot serves: bring the stable slot to that release before the canary slot is touched."""

from __future__ import annotations

from pycanary.model.deployment import DeploymentType
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.plan import PlannedStage
from pycanary.run.deployment import Deployment
from pycanary.run.shift import shift
from pycanary.run.slots import await_healthy, holds, occupy, require_healthy, usable, vacate


def settle(run: Deployment, stage: PlannedStage) -> None:
    """Ends with the promoted release in the stable slot and all users on it."""
    if run.traffic.serving is Slot.STABLE:
        run.reporter.say("skip", "the stable slot serves")
        return
    stays = run.plan.request.type is DeploymentType.CANARY_MANUAL and holds(run, Slot.CANARY, run.target)
    undecided = run.state.hold is not None  # held at 99.9 %: nobody has promoted that canary
    if (stays or undecided) and usable(run, Slot.STABLE) and run.traffic.out is None:
        require_healthy(run, Slot.STABLE)
        if stays:
            run.reporter.say("skip", "the release runs in the canary slot already")
        else:
            shift(run, Weights.everything_to(Slot.STABLE))
        return
    promoted = run.state.slots[Slot.CANARY]
    run.reporter.say("info", f"promoted release {promoted.label} moves to the stable slot")
    if not holds(run, Slot.STABLE, promoted):
        vacate(run, Slot.STABLE, promoted)
        occupy(run, Slot.STABLE, promoted, run.layout.environment(Slot.CANARY))
    await_healthy(run, Slot.STABLE)
    shift(run, Weights.everything_to(Slot.STABLE))
