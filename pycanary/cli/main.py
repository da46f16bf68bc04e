"""The command line. Heavy imports wait until a command needs them, so that --help and plan answer at once."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback
from io import TextIOWrapper
from typing import Any

import click

from pycanary import __version__
from pycanary.cli.settings import Settings
from pycanary.errors import PycanaryError
from pycanary.lasting import flush, lasting

COMMANDS = {
    "init": "Write a commented canary.yml.",
    "check": "Look at everything that a deployment needs; change nothing.",
    "plan": "Print what a deployment would do; needs no host.",
    "deploy": "Deploy: all stages of a plan in one process.",
    "stage": "Run one stage of a saved plan, for CI systems.",
    "status": "Weights, releases, health, lock, drift.",
    "watch": "Status, live.",
    "history": "The last deployments.",
    "logs": "Logs of a slot's services.",
    "unlock": "Free the lock; what is in progress is stopped and put back.",
    "schema": "Print the JSON Schema of canary.yml.",
    "jenkins": "Jenkins: its job, its builds, what the shared library asks for.",
    "demo": "A whole canary deployment on this machine, nothing installed.",
}


GARBAGE_THRESHOLD = 20_000  # imports make many objects and no garbage; looking for it is a tenth of the start


class Lazy(click.Group):
    """Imports the module of a command only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"pycanary.cli.{cmd_name}"), "command")  # noqa: B009
        if not isinstance(command, click.Command):
            raise TypeError(f"pycanary.cli.{cmd_name}.command is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, but an unknown command names the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"No command {args[0]!r}.{hint} Commands: {', '.join(COMMANDS)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list without importing what is listed."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Exit codes: 0 done; 2 usage or configuration; 3 failed and put back; 4 failed, a person is needed; "
    "5 locked by another; 6 nothing to do.",
)
@click.version_option(__version__, prog_name="pycanary")
@click.option("-c", "--config", "config_path", default="canary.yml", show_default=True, help="The application's file.")
@click.option("--debug", is_flag=True, help="Show tracebacks, and every script that runs on a host with its seconds.")
@click.option("--plain", is_flag=True, help="Plain, timestamped lines even on a terminal.")
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Canary deployments on hosts with NGINX and Docker Compose, over SSH.

    \b
    pycanary init                      write canary.yml
    pycanary check                     is everything ready?
    pycanary deploy stable             the first release
    pycanary deploy canary-auto        10 -> 40 -> 70 % to the newest commit, then hold
    pycanary deploy promote-canary     or: pycanary deploy rollback
    """
    context.obj = Settings(**options)
    if context.obj.debug:
        import logging

        logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        logging.getLogger("pycanary").setLevel(logging.DEBUG)


def main() -> None:
    """Run the command line; errors become sentences, and exit codes."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some reads every installed package
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that the terminal's encoding lacks must not end a deployment
            stream.reconfigure(errors="backslashreplace")
    code = _run(debug="--debug" in sys.argv)
    for stream in (sys.stdout, sys.stderr):
        flush(stream)
    sys.exit(code)


def _run(*, debug: bool) -> int:
    try:
        code = cli.main(prog_name="pycanary", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show(lasting(sys.stderr))
        return 2
    except (click.Abort, KeyboardInterrupt):
        _say("stopped")
        return 130
    except BrokenPipeError:  # `| head -1`
        return 0
    except PycanaryError as error:
        _trace(debug)
        _say(f"{_label(error)}: {error.sentence}")
        return int(error.exit_code)
    except Exception as error:  # the outermost frame: a fault of our own ends with a sentence and its code too
        _trace(debug)
        _say(
            f"error: pycanary met something it does not know: {type(error).__name__}: {error}\n"
            "  -> run the command again with --debug and report what it prints"
        )
        return 4
    return code if isinstance(code, int) else 0


def _trace(debug: bool) -> None:
    if debug:
        traceback.print_exc(file=lasting(sys.stderr))


def _say(text: str) -> None:
    click.echo(text, file=lasting(sys.stderr))


def _label(error: PycanaryError) -> str:
    return {5: "locked", 6: "nothing to do"}.get(int(error.exit_code), "error")
