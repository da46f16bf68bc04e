"""What is tried: every kind of fault at every command of every deployment type, on one host and on one of two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.injector import Command, Fault
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

    def faults(self, counted: Sequence[Command]) -> list[Fault]:
        """Every fault of this row, from the commands that an unharmed deployment runs."""
        return [Fault(kind, command, self.hosts - 1) for command in counted for kind in KINDS]


ROWS = tuple(Row(scenario, hosts) for hosts in (1, 2) for scenario in SCENARIOS)

# The part that every run of the tests tries: each kind of fault, each deployment and each kind of command is in it.
COVERING: dict[str, tuple[tuple[str, str], ...]] = {
    "first stable": (("shift", "kills"),),
    "stable": (("commands_each", "cut-middle"), ("drain", "kills")),
    "canary-auto": (("fetch", "hangs"), ("checkout", "cut-before"), ("nginx_facts", "fails"), ("keep", "cut-before")),
    "canary-manual": (("environment", "fails-after"), ("history", "cut-after"), ("verify", "kills")),
    "promote-canary": (("observe", "cut-middle"), ("save", "fails")),
    "rollback": (("shift", "cut-after"), ("shift", "fails"), ("acquire", "kills")),
    "canary-auto after a promotion": (("take_environment", "kills"),),
}


def covering(row: Row) -> Chooser:
    """The faults of that row which COVERING names, each at the last command of its name."""

    def choose(faults: Sequence[Fault]) -> list[Fault]:
        last = {(fault.command.name, fault.kind): fault for fault in faults}
        return [last[pair] for pair in COVERING[row.scenario.name]]

    return choose


def tried(directory: Path, row: Row, choose: Chooser) -> Iterator[Outcome]:
    """Count the row's commands, then try the faults that are chosen, each in a lab that the ones before have used."""
    with bench(directory, hosts=row.hosts) as used:
        chosen = choose(row.faults(used.count(row.scenario, row.hosts - 1)))
        if not row.scenario.empty_host:
            yield from (used.attempt(row.scenario, fault) for fault in chosen)
            return
    for fault in chosen:
        with bench(directory, hosts=row.hosts) as new:
            yield new.attempt(row.scenario, fault)
