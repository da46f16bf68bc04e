"""pycanary stage: one stage of a plan, for CI systems that show each as their own."""

from __future__ import annotations

import click

from pycanary import plan_file
from pycanary.cli.settings import Settings


@click.command(
    "stage",
    epilog="\b\nExample:\n  run=$(pycanary plan canary-auto --save --json | jq -r .run_id)\n"
    "  pycanary stage checkout --run $run\n  ...\n  pycanary stage finish --run $run     always, also after a failure",
)
@click.argument("name")
@click.option("--run", "run_id", required=True, metavar="ID", help="The run_id of the saved plan.")
@click.pass_obj
def command(settings: Settings, name: str, run_id: str) -> int:
    """Run one stage of the plan that `pycanary plan TYPE --save` kept. What passes between stages is on the host."""
    plan = plan_file.read(run_id)
    plan.stage(name)
    config = settings.config()
    from pycanary.cli.session import session
    from pycanary.run.execute import one_stage

    with session(settings, config, plan, between_stages=True) as run:
        return int(one_stage(run, name))
