"""Start the release in the slot that nobody depends on."""

from __future__ import annotations

from pycanary.model.slot import Slot
from pycanary.plan import PlannedStage
from pycanary.run.choose import slot_to_fill
from pycanary.run.deployment import Deployment
from pycanary.run.slots import holds, keep, occupy, vacate


def start(run: Deployment, stage: PlannedStage) -> None:
    """Out, drain, touch: health and the way back in are the next stages."""
    slot = slot_to_fill(run)
    if holds(run, slot, run.target):
        keep(run, slot, run.target)
        run.reporter.say("skip", f"release {run.target.label} runs in the {slot} slot already")
        return
    superseded = run.state.slots.get(slot)
    if run.state.hold is not None and slot is Slot.CANARY and superseded is not None:
        run.note(f"the held canary {superseded.label} is superseded; users go to stable first")
    vacate(run, slot, run.target)
    run.update(lambda state: state.model_copy(update={"hold": None}))
    occupy(run, slot, run.target, run.layout.next_environment)
    run.reporter.say("done", f"release {run.target.label} started in the {slot} slot")
