"""Faults that one lab after another tries, in a process of its own."""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.following import TYPES
from tests.faults.injector import Fault
from tests.faults.matrix import Row, tried
from tests.faults.trial import Outcome

SAMPLE = 5  # faults that share a lab in the random mode


def ends_on_terminate() -> None:
    """Leave nothing running then either: `with` blocks end what they began, and are not disturbed at it."""

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(143)

    signal.signal(signal.SIGTERM, end)


@dataclass(frozen=True)
class Job:
    """Faults of one row for one lab: all of one kind, or a random few until the time is over."""

    row: Row
    kind: str = ""
    seed: int = 0
    until: float = float("inf")  # time.time()

    def chosen(self, faults: Sequence[Fault]) -> Sequence[Fault]:
        """Those of this job."""
        if self.kind:
            return [fault for fault in faults if fault.kind == self.kind]
        return random.Random(self.seed).sample(faults, min(SAMPLE, len(faults)))

    def run(self) -> list[Outcome]:
        """Try them, and say each. A worker that is told to stop ends with its lab, and takes no further job."""
        try:
            return self._tried()
        except SystemExit:
            os._exit(143)

    def _tried(self) -> list[Outcome]:
        outcomes: list[Outcome] = []
        turn = random.Random(f"{self.seed} {self.kind} {self.row}").randrange(len(TYPES))
        if time.time() >= self.until:
            return outcomes
        with tempfile.TemporaryDirectory(prefix="pycanary-faults-") as directory:
            for outcome in tried(Path(directory), self.row, self.chosen, turn=turn):
                outcomes.append(outcome)
                print("BROKEN" if outcome.broken else "held  ", outcome, flush=True)
                if time.time() >= self.until:
                    break
        return outcomes
