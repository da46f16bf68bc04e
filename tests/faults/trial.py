"""One fault tried: a lab at the beginning of a scenario, the harm, and all that must hold afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from tests.engine.world import split_of
from tests.faults import invariants
from tests.faults.injector import Command, Fault, Injector
from tests.faults.invariants import After
from tests.faults.rest import BOUND_SECONDS, Rest
from tests.faults.scenarios import SECRET, Scenario, configure
from tests.lab.lab import Lab, Result, lab
from tests.lab.machine import command_line, wait_until
from tests.lab.users import Users
from tests.security.planted import Planted

TYPES = ("canary-auto", "promote-canary", "rollback", "canary-manual", "stable")


@dataclass(frozen=True)
class Outcome:
    """What one fault came to. broken: the contradictions by the name of their invariant."""

    scenario: str
    fault: str
    kind: str
    hosts: int
    code: int
    injected: bool
    requests: int
    lost: int
    right_after: float | None
    broken: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        found = "".join(f"\n  {name}: {each}" for name, each in self.broken.items())
        right = "" if self.right_after is None else f", right {self.right_after:.1f} s after its lease ran out"
        return f"{self.scenario}, {self.fault}, exit {self.code}{right}{found}"


class Bench:
    """A lab with an injector on each host."""

    def __init__(self, made: Lab) -> None:
        self.lab = made
        self._planted = Planted(SECRET)
        made.environment[SECRET] = self._planted.value
        self.injectors = [Injector(host) for host in made.hosts]
        self._turn = 0

    def count(self, scenario: Scenario, host: int) -> list[Command]:
        """The commands of an unharmed deployment on that host."""
        self._begin(scenario)
        self.injectors[host].count()
        said = self.lab.pycanary("--debug", "deploy", *scenario.command)
        assert said.code == 0, said.text
        name = re.escape(self.lab.hosts[host].sshd.host().name)
        counted = self.injectors[host].counted(re.findall(rf" {name}: (\w+), [0-9.]+ s, status", said.stderr))
        self._disarm()
        return counted

    def attempt(self, scenario: Scenario, fault: Fault) -> Outcome:
        """Harm one command and look at everything."""
        self._begin(scenario)
        with ExitStack() as stack:
            users = [] if scenario.empty_host else self._users(stack)
            rest = stack.enter_context(Rest.followed(self.lab))
            ended = self._harmed(scenario, fault)
            injected = self.injectors[fault.host].injected
            self._disarm()
            wait_until(lambda: not self._at_work(), "the commands in flight to end", 90)
            late = rest.wait()
            after = After(self.lab, self.injectors, scenario, ended, self._views(), self._planted)
            broken = invariants.contradictions(after)
            if late is not None and late > BOUND_SECONDS:
                broken[invariants.RIGHT_IN_TIME] = [f"{late:.1f} s"]
            if wrong := self._next(after.views):
                broken[invariants.NEXT_WORKS] = [wrong]
        failures = [str(one) for each in users for one in each.all.failures]
        if failures:
            broken[invariants.USERS_ARE_ANSWERED] = failures[:5]
        if broken:
            broken["said"] = [ended.text]
        requests = sum(each.all.requests for each in users)
        return Outcome(
            scenario.name,
            str(fault),
            fault.kind,
            len(self.lab.hosts),
            ended.code,
            injected,
            requests,
            len(failures),
            late,
            broken,
        )

    def _begin(self, scenario: Scenario) -> None:
        scenario.begin(self.lab)
        self.lab.repository.commit()
        configure(self.lab, steps=["10%", "70%"], bake_seconds=1)

    def _users(self, stack: ExitStack) -> list[Users]:
        hosts = range(len(self.lab.hosts))
        return [stack.enter_context(self.lab.users(host, pause_seconds=0.1, visit=1, post=1)) for host in hosts]

    def _harmed(self, scenario: Scenario, fault: Fault) -> Result:
        with self.lab.start("deploy", *scenario.command) as process:
            self.injectors[fault.host].arm(fault, process.pid)
            stdout, stderr = process.communicate(timeout=180)
        return Result(process.returncode, stdout, stderr)

    def _at_work(self) -> list[int]:
        """What a killed deployer's last command still does; it may yet take the lease."""
        hosts = zip(self.lab.hosts, self.injectors, strict=True)
        found = [pid for host, injector in hosts for pid in invariants.strays(host, injector)]
        return [pid for pid in found if "watchdog.sh" not in command_line(pid)]

    def _disarm(self) -> None:
        for injector in self.injectors:
            injector.disarm()

    def _views(self) -> list[dict[str, Any]]:
        result = self.lab.pycanary("status", "--json")
        views: list[dict[str, Any]] = json.loads(result.stdout)
        return views

    def _next(self, views: list[dict[str, Any]]) -> str:
        """Deploy the next type in turn that this state allows; what went wrong."""
        configure(self.lab)
        possible = [type_ for type_ in TYPES[self._turn :] + TYPES[: self._turn] if allows(views, type_)]
        self._turn = (TYPES.index(possible[0]) + 1) % len(TYPES)
        if possible[0] in ("canary-auto", "stable"):
            self.lab.repository.commit()
        weight = ("--weight", "30%") if possible[0] == "canary-manual" else ()
        result = self.lab.pycanary("deploy", possible[0], *weight)
        ailing = [each for view in self._views() for each in invariants.ailing(view)]
        return "" if result.code == 0 and not ailing else f"{possible[0]}: {ailing} {result.text}"


def allows(views: list[dict[str, Any]], type_: str) -> bool:
    """Whether the documented preconditions of that type are met on hosts that look so."""
    splits = {split_of(view) for view in views}
    releases = [view["releases"] for view in views]
    if type_ == "stable":
        return True
    if splits == {"nothing"} or not all("stable" in each or "canary" in each for each in releases):
        return False
    if type_ == "promote-canary":
        good = all("canary" in each and not each["canary"]["judged_bad"] for each in releases)
        return good and not any("canary out" in split or split.startswith("1:999") for split in splits)
    if type_ == "rollback":
        good = all("stable" in each and not each["stable"]["judged_bad"] for each in releases)
        return good and not any("stable out" in split for split in splits)
    return True


@contextmanager
def bench(directory: Path, *, hosts: int = 1) -> Iterator[Bench]:
    """A lab of its own for the time of the block."""
    app = f"lab{token_hex(3)}"
    with lab(directory / app, app, flavour="debian", hosts=hosts) as made:
        yield Bench(made)
