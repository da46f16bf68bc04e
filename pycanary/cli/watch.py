"""pycanary watch: status, live."""

from __future__ import annotations

import threading

import click

from pycanary.cli.settings import Settings


@click.command("watch", epilog="\b\nExample:\n  pycanary watch --every 5")
@click.option("--every", default=2, show_default=True, type=click.IntRange(1, 3600), help="Seconds between two looks.")
@click.pass_obj
def command(settings: Settings, every: int) -> None:
    """Show `status` again and again, until Ctrl-C."""
    config = settings.config()
    from rich.console import Console, Group
    from rich.live import Live

    from pycanary.cli.status import show
    from pycanary.host.fleet import Fleet
    from pycanary.state.gather import gather

    pause = threading.Event()
    with (
        Fleet(config.hosts, one_by_one=True) as fleet,
        Live(console=Console(highlight=False), auto_refresh=False) as live,
    ):
        while True:
            live.update(Group(*(show(view) for view in gather(config, fleet))), refresh=True)
            pause.wait(every)
