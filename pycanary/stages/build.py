"""Build or pull what the release needs, before any slot is touched."""

from __future__ import annotations

from pycanary.config.recorded import config_of
from pycanary.model.slot import Slot
from pycanary.plan import PlannedStage
from pycanary.run.deployment import Deployment
from pycanary.run.slots import holds
from pycanary.runtime.choose import runtime_of


def build(run: Deployment, stage: PlannedStage) -> None:
    """Images are tagged by commit, so that a release that a slot holds already needs none."""
    if any(holds(run, slot, run.target) for slot in Slot):
        run.reporter.say("skip", f"release {run.target.label} was built already")
        return
    runtime = runtime_of(config_of(run.config, run.target))
    script = runtime.build(run.target.commit, run.plan.run_id)
    if script is None:
        run.reporter.say("skip", "this runtime has nothing to build")
        return
    outputs = run.fleet.run(script)
    images = runtime.images(outputs[run.fleet.first.name])
    run.update_record(target=run.target.model_copy(update={"images": images}))
    run.reporter.say("done", f"{len(images)} images for {run.target.label}" if images else "built")
