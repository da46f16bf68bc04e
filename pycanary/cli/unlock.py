"""pycanary unlock: free the lock of a deployment that is gone."""

from __future__ import annotations

import click

from pycanary.cli.settings import Settings
from pycanary.errors import ExitCode


@click.command("unlock", epilog="\b\nExample:\n  pycanary unlock --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(settings: Settings, yes: bool) -> int:
    """Free the lock. A deployment that was in progress is first brought back to what served."""
    config = settings.config()
    from pycanary.cli.session import session
    from pycanary.host.fleet import Fleet
    from pycanary.model.deployment import DeploymentType
    from pycanary.plan import Plan, Request, new_run_id
    from pycanary.run.unlock import unlock
    from pycanary.state.gather import look_everywhere

    with Fleet(config.hosts, leaves_behind=True) as fleet:
        owners = {name: answer for name, answer in look_everywhere(config, fleet).items() if answer.word != "free"}
    if not owners:
        click.echo("no host is locked")
        return int(ExitCode.NOTHING_TO_DO)
    for name, answer in owners.items():
        click.echo(f"{name}: {answer.other}, {'alive' if answer.word == 'busy' else 'gone'}")
    if not yes:
        click.confirm("Free it? What that deployment still does is stopped and put back.", abort=True)
    request = Request(type=DeploymentType.ROLLBACK, reason="unlock")
    plan = Plan(run_id=new_run_id(), app=config.app, request=request, stages=())
    with session(settings, config, plan, between_stages=False) as run:
        unlock(run)
    return 0
