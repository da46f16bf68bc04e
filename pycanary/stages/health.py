"""Wait until the release is healthy, or say why it is not."""

from __future__ import annotations

from pycanary.plan import PlannedStage
from pycanary.run.choose import slot_to_fill
from pycanary.run.deployment import Deployment
from pycanary.run.slots import await_healthy


def health(run: Deployment, stage: PlannedStage) -> None:
    """The endpoint first, the log second, on every host; as long as starting takes and no longer."""
    await_healthy(run, slot_to_fill(run))
