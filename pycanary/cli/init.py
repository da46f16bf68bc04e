"""pycanary init: the first canary.yml."""

from __future__ import annotations

from pathlib import Path

import click

from pycanary.cli.settings import Settings
from pycanary.errors import UsageError


@click.command("init", epilog="\b\nExample:\n  pycanary init && $EDITOR canary.yml && pycanary check")
@click.pass_obj
def command(settings: Settings) -> None:
    """Write a commented canary.yml; what must be changed in it says CHANGE. An existing file is left alone."""
    from pycanary.config.init import origin, template

    path = Path(settings.config_path)
    try:
        directory = path.absolute().parent
        with path.open("x", encoding="utf-8") as file:
            file.write(template(directory.name, origin(directory)))
    except FileExistsError:
        raise UsageError(f"{path} exists already", remedy="edit it, or move it away first") from None
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}",
            remedy="run it in a directory you can write, or name one by --config",
        ) from error
    click.echo(f"{path} is written; change what says CHANGE, then run `pycanary check`")
