"""A shift on one host and on eight."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from benchmarks.deployments import Timed, deploy
from benchmarks.plain import run_everywhere, test_and_reload
from benchmarks.row import Row, seconds
from tests.lab.lab import Lab, lab

HOSTS = 8
ROUNDS = 5
AT_MOST = 2.0


def measure(directory: Path, hosts: int = HOSTS, rounds: int = ROUNDS) -> list[Row]:
    """The same lab with canary.yml naming one host or all, taking turns."""
    took: dict[int, list[float]] = {1: [], hosts: []}
    plain: dict[int, list[float]] = {1: [], hosts: []}
    with lab(directory / "lab", "bench", flavour="debian", hosts=hosts) as made:
        made.repository.commit()
        _name_hosts(made, hosts)
        made.deploy("stable")
        made.deploy("canary-manual", "--weight", "1%")
        for turn in range(rounds):
            for number in took:
                _name_hosts(made, number)
                timed = deploy(made, "canary-manual", "--weight", f"{10 + turn}%")
                took[number].append(timed.stages["shift"])
                if number == 1:
                    trips = _shifts(timed)
                plain[number].append(_plain(made, number))
    one, many = median(took[1]), median(took[hosts])
    plain_one, plain_many = median(plain[1]), median(plain[hosts])
    how = f"the shift stage of canary-manual (shift and proof, no bake), medians of {rounds} that take turns"
    return [
        Row("round trips of a shift on one host", str(trips), "–", "1", trips == 1, "shift scripts in one deployment"),
        Row(
            f"wall time of a shift on {hosts} hosts",
            f"{many / one:.1f} x ({seconds(many)})",
            f"1 host: {seconds(one)}; OpenSSH with nginx -t and reload: {plain_many / plain_one:.1f} x",
            f"<= {AT_MOST:.0f} x",
            many <= AT_MOST * one,
            f"{how}; network namespaces with an sshd and an NGINX each, which share the cores of this machine: what "
            f"one OpenSSH client a host needs, all at once ({seconds(plain_many)}) against one ({seconds(plain_one)}), "
            "shows how much of the factor is the machine's",
        ),
    ]


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
