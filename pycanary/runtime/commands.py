"""The user's own commands as the runtime."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pycanary.config.model import Config
from pycanary.config.sections import Commands
from pycanary.errors import UsageError
from pycanary.host.layout import Layout
from pycanary.host.script import Script, Value
from pycanary.model.release import Commit
from pycanary.model.slot import Slot

LIBRARIES = ("masked", "commands")
SPARE_SECONDS = 30  # for the script around commands that end themselves in time


@dataclass(frozen=True)
class CommandsRuntime:
    """Each command runs by `sh` in the slot's checkout; its streams are a file below `state/commands`.

    What `start` starts must detach from it, by `setsid` or a service manager: the command has to return.
    """

    config: Config

    def ready(self) -> Script | None:
        """None: a command shows only when it runs whether it can."""
        return None

    def build(self, commit: Commit, run: str) -> Script | None:
        """Run the build command once, in the directory that holds the commit and nothing else."""
        commands = _commands(self.config)
        if commands.build is None:
            return None
        layout = Layout.of(self.config)
        values = {
            **_common(self.config, run),
            "COMMIT": commit.short,
            "DIRECTORY": layout.source,
            "ENV_FILE": layout.next_environment,
            "COMMAND": commands.build,
            "SECONDS_LEFT": commands.build_seconds,
        }
        return Script("commands_build", values, commands.build_seconds + SPARE_SECONDS, libraries=LIBRARIES)

    def images(self, output: str) -> dict[str, str]:
        """None: commands have no images."""
        return {}

    def start(self, slot: Slot, commit: Commit, run: str) -> Script:
        """Run the start command of every service side by side."""
        return self._each(_commands(self.config).start, "start", slot, commit, run)

    def stop(self, slot: Slot, commit: Commit, run: str) -> Script:
        """Run the stop command of every service side by side."""
        return self._each(_commands(self.config).stop, "stop", slot, commit, run)

    def logs(self, slot: Slot, service: str, lines: int) -> Script:
        """The last lines that the logs command prints."""
        known = self.config.services.get(service)
        if known is None:
            raise UsageError(f"no service {service!r}", expected=f"one of {', '.join(self.config.services)}")
        values = {
            **slot_values(self.config, slot),
            "STATE": Layout.of(self.config).state,
            "SERVICE": service,
            "LINES_SHOWN": lines,
        }
        return Script("commands_logs", values, libraries=LIBRARIES)

    def prune(self, keep: Iterable[str], run: str) -> Script | None:
        """Nothing: commands have no images."""
        return None

    def _each(self, command: str, what: str, slot: Slot, commit: Commit, run: str) -> Script:
        seconds = _commands(self.config).stop_seconds
        values = {
            **_common(self.config, run),
            **slot_values(self.config, slot),
            "COMMIT": commit.short,
            "COMMAND": command,
            "WHAT": what,
            "SECONDS_LEFT": seconds,
        }
        return Script("commands_each", values, seconds + SPARE_SECONDS, libraries=LIBRARIES)


def slot_values(config: Config, slot: Slot) -> dict[str, Value]:
    """What a script needs to run commands in a slot."""
    layout = Layout.of(config)
    commands = _commands(config)
    return {
        "SLOT": slot.value,
        "DIRECTORY": layout.worktree(slot),
        "ENV_FILE": layout.environment(slot),
        "TZ": config.time_zone,
        "PORTS": "\n".join(f"{route.name} {route.port(slot)}" for route in config.routes),
        "RUNNING": commands.running,
        "LOGS": commands.logs,
    }


def _common(config: Config, run: str) -> dict[str, Value]:
    return {"STATE": Layout.of(config).state, "RUN": run, "TZ": config.time_zone}


def _commands(config: Config) -> Commands:
    if config.commands is None:
        raise UsageError("canary.yml has no `commands`", expected="the runtime that is asked for")
    return config.commands
