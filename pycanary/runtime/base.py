"""What every way of running a slot offers. Each method is pure: it returns the script that does it on a host."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pycanary.host.script import Script
from pycanary.model.release import Commit
from pycanary.model.slot import Slot


class Runtime(Protocol):
    """How releases are built, started and stopped. What state they are in is asked by pycanary.health.observe."""

    def ready(self) -> Script | None:
        """Fails where slots could not be started at all; asked before anything is touched. None: nothing to ask."""

    def build(self, commit: Commit, run: str) -> Script | None:
        """Make the images of the commit that `fetch` brought; None when there is nothing to build."""

    def images(self, output: str) -> dict[str, str]:
        """What the build printed: image ids by service."""

    def start(self, slot: Slot, commit: Commit, run: str) -> Script:
        """Start the commit in the slot, whose checkout and .env file are there. Does not wait for health."""

    def stop(self, slot: Slot, commit: Commit, run: str) -> Script:
        """Stop every service of the slot, letting it end what it does."""

    def logs(self, slot: Slot, service: str, lines: int) -> Script:
        """Print the last lines of a service's log."""

    def prune(self, keep: Iterable[str], run: str) -> Script | None:
        """Remove the images of all commits but those (full ids); None when this runtime has none."""
