"""pycanary jenkins: what the shared library asks for, and Jenkins from a terminal."""

from __future__ import annotations

import json
import os

import click

from pycanary import plan_file
from pycanary.cli.extras import require
from pycanary.cli.options import Choice
from pycanary.cli.settings import Settings
from pycanary.errors import ExitCode
from pycanary.model.deployment import DeploymentType
from pycanary.trigger import Skip

job_option = click.option("--job", metavar="FOLDER/JOB", help="The job in Jenkins; else the app's name.")


@click.group("jenkins", epilog="\b\nExample, within a build:\n  pycanary jenkins prepare")
def command() -> None:
    """Jenkins: its job, its builds, and what the shared library asks for."""


@command.command("prepare")
@click.pass_obj
def prepare(settings: Settings) -> None:
    """Within a build: decide by the environment what it deploys, keep the plan, print one JSON document."""
    from pycanary.jenkins.build import Arguments, decide_build, document, plan_build, skipped

    arguments = Arguments.of(os.environ)
    config = settings.config()
    decision = decide_build(config, os.environ, arguments)
    if isinstance(decision, Skip):
        click.echo(json.dumps(skipped(decision.reason, os.environ)))
        return
    plan = plan_build(config, decision, os.environ)
    plan_file.save(plan)
    click.echo(json.dumps(document(config, plan, os.environ)))


def _require_client() -> None:
    require("what talks to Jenkins", "jenkins", "jenkins")


@command.command(
    "setup", epilog="\b\nExample:\n  pycanary jenkins setup --job team/shop --git-credential gitlab-deploy-key"
)
@job_option
@click.option("--remote", metavar="URL", help="The repository as Jenkins reaches it; else git.remote of canary.yml.")
@click.option("--git-credential", default="", metavar="ID", help="Jenkins credential that reads the repository.")
@click.option("--jenkinsfile", default="Jenkinsfile", show_default=True, help="Its path in the repository.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def setup(
    settings: Settings, job: str | None, remote: str | None, git_credential: str, jenkinsfile: str, yes: bool
) -> None:
    """Create or renew the pipeline job and its GitLab trigger; what people changed elsewhere in it stays."""
    _require_client()
    from pycanary.jenkins.client import connect, url_of
    from pycanary.jenkins.job import difference, merged, present_config, save, template

    config = settings.config()
    name, url = job or config.app, url_of()
    server = connect(url, os.environ)
    wanted = template(config, remote=remote or config.git.remote, credential=git_credential, jenkinsfile=jenkinsfile)
    present = present_config(server, name)
    final = merged(present, wanted) if present else wanted
    change = difference(present, final)
    if not change:
        click.echo(f"{name}: nothing to change")
    else:
        click.echo(change, nl=False)
        if not yes and not click.confirm(f"{'change' if present else 'create'} {name}?"):
            raise click.Abort
        save(server, name, final, new=not present)
        click.echo(f"{name}: {'changed' if present else 'created'}")
    click.echo(f"GitLab's webhook for it: {url.rstrip('/')}/project/{name}")


@command.command("run", epilog="\b\nExample:\n  pycanary jenkins run canary-manual --weight 25% --follow")
@click.argument("type_", metavar="TYPE", type=Choice([str(one) for one in DeploymentType]))
@job_option
@click.option("--weight", default="", metavar="SHARES", help="For canary-manual: 25%, or 'backend=5% frontend=10%'.")
@click.option("--commit", default="", metavar="ID", help="A commit, tag or branch.")
@click.option("--reason", default="", help="Why; recorded and sent.")
@click.option("--follow", is_flag=True, help="Show queue and console; exit by the build's result.")
@click.pass_obj
def run(settings: Settings, type_: str, job: str | None, weight: str, commit: str, reason: str, follow: bool) -> int:
    """Start a build of TYPE. With --follow it exits 0 for SUCCESS, 6 for NOT_BUILT, else 3."""
    _require_client()
    from pycanary.jenkins import builds
    from pycanary.jenkins.client import connect, url_of

    name = job or settings.config().app
    server = connect(url_of(), os.environ)
    asked = {"TYPE": type_, "WEIGHT": weight, "COMMIT": commit, "REASON": reason}
    item = builds.start(server, name, asked)
    if not follow:
        click.echo(f"{name}: in the queue as item {item}")
        return 0
    number = builds.wait_for_build(server, name, item, lambda text: click.echo(text, err=True))
    build = builds.follow(server, name, number, lambda text: click.echo(text, nl=False))
    click.echo(f"{build.name}: {build.result}", err=True)
    return int(builds.RESULT_CODES.get(build.result, ExitCode.PUT_BACK))


@command.command("status")
@job_option
@click.option("--count", default=10, show_default=True, help="How many builds.")
@click.pass_obj
def status(settings: Settings, job: str | None, count: int) -> None:
    """The last builds: type, result and what they ended with."""
    _require_client()
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from pycanary.jenkins import builds
    from pycanary.jenkins.client import connect, url_of

    config = settings.config()
    name = job or config.app
    zone = ZoneInfo(config.time_zone)
    for build in builds.last(connect(url_of(), os.environ), name, count):
        began = datetime.fromtimestamp(build.started_ms / 1000, zone)
        click.echo(
            f"{began:%Y-%m-%d %H:%M} {build.result or 'running':<9} {build.name:<28} {build.description}".rstrip()
        )
