"""Write the release's .env file on every host."""

from __future__ import annotations

from pycanary.environment.checksum import checksum
from pycanary.environment.dotenv import render
from pycanary.host.script import Script, Value
from pycanary.model.slot import Slot
from pycanary.plan import PlannedStage
from pycanary.run.deployment import Deployment
from pycanary.run.slots import holds


def environment(run: Deployment, stage: PlannedStage) -> None:
    """The values were collected before anything was touched; only names and a checksum are recorded."""
    values: dict[str, Value] = {
        "STATE": run.layout.state,
        "RUN": run.plan.run_id,
        "TARGET": run.layout.next_environment,
        "TEXT": render(run.environment),
    }
    run.fleet.run(Script("environment", values))
    release = run.target.model_copy(
        update={
            "environment_checksum": checksum(run.environment, app=run.config.app),
            "environment_names": tuple(sorted(run.environment)),
        }
    )
    run.update_record(target=release)
    _recognize(run)
    run.reporter.say("done", f"{len(run.environment)} variables: {', '.join(release.environment_names) or 'none'}")


def _recognize(run: Deployment) -> None:
    """A slot that holds the same commit with the same environment holds this release: it gets no new number."""
    for slot in Slot:
        if holds(run, slot, run.target):
            known = run.state.slots[slot]
            run.update_record(target=known.model_copy(update={"configuration": run.target.configuration}))
            run.reporter.say("info", f"this is release {known.label}, which the {slot} slot holds")
            return
