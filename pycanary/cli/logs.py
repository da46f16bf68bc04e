"""pycanary logs: what the services of a slot wrote."""

from __future__ import annotations

import click

from pycanary.cli.options import Choice
from pycanary.cli.settings import Settings
from pycanary.errors import UsageError
from pycanary.model.slot import Slot


@click.command(
    "logs", epilog="\b\nExamples:\n  pycanary logs\n  pycanary logs --slot stable --service backend --lines 200"
)
@click.option(
    "--slot", default="canary", show_default=True, type=Choice([str(slot) for slot in Slot]), help="Which slot."
)
@click.option("--service", help="One service; else all.")
@click.option("--lines", default=50, show_default=True, type=click.IntRange(1, 100000), help="How many of each.")
@click.pass_obj
def command(settings: Settings, slot: str, service: str | None, lines: int) -> None:
    """Print the last log lines of a slot's services, from every host."""
    config = settings.config()
    if service is not None and service not in config.services:
        raise UsageError(f"no service {service!r}", where="--service", expected=f"one of {', '.join(config.services)}")
    from pycanary.host.fleet import Fleet
    from pycanary.runtime.choose import runtime_of

    runtime = runtime_of(config)
    with Fleet(config.hosts) as fleet:
        for name in [service] if service else list(config.services):
            for host, output in fleet.run(runtime.logs(Slot(slot), name, lines)).items():
                click.echo(click.style(f"== {name} ({slot}) on {host}", bold=True))
                click.echo(output.rstrip("\n"))
