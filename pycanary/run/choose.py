"""Which slot a run fills."""

from __future__ import annotations

from pycanary.model.deployment import DeploymentType
from pycanary.model.slot import Slot
from pycanary.run.deployment import Deployment


def slot_to_fill(run: Deployment) -> Slot:
    """The canary types fill the canary slot; `stable` ends with the slot that served when it began."""
    if run.plan.request.type is not DeploymentType.STABLE:
        return Slot.CANARY
    before = run.run.before
    served = run.run.releases_before.get(before.serving) if before else None
    if before is None or served is None or served.judged_bad:
        return Slot.STABLE
    return before.serving
