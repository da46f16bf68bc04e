"""When a host has come to rest after a fault, measured from the moment that its lease ran out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pycanary.model.outcome import Outcome
from pycanary.state.model import HostState
from tests.engine.world import state_directory
from tests.lab.beside import beside
from tests.lab.lab import Lab
from tests.lab.lease import expires, uptime, watchdog_pid

BOUND_SECONDS = 15
TARGET_SECONDS = 5
PATIENCE_SECONDS = 60
STARTING_SECONDS = 2  # until a watchdog that was just started has written down its process


@dataclass
class Ended:
    """How the hosts came to rest. late: of each that put itself right, the seconds from its lease's end until then.

    left_alone: those whose lease ran out, to whom a fallback is owed, and on whom nobody works at it.
    """

    late: list[float] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)


class Rest:
    """What is known of the lease of every host."""

    def __init__(self, lab: Lab) -> None:
        self._states = [state_directory(lab, host) for host in range(len(lab.hosts))]
        self._last: dict[Path, float] = {}

    @classmethod
    @contextmanager
    def followed(cls, lab: Lab) -> Iterator[Rest]:
        """Follow the lease of every host for the time of the block."""
        rest = cls(lab)
        with beside(rest._follow, pause_seconds=0.05):
            yield rest

    def _follow(self) -> None:
        for state in self._states:
            end = expires(state)
            if end is not None:
                self._last[state] = end

    def wait(self) -> Ended:
        """Return once no lease lives and no watchdog runs. Raises AssertionError when a host does not come to rest."""
        ended = Ended()
        for state in self._states:
            ran_out = self._wait(state)
            known = remembered(state)
            if ran_out and known is not None:
                if known.run is not None and known.run.outcome is Outcome.REVERTED:
                    ended.late.append(uptime() - self._last[state])
                elif known.owed is not None:
                    ended.left_alone.append(
                        f"{state}: {known.owed.summary} is owed, the lease ran out, no watchdog runs"
                    )
        return ended

    def _wait(self, state: Path) -> bool:
        """Whether its lease ran out."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        ran_out = False
        while (end := expires(state)) is not None or watchdog_pid(state):
            ran_out = ran_out or (end is not None and end <= uptime())
            if end is not None and end + STARTING_SECONDS <= uptime() and not watchdog_pid(state):
                break
            assert time.monotonic() < deadline, f"{state}: the lease ends at {end}, now is {uptime()}"
            time.sleep(0.02)
        return ran_out


def remembered(state: Path) -> HostState | None:
    """state.json of that state directory; None where there is none yet."""
    file = state / "state.json"
    return HostState.model_validate_json(file.read_text()) if file.exists() else None
