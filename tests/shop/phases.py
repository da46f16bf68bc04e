"""What users saw in each part of the story: between two shifts, at the weights that were proven."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from pycanary.model.traffic import Traffic
from pycanary.run.reporter import PlainReporter
from tests.lab.machine import wait_until
from tests.lab.users import Seen, Users

# So many of each kind are awaited at every weight.
ENOUGH = {"visit": 8, "order": 4, "upload": 1, "browser": 4}
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Phase:
    """steady: nobody was moved meanwhile, so a page of two sides is an error."""

    chapter: str
    step: str
    steady: bool
    seen: Seen


class Teller(PlainReporter):
    """The run's own lines, and a phase from each stage or proven weight to the next."""

    def __init__(self, time_zone: str) -> None:
        super().__init__(time_zone)
        self.phases: list[Phase] = []
        self.errors: list[str] = []  # of the chapter
        self.shifts: list[float] = []  # when weights were proven, in seconds since the epoch
        self._users: Users | None = None
        self._awaited: dict[str, int] = {}
        self._chapter, self._step, self._steady = "", "", False

    @contextmanager
    def watching(self, users: Users, *, browser: bool) -> Iterator[None]:
        """Count what these users meet in the block. browser: whether one is among them."""
        users.span()
        self._users, self._awaited = users, {kind: ENOUGH[kind] for kind in ENOUGH if browser or kind != "browser"}
        try:
            yield
        finally:
            self._turn("", steady=False)
            self._users = None

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self._turn("begins", steady=False)
        self._chapter, self.errors = title, []
        self.say("info", "")
        self.say("info", f"=== {title}")

    def say(self, kind: str, text: str) -> None:
        """An event of the run."""
        if kind == "stage":
            self._turn(text.partition(":")[0], steady=False)
        if kind == "error":
            self.errors.append(text)
        super().say(kind, text)

    def moving(self, traffic: Traffic) -> None:
        """Users change sides, in the middle of a stage too."""
        super().moving(traffic)
        self._turn(f"to {traffic.summary}", steady=False)

    def served(self, traffic: Traffic, *, proven: bool) -> None:
        """These weights are proven: from here on nobody is moved."""
        super().served(traffic, proven=proven)
        self.shifts.append(time.time())
        self._turn(f"at {traffic.summary}", steady=True)

    def watched(self, traffic: Traffic, seconds: int, *, wrong: str) -> None:
        """A bake is over; it goes on until enough users of each kind were there."""
        super().watched(traffic, seconds, wrong=wrong)
        self.enough()

    def enough(self) -> None:
        """Return once enough users of each kind came since the last turn."""
        if self._users is not None:
            users = self._users
            wait_until(
                lambda: all(users.now.of_kind(kind) >= count for kind, count in self._awaited.items()),
                f"so many users at these weights: {self._awaited}",
                PATIENCE_SECONDS,
            )

    def _turn(self, step: str, *, steady: bool) -> None:
        if self._users is not None:
            seen = self._users.span()
            if seen.requests:
                self.phases.append(Phase(self._chapter, self._step, self._steady, seen))
        self._step, self._steady = step, steady

    def print_table(self, names: dict[str, str]) -> None:
        """One row for each phase; names: what a release (8 digits) is called."""
        table = Table("", "while", "requests", "failed", "on canary", "pages", "mixed", "answered by", box=None)
        last = ""
        for phase in self.phases:
            seen = phase.seen
            releases = ", ".join(sorted(names.get(release, release) for release in seen.releases()))
            share = f"{seen.share('canary'):.0%}" if seen.users else ""
            mixed = str(len(seen.mixed)) if phase.steady else ""
            cells = (str(seen.requests), str(len(seen.failures)), share, str(seen.users.total()), mixed, releases)
            table.add_row(phase.chapter if phase.chapter != last else "", phase.step, *cells)
            last = phase.chapter
        Console(width=150, highlight=False).print(table)
