"""Many commands at the same instant: one works at a time, and everybody is told who that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.engine.world import Running, flawless, records, running, split, state_directory, view
from tests.lab.beside import beside
from tests.lab.lab import Lab
from tests.lab.machine import wait_until
from tests.lab.processes import end_services

MANY = 20


@contextmanager
def owners(lab: Lab) -> Iterator[list[str]]:
    """The runs that had the lease of the first host, one after the other, as the host itself knows them."""
    found: list[str] = []
    lease = state_directory(lab) / "lease"

    def follow() -> None:
        try:
            run = lease.read_text().partition("\n")[0]
        except FileNotFoundError:
            run = ""
        if run and (not found or found[-1] != run):
            found.append(run)

    with beside(follow, pause_seconds=0.005):
        yield found


def started_together(lab: Lab, stack: ExitStack, count: int) -> list[Running]:
    commands = [("deploy", "canary-manual", "--weight", f"{at}%") for at in range(1, count + 1)]
    return [stack.enter_context(running(lab, *command)) for command in commands]


def test_of_twenty_deployments_at_the_same_instant_one_works_at_a_time(fresh: Lab) -> None:
    fresh.repository.commit()
    fresh.configure(bake_seconds=0, wait_seconds=0)
    with flawless(fresh), owners(fresh) as had, ExitStack() as stack:
        runs = started_together(fresh, stack, MANY)
        results = [run.end() for run in runs]
    codes = [result.code for result in results]
    assert set(codes) <= {0, 5} and 0 in codes, codes
    for result in results:
        if result.code == 5:
            assert re.search(r"has this host: (canary-manual by Dev Eloper on |the next in the queue)", result.text)
            assert "`pycanary unlock`" in result.text
    assert len(had) == len(set(had)), f"a lease went back and forth: {had}"
    worked = [record for record in records(fresh) if record["plan"]["request"]["type"] == "canary-manual"]
    assert len(worked) == codes.count(0)
    assert_apart(worked)
    assert view(fresh)["lock"] == "free"


def test_those_who_wait_work_one_after_the_other(fresh: Lab) -> None:
    fresh.repository.commit()
    fresh.configure(bake_seconds=0, wait_seconds=300)
    with flawless(fresh), owners(fresh) as had, ExitStack() as stack:
        results = [run.end() for run in started_together(fresh, stack, 4)]
    assert [result.code for result in results] == [0] * 4, results
    assert sum("waiting for " in result.text for result in results) >= 3
    assert len(had) == len(set(had)) == 4
    assert_apart([record for record in records(fresh) if record["plan"]["request"]["type"] == "canary-manual"])


def assert_apart(worked: list[dict[str, str]]) -> None:
    """No run began before the one before it had ended."""
    ends = [(datetime.fromisoformat(one["started_at"]), datetime.fromisoformat(one["ended_at"])) for one in worked]
    for (_, ended), (begun, _) in pairwise(sorted(ends)):
        assert begun >= ended, sorted(ends)


@pytest.mark.parametrize(
    ("command", "stage"),
    [
        (("stable",), "bridge"),
        (("stable",), "start"),
        (("canary-manual", "--weight", "25%"), "start"),
        (("promote-canary",), "shift"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else value,
)
def test_a_rollback_takes_over_at_once(fresh: Lab, command: tuple[str, ...], stage: str) -> None:
    fresh.configure(bake_seconds=0, steps=["70%"])
    fresh.repository.commit()
    if command[0] == "promote-canary":
        fresh.deploy("canary-auto")
    fresh.repository.commit()
    fresh.configure(bake_seconds=60, steps=["70%"], wait_seconds=600)
    with flawless(fresh), running(fresh, "deploy", *command) as run:
        run.said(f"stage {stage}")
        result = fresh.pycanary("deploy", "rollback")
        assert "waiting for" not in result.text
        assert run.end().code == 3
        # A stable slot that is just being started anew is nothing to go back to: the bridge goes on serving.
        nothing = "there is nothing to roll back to" in result.text
        assert result.code == (4 if nothing else 0), result.text
        assert split(fresh).startswith("1:999" if nothing else "999:1")


@pytest.fixture
def other(fresh: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A second application on the same host, with a release in the stable slot."""
    host = fresh.hosts[0]
    root = host.directory / "second"
    own = replace(host, directory=root, inside=root)
    (tmp_path / "other").mkdir()
    made = Lab(tmp_path / "other", f"{fresh.app}b", [own], compose=False)
    made.configure(steps=["10%", "70%"], bake_seconds=0)
    made.repository.commit()
    try:
        made.deploy("stable")
        yield made
    finally:
        end_services(root / "run")


def test_two_applications_on_one_host_do_not_touch_each_other(fresh: Lab, other: Lab) -> None:
    for each in (fresh, other):  # so many shifts that both reload NGINX in the same moment
        each.configure(steps=[f"{percent}%" for percent in range(14, 77, 14)], bake_seconds=0)
        each.repository.commit()
    with flawless(fresh), flawless(other), running(fresh, "deploy", "canary-auto") as one:
        with running(other, "deploy", "canary-auto") as two:
            assert (one.end().code, two.end().code) == (0, 0), one.text + two.text
        assert (split(fresh), split(other)) == ("300:700", "300:700")
        fresh.deploy("rollback")
        assert (split(fresh), split(other)) == ("999:1", "300:700")
    wait_until(lambda: not (state_directory(fresh) / "lease").exists(), "the lease to be given back")
