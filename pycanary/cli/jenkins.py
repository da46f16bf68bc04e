"""pycanary jenkins: what the shared library asks for, and Jenkins from a terminal."""

from __future__ import annotations

import json
import os

import click

from pycanary import plan_file
from pycanary.cli.settings import Settings
from pycanary.trigger import Skip


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
