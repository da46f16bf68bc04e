"""pycanary logs: what the services of a slot wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pycanary.cli.options import Choice
from pycanary.cli.settings import Settings
from pycanary.errors import UsageError
from pycanary.model.slot import Slot

if TYPE_CHECKING:
    from pycanary.config.model import Config
    from pycanary.host.connection import Host
    from pycanary.host.fleet import Fleet
    from pycanary.host.script import Script


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
    """Print the last log lines of a slot's services, from every host: the services that its release has."""
    config = settings.config()
    from pycanary.host.fleet import Fleet
    from pycanary.runtime.choose import runtime_of

    with Fleet(config.hosts) as fleet:
        then = _as_deployed(config, fleet, Slot(slot))
        known = dict.fromkeys(name for each in then.values() for name in each.services)
        if service is not None and service not in known:
            raise UsageError(f"no service {service!r}", where="--service", expected=f"one of {', '.join(known)}")
        for name in [service] if service else known:
            asked = {
                host: runtime_of(each).logs(Slot(slot), name, lines)
                for host, each in then.items()
                if name in each.services
            }
            for host, output in fleet.each(_runs(asked), only=asked).items():
                click.echo(click.style(f"== {name} ({slot}) on {host}", bold=True))
                click.echo(output.rstrip("\n"))


def _as_deployed(config: Config, fleet: Fleet, slot: Slot) -> dict[str, Config]:
    """The configuration by which each host runs that slot."""
    from pycanary.config.recorded import config_of
    from pycanary.state.gather import look_everywhere
    from pycanary.state.model import read

    return {
        host: config_of(config, read(answer.state_json, app=config.app, where=host).slots.get(slot))
        for host, answer in look_everywhere(config, fleet).items()
    }


def _runs(scripts: dict[str, Script]) -> Callable[[Host], str]:
    return lambda host: host.run(scripts[host.name])
