"""A shift on one host and on eight, each with a processor of its own, and all on the one of this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.deployments import Timed, deploy
from benchmarks.own_cpu import own_cpu
from benchmarks.plain import run_everywhere, test_and_reload
from benchmarks.row import Row, seconds
from tests.lab.lab import Lab, lab

HOSTS = 8
ROUNDS = 5
AT_MOST = 2.0
SHARE = 0.2  # of a core, for each host: eight of them leave a part for pycanary


def measure(directory: Path, hosts: int = HOSTS, rounds: int = ROUNDS) -> list[Row]:
    """The same lab with canary.yml naming one host or all, taking turns."""
    with lab(directory / "lab", "bench", flavour="debian", hosts=hosts) as made:
        made.repository.commit()
        _name_hosts(made, hosts)
        made.deploy("stable")
        made.deploy("canary-manual", "--weight", "1%")
        crowded = _compared(made, rounds, first_percent=10)
        with own_cpu(made.hosts, SHARE):
            apart = _compared(made, rounds, first_percent=20)
    how = f"the shift stage of canary-manual (shift and proof, no bake), medians of {rounds} that take turns"
    return [
        Row(
            "round trips of a shift on one host",
            str(apart.trips),
            "–",
            "1",
            apart.trips == 1,
            "shift scripts in one deployment",
        ),
        Row(
            f"wall time of a shift on {hosts} hosts",
            apart.measured,
            apart.beside,
            f"<= {AT_MOST:.0f} x",
            apart.factor <= AT_MOST,
            f"{how}; network namespaces with an sshd and an NGINX each, and {SHARE} of a core each, as machines of "
            "their own have",
        ),
        Row(
            f"the same on {hosts} hosts that share the cores of one machine",
            crowded.measured,
            crowded.beside,
            "",
            True,
            f"{how}; how much of the factor is the machine's",
        ),
    ]


@dataclass(frozen=True)
class _Compared:
    """Medians in seconds: a shift on one host and on all, and a plain `nginx -t` and reload on as many."""

    one: float
    many: float
    plain_factor: float
    trips: int

    @property
    def factor(self) -> float:
        return self.many / self.one

    @property
    def measured(self) -> str:
        return f"{self.factor:.1f} x ({seconds(self.many)})"

    @property
    def beside(self) -> str:
        return f"1 host: {seconds(self.one)}; OpenSSH with nginx -t and reload: {self.plain_factor:.1f} x"


def _compared(made: Lab, rounds: int, first_percent: int) -> _Compared:
    numbers = (1, len(made.hosts))
    took: dict[int, list[float]] = {number: [] for number in numbers}
    plain: dict[int, list[float]] = {number: [] for number in numbers}
    for turn in range(rounds):
        for number in numbers:
            _name_hosts(made, number)
            timed = deploy(made, "canary-manual", "--weight", f"{first_percent + turn}%")
            took[number].append(timed.stages["shift"])
            if number == 1:
                trips = _shifts(timed)
            plain[number].append(_plain(made, number))
    one, many = (median(took[number]) for number in numbers)
    plain_one, plain_many = (median(plain[number]) for number in numbers)
    return _Compared(one, many, plain_many / plain_one, trips)


def _plain(made: Lab, number: int) -> float:
    begun = time.monotonic()
    run_everywhere(made.hosts[:number], test_and_reload(made.hosts[0]))
    return time.monotonic() - begun


def _name_hosts(made: Lab, number: int) -> None:
    named = [host.sshd.host().model_dump(exclude_defaults=True) for host in made.hosts[:number]]
    made.configure(hosts=named, bake_seconds=0)


def _shifts(timed: Timed) -> int:
    """Calls of the script that changes weights; the installation in the stage before has the same name."""
    return sum(name == "shift" for name, _ in timed.scripts) - ("nginx" in timed.stages)
