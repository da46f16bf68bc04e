"""What is tried: every kind of fault at every command of every deployment type, on one host and on one of two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.injector import Fault
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.trial import Outcome, bench

Chooser = Callable[[Sequence[Fault]], Sequence[Fault]]

KINDS = {
    "cut-before": "connection killed before the command",
    "cut-middle": "connection killed in the middle of it",
    "cut-after": "connection killed after it",
    "fails": "command fails, nothing done",
    "fails-after": "command fails, all done",
    "hangs": "command hangs",
    "kills": "deployer killed at it",
}


@dataclass(frozen=True)
class Row:
    """One line of the matrix: a scenario on so many hosts; the fault, of every kind, is on the last of them."""

    scenario: Scenario
    hosts: int

    def faults(self, counted: dict[str, float]) -> list[Fault]:
        """Every fault of this row, from the commands that an unharmed deployment runs."""
        return [Fault(kind, number, self.hosts - 1) for number in counted for kind in KINDS]


ROWS = tuple(Row(scenario, hosts) for hosts in (1, 2) for scenario in SCENARIOS)


def tried(directory: Path, row: Row, choose: Chooser) -> Iterator[Outcome]:
    """Count the row's commands, then try the faults that are chosen, each in a lab that the ones before have used."""
    if row.scenario.empty_host:
        yield from _tried_anew(directory, row, choose)
        return
    with bench(directory, hosts=row.hosts) as used:
        counted = used.count(row.scenario)[row.hosts - 1]
        for fault in choose(row.faults(counted)):
            yield used.attempt(row.scenario, fault, counted[fault.number])


def _tried_anew(directory: Path, row: Row, choose: Chooser) -> Iterator[Outcome]:
    with bench(directory, hosts=row.hosts) as new:
        counted = new.count(row.scenario)[row.hosts - 1]
    for fault in choose(row.faults(counted)):
        with bench(directory, hosts=row.hosts) as new:
            yield new.attempt(row.scenario, fault, counted[fault.number])
