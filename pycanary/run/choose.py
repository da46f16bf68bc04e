"""Which slot a run fills."""

from __future__ import annotations

from pycanary.model.deployment import DeploymentType
from pycanary.model.slot import Slot
from pycanary.run.deployment import Deployment


def slot_to_fill(run: Deployment) -> Slot:
    """The canary types fill the canary slot; `stable` ends with the slot that served when it began."""
    if run.plan.request.type is not DeploymentType.STABLE:
        return Slot.CANARY
    return served_before(run) or Slot.STABLE


def served_before(run: Deployment) -> Slot | None:
    """The slot that served when the run began; None where nothing did."""
    before = run.record.before
    served = run.record.releases_before.get(before.serving) if before else None
    return before.serving if before and served and not served.judged_bad else None
