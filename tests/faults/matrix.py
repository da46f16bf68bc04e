"""What is tried: every kind of fault at every command of every deployment type, on one host and on one of two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.injector import HANG_SECONDS, Command, Fault
from tests.faults.scenarios import BY_NAME, SCENARIOS, Scenario
from tests.faults.trial import Outcome, bench

Chooser = Callable[[Sequence[Fault]], Sequence[Fault]]

KINDS = {
    "cut-before": "connection killed before the command",
    "cut-middle": "connection killed in the middle of it",
    "cut-after": "connection killed after it",
    "fails": "command fails, nothing done",
    "fails-after": "command fails, all done",
    "hangs": f"command stands still in its middle, until the host's own limit, here {HANG_SECONDS} s, ends it",
    "stops": "deployer told to stop at it, by SIGTERM, SIGINT or SIGHUP in turn, and once more right after",
    "kills": "deployer killed at it",
    "kills-at-once": "the same, and a rollback while that command still works",
}


@dataclass(frozen=True)
class Row:
    """One line of the matrix: a scenario on so many hosts; the fault, of every kind, is on any of them."""

    scenario: Scenario
    hosts: int = 1
    compose: bool = False

    def faults(self, counted: Sequence[Sequence[Command]]) -> list[Fault]:
        """Every fault of this row, from the commands that an unharmed deployment runs on each host."""
        return [
            Fault(kind, command, host)
            for host, commands in enumerate(counted)
            for command in commands
            for kind in KINDS
        ]


COMPOSED = Row(BY_NAME["canary-auto from a hold"], compose=True)
ROWS = (*(Row(scenario, hosts) for hosts in (1, 2) for scenario in SCENARIOS), COMPOSED)

# The part that every run of the tests tries: each kind of fault and each deployment is in it.
COVERING: dict[str, tuple[tuple[str, str], ...]] = {
    "first stable": (("shift", "kills"), ("commands_each", "cut-before"), ("commands_each", "kills")),
    "stable": (("commands_each", "cut-middle"), ("drain", "kills-at-once")),
    "canary-auto": (("fetch", "hangs"), ("checkout", "cut-before"), ("nginx_facts", "fails"), ("keep", "cut-before")),
    "canary-manual": (("environment", "fails-after"), ("history", "cut-after"), ("verify", "kills")),
    "promote-canary": (("observe", "cut-middle"), ("save", "fails"), ("shift", "stops")),
    "rollback": (("shift", "cut-after"), ("shift", "fails"), ("acquire", "kills"), ("shift", "stops")),
    "canary-auto after a promotion": (("take_environment", "kills"),),
    "canary-auto from a hold": (("shift", "hangs"),),
    "canary-manual from a hold": (("commands_each", "kills-at-once"),),
    "stable after a promotion": (("shift", "kills-at-once"),),
    "rollback during a canary-manual": (("acquire", "cut-middle"), ("shift", "kills")),
    "rollback during a promotion": (("shift", "hangs"),),
}


def covering(row: Row) -> Chooser:
    """The faults of that row which COVERING names, each at the last command of its name."""

    def choose(faults: Sequence[Fault]) -> list[Fault]:
        last = {(fault.command.name, fault.kind): fault for fault in faults}
        return [last[pair] for pair in COVERING[row.scenario.name]]

    return choose


def tried(directory: Path, row: Row, choose: Chooser, *, turn: int = 0) -> Iterator[Outcome]:
    """Count the row's commands, then try the faults that are chosen, each in a lab that the ones before have used.

    turn: the type that is deployed after the first of them, as a number.
    """
    with bench(directory, hosts=row.hosts, compose=row.compose, turn=turn) as used:
        chosen = choose(row.faults(used.count(row.scenario)))
        if not row.scenario.empty_host:
            yield from (used.attempt(row.scenario, fault) for fault in chosen)
            return
    for later, fault in enumerate(chosen):
        with bench(directory, hosts=row.hosts, turn=turn + later) as new:
            yield new.attempt(row.scenario, fault)
