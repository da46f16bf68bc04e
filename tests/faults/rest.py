"""When a host has come to rest after a fault, measured from the moment that its lease ran out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.world import state_directory
from tests.lab.beside import beside
from tests.lab.lab import Lab
from tests.lab.lease import expires, uptime, watchdog_pid

BOUND_SECONDS = 15
PATIENCE_SECONDS = 60


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

    def wait(self) -> float | None:
        """Return once no lease lives and no watchdog runs: the seconds from the last lease's end until then.

        None where the leases were given back. Raises AssertionError when a host does not come to rest.
        """
        late: list[float] = []
        for state in self._states:
            deadline = time.monotonic() + PATIENCE_SECONDS
            ran_out = False
            while (end := expires(state)) is not None or watchdog_pid(state):
                ran_out = ran_out or (end is not None and end <= uptime())
                if end is not None and end <= uptime() and not watchdog_pid(state):
                    break
                assert time.monotonic() < deadline, f"{state}: the lease ends at {end}, now is {uptime()}"
                time.sleep(0.02)
            if ran_out:
                late.append(uptime() - self._last[state])
        return max(late) if late else None
