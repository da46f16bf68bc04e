"""pycanary plan: what would be done."""

from __future__ import annotations

from typing import Any

import click

from pycanary.cli.options import request_from, request_options
from pycanary.cli.settings import Settings
from pycanary.plan import Plan, make_plan, new_run_id
from pycanary.plan_file import save


@click.command(
    "plan",
    epilog="\b\nExamples:\n  pycanary plan canary-auto\n  pycanary plan canary-manual --weight 25%\n"
    "  pycanary plan stable --save --json     the start of a CI build; then `pycanary stage NAME --run ID`",
)
@request_options
@click.option("--json", "as_json", is_flag=True, help="For machines: the run's id and its stages.")
@click.option("--save", "saved", is_flag=True, help="Keep the plan in .pycanary/, for `pycanary stage`.")
@click.pass_obj
def command(settings: Settings, /, as_json: bool, saved: bool, **asked: Any) -> None:
    """Print the stages of a deployment of TYPE, in order. Needs no host and changes nothing there.

    TYPE: stable, canary-manual, canary-auto, promote-canary or rollback.
    """
    config = settings.config()
    plan = make_plan(config, request_from(**asked), new_run_id())
    if saved:
        save(plan)
    click.echo(plan.model_dump_json(indent=2) if as_json else table(plan))


def table(plan: Plan) -> str:
    """The plan for people: one aligned line for each stage."""
    width = max(len(stage.name) for stage in plan.stages)
    head = f"{plan.request.type} of {plan.app}, run {plan.run_id}"
    return "\n".join([head, *(f"  {stage.name:<{width}}  {stage.summary}" for stage in plan.stages)])
