"""One fault tried: a lab at the beginning of a scenario, the harm, and all that must hold afterwards."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from tests.engine.world import Running, running, views
from tests.faults import invariants
from tests.faults.following import Following
from tests.faults.injector import Command, Fault, Injector
from tests.faults.invariants import After
from tests.faults.rest import BOUND_SECONDS, Rest
from tests.faults.scenarios import BAKING_SECONDS, SECRET, STABLE, Scenario, configure
from tests.lab.lab import Lab, Result, lab
from tests.lab.lease import uptime
from tests.lab.machine import command_line, wait_until
from tests.lab.users import Users
from tests.security.planted import Planted

YIELD_SECONDS = 5
STOP_SECONDS = 15


@dataclass(frozen=True)
class Outcome:
    """What one fault came to. broken: the contradictions by the name of their invariant. then: what came next."""

    scenario: str
    fault: str
    kind: str
    hosts: int
    code: int
    injected: bool
    requests: int
    lost: int
    right_after: tuple[float, ...]
    then: str
    broken: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        found = "".join(f"\n  {name}: {each}" for name, each in self.broken.items())
        seconds = " and ".join(f"{each:.1f} s" for each in self.right_after)
        right = f", right {seconds} after the lease ran out" if seconds else ""
        came = "" if self.injected else ", which never came"
        return f"{self.scenario}, {self.fault}{came}, exit {self.code}{right}, then {self.then}{found}"


class Bench:
    """A lab with an injector on each host. turn: which type is deployed after the first fault."""

    def __init__(self, made: Lab, turn: int) -> None:
        self.lab = made
        self._planted = Planted(SECRET)
        made.environment[SECRET] = self._planted.value
        self.injectors = [Injector(host) for host in made.hosts]
        self._following = Following(made, turn)

    def count(self, scenario: Scenario) -> list[list[Command]]:
        """The commands of an unharmed deployment, on each host."""
        self._begin(scenario)
        with ExitStack() as stack:
            self._beside(stack, scenario)
            for injector in self.injectors:
                injector.count()
            said = self.lab.pycanary("--debug", "deploy", *scenario.command)
        assert said.code == 0, said.text
        names = [re.escape(host.sshd.host().name) for host in self.lab.hosts]
        called = [re.findall(rf" {name}: (\w+), [0-9.]+ s, status", said.stderr) for name in names]
        counted = [each.counted(its) for each, its in zip(self.injectors, called, strict=True)]
        self._disarm()
        return counted

    def attempt(self, scenario: Scenario, fault: Fault) -> Outcome:
        """Harm one command and look at everything."""
        self._begin(scenario)
        broken: dict[str, list[str]] = {}
        with ExitStack() as stack:
            users = [] if scenario.empty_host else self._users(stack)
            other = self._beside(stack, scenario)
            rest = stack.enter_context(Rest.followed(self.lab))
            ended, ended_at = self._harmed(scenario, fault)
            injected = self.injectors[fault.host].injected
            if fault.kind == "stops" and injected is not None:
                broken[invariants.STOPS] = list(_did_not_stop(ended, ended_at - injected))
            self._disarm()
            allowed = scenario.allowed(ended.code)
            if fault.kind == "kills-at-once":
                broken[invariants.NEXT_WORKS], allowed = self._at_once(allowed)
            if other is not None:
                broken[invariants.YIELDS] = list(_yielded(other, ended))
            wait_until(lambda: not self._at_work(), "the commands in flight to end", 90)
            late = rest.wait()
            broken[invariants.RIGHT_IN_TIME] = [f"{each:.1f} s" for each in late.late if each > BOUND_SECONDS]
            broken[invariants.SOMEBODY_WORKS_AT_IT] = late.left_alone
            after = After(self.lab, self.injectors, ended, allowed, views(self.lab), self._planted)
            broken |= invariants.contradictions(after)
            configure(self.lab)
            for name, found in self._following.deploy(after.views).items():
                broken[name] = [*broken.get(name, []), *found]
        failures = [str(one) for each in users for one in each.all.failures]
        broken[invariants.USERS_ARE_ANSWERED] = failures[:5]
        broken = {name: found for name, found in broken.items() if found}
        if broken:
            broken["said"] = [ended.text]
        return Outcome(
            scenario.name,
            str(fault),
            fault.kind,
            len(self.lab.hosts),
            ended.code,
            injected is not None,
            sum(each.all.requests for each in users),
            len(failures),
            tuple(late.late),
            self._following.last,
            broken,
        )

    def _begin(self, scenario: Scenario) -> None:
        scenario.begin(self.lab)
        self.lab.repository.commit()
        configure(self.lab, steps=["10%", "70%"], bake_seconds=1)

    def _users(self, stack: ExitStack) -> list[Users]:
        hosts = range(len(self.lab.hosts))
        return [stack.enter_context(self.lab.users(host, pause_seconds=0.1, visit=1, post=1)) for host in hosts]

    def _beside(self, stack: ExitStack, scenario: Scenario) -> Running | None:
        """The deployment that works meanwhile, in its bake."""
        if not scenario.beside:
            return None
        configure(self.lab, bake_seconds=BAKING_SECONDS)
        run = stack.enter_context(running(self.lab, "deploy", *scenario.beside))
        return run.said(" are served")

    def _harmed(self, scenario: Scenario, fault: Fault) -> tuple[Result, float]:
        """How it ended, and when, in seconds of uptime."""
        with self.lab.start("deploy", *scenario.command) as process:
            self.injectors[fault.host].arm(fault, process.pid)
            stdout, stderr = process.communicate(timeout=180)
        return Result(process.returncode, stdout, stderr), uptime()

    def _at_once(self, allowed: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]]:
        """A rollback while the killed deployer's command still works: what went wrong, and the weights it may leave."""
        result = self.lab.pycanary("deploy", "rollback")
        if result.code == 0:
            return [], STABLE
        nothing = result.code == 4 and "there is nothing to roll back to" in result.text
        return [] if nothing else [f"rollback at once: {result.text}"], allowed

    def _at_work(self) -> list[int]:
        """What a killed deployer's last command still does; it may yet take the lease."""
        hosts = zip(self.lab.hosts, self.injectors, strict=True)
        found = [pid for host, injector in hosts for pid in invariants.strays(host, injector)]
        return [pid for pid in found if "watchdog.sh" not in command_line(pid)]

    def _disarm(self) -> None:
        for injector in self.injectors:
            injector.disarm()


def _did_not_stop(ended: Result, seconds: float) -> Iterator[str]:
    if seconds > STOP_SECONDS:
        yield f"it ended {seconds:.1f} s after the first signal"
    if ended.code not in (0, 3):
        yield ended.text


def _yielded(other: Running, rollback: Result) -> Iterator[str]:
    """Where the rollback took over, the other run ends by itself; else it is asked to, and brings users back."""
    try:
        other.process.wait(timeout=YIELD_SECONDS)
    except subprocess.TimeoutExpired:
        if rollback.code == 0:
            yield f"it still works {YIELD_SECONDS} s after the rollback"
        other.send(signal.SIGTERM)
    result = other.end()
    if result.code != 3 or (rollback.code == 0 and "rolled back:" in result.text):
        yield result.text


@contextmanager
def bench(directory: Path, *, hosts: int = 1, compose: bool = False, turn: int = 0) -> Iterator[Bench]:
    """A lab of its own for the time of the block."""
    app = f"lab{token_hex(3)}"
    with lab(directory / app, app, flavour="debian", hosts=hosts, compose=compose) as made:
        yield Bench(made, turn)
