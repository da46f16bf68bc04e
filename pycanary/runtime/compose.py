"""Docker Compose as the runtime: a project for each slot, and one for the stores that both use."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pycanary.config.model import Config
from pycanary.config.sections import Compose
from pycanary.errors import UsageError
from pycanary.host.layout import Layout
from pycanary.host.script import Script, Value
from pycanary.model.release import Commit
from pycanary.model.slot import Slot

LIBRARIES = ("masked", "compose")
START_SECONDS = 900  # the former containers' grace period, pulls of small images, the stores' first start


@dataclass(frozen=True)
class ComposeRuntime:
    """Projects APP-stable, APP-canary and APP-shared; images are tagged by Commit.short.

    A Compose file finds in its environment COMMIT, SLOT, ENV_FILE, APP and TZ, and whatever that slot's .env holds.
    A deployment starts stores that are not there and never re-creates one: both slots use them, so users of the other
    slot would meet a database that restarts. Where a definition changed, a note says so and how to apply it.
    """

    config: Config

    def ready(self) -> Script | None:
        """Ask for Docker, the rights to use it, and a Compose that is not too old."""
        return Script("compose_ready", {"APP": self.config.app, "SLOT": "", "ENV_FILE": ""}, libraries=LIBRARIES)

    def build(self, commit: Commit, run: str) -> Script | None:
        """Build or pull in the directory for builds; no project, and so nothing that runs, is touched."""
        compose = self._compose
        layout = Layout.of(self.config)
        values = {
            **self._common(commit, run),
            "DIRECTORY": layout.source,
            "FILE": compose.canary,
            "SLOT": Slot.CANARY.value,
            "ENV_FILE": layout.next_environment,
            "HOW": compose.images,
        }
        return Script("compose_build", values, compose.build_seconds, libraries=LIBRARIES)

    def images(self, output: str) -> dict[str, str]:
        """Image ids by service: lines "image SERVICE ID"."""
        lines = (line.split() for line in output.splitlines() if line.startswith("image "))
        return {service: identity for _, service, identity in lines}

    def start(self, slot: Slot, commit: Commit, run: str) -> Script:
        """Start the stores that are missing, then the slot's project; the other slot's containers are not touched."""
        values = {**self._common(commit, run), **self._slot(slot), "SHARED": self._compose.shared or ""}
        return Script("compose_start", values, START_SECONDS, libraries=LIBRARIES)

    def stop(self, slot: Slot, commit: Commit, run: str) -> Script:
        """Stop the slot's containers, each with its own stop_grace_period."""
        values = {**self._common(commit, run), **self._slot(slot)}
        return Script("compose_stop", values, START_SECONDS, libraries=LIBRARIES)

    def logs(self, slot: Slot, service: str, lines: int) -> Script:
        """The last lines of all containers of a service."""
        if service not in self.config.services:
            raise UsageError(f"no service {service!r}", expected=f"one of {', '.join(self.config.services)}")
        values: dict[str, Value] = {
            "STATE": Layout.of(self.config).state,
            "PROJECT": f"{self.config.app}-{slot}",
            "SERVICE": service,
            "LINES_SHOWN": lines,
        }
        return Script("compose_logs", values, libraries=("masked",))

    def prune(self, keep: Iterable[str], run: str) -> Script | None:
        """Remove what builds of other commits recorded as theirs, unless a container uses it."""
        values: dict[str, Value] = {
            "STATE": Layout.of(self.config).state,
            "RUN": run,
            "KEPT": "\n".join(sorted({commit[:8] for commit in keep})),
        }
        return Script("compose_prune", values, 300)

    @property
    def _compose(self) -> Compose:
        return self.config.compose or Compose()

    def _common(self, commit: Commit, run: str) -> dict[str, Value]:
        return {
            "STATE": Layout.of(self.config).state,
            "RUN": run,
            "APP": self.config.app,
            "TZ": self.config.time_zone,
            "COMMIT": commit.short,
            "SERVICES": "\n".join(self.config.services),
            "OVERRIDE": self._override(commit),
        }

    def _slot(self, slot: Slot) -> dict[str, Value]:
        layout = Layout.of(self.config)
        return {
            "DIRECTORY": layout.worktree(slot),
            "FILE": self._compose.file(slot),
            "SLOT": slot.value,
            "ENV_FILE": layout.environment(slot),
        }

    def _override(self, commit: Commit) -> str:
        """A second Compose file: what every service gets, whether or not the first one mentions it. JSON is YAML."""
        every = {
            "environment": {"TZ": self.config.time_zone},
            "labels": {"pycanary.app": self.config.app, "pycanary.commit": commit.short},
        }
        return json.dumps({"services": dict.fromkeys(self.config.services, every)})
