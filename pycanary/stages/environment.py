"""Write the release's .env file on every host."""

from __future__ import annotations

from pycanary.environment.checksum import checksum
from pycanary.environment.dotenv import render
from pycanary.host.script import Script, Value
from pycanary.plan import PlannedStage
from pycanary.run.deployment import Deployment


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
    run.update_run(target=release)
    run.reporter.say("done", f"{len(run.environment)} variables: {', '.join(release.environment_names) or 'none'}")
