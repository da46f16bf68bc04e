"""pycanary stage: one stage of a plan, for CI systems that show each as their own."""

from __future__ import annotations

import click

from pycanary import ending_file, plan_file
from pycanary.cli.settings import Settings
from pycanary.errors import PycanaryError
from pycanary.plan import Action, Plan, PlannedStage


@click.command(
    "stage",
    epilog="\b\nExample:\n  run=$(pycanary plan canary-auto --save --json | jq -r .run_id)\n"
    "  pycanary stage checkout --run $run\n  ...\n  pycanary stage finish --run $run     always, also after a failure\n"
    "What became of the run is in .pycanary/ID.ending.json.",
)
@click.argument("name")
@click.option("--run", "run_id", required=True, metavar="ID", help="The run_id of the saved plan.")
@click.pass_obj
def command(settings: Settings, name: str, run_id: str) -> int:
    """Run one stage of the plan that `pycanary plan TYPE --save` kept. What passes between stages is on the host."""
    plan = plan_file.read(run_id)
    stage = plan.stage(name)
    with plan_file.held(run_id):
        earlier = ending_file.read(run_id)
        if stage.action is Action.FINISH and earlier and earlier.finished:
            click.echo(f"nothing to finish: {earlier.sentence}")
            return 0
        return _run(settings, plan, stage)


def _run(settings: Settings, plan: Plan, stage: PlannedStage) -> int:
    from pycanary.run.ending import ending_of_error, ending_of_stage

    run = None
    try:
        config = settings.config()
        from pycanary.cli.session import session
        from pycanary.run.execute import one_stage

        with session(settings, config, plan, between_stages=True, stage=stage) as run:
            code = one_stage(run, stage.name)
            ending = ending_of_stage(run, stage, code)
            if ending:
                ending_file.write(plan.run_id, ending)
            if stage.action is Action.FINISH:
                ending_file.write_record(plan.run_id, run.record.model_dump_json(indent=1) + "\n")
    except PycanaryError as error:
        ending_file.write(plan.run_id, ending_of_error(run, first=stage is plan.stages[0], error=error))
        raise
    return int(code)
