"""Several hosts: a shift happens on all or on none, and a new host joins by `stable`."""

from __future__ import annotations

import fcntl
import json
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from pycanary.host import lease
from pycanary.host.connection import Host
from tests.engine.test_stages import saved, stage
from tests.engine.world import (
    commits,
    flawless,
    mattermost,
    pids,
    remembered,
    running,
    shares,
    split,
    split_of,
    state_directory,
    view,
)
from tests.lab.host import LabHost
from tests.lab.lab import Lab
from tests.lab.lease import expires
from tests.lab.machine import wait_until


@pytest.fixture
def two(make_lab: Callable[..., Lab]) -> Iterator[Lab]:
    """Two hosts with a release in the stable slot."""
    lab = make_lab(hosts=2)
    lab.repository.commit("the first release")
    lab.deploy("stable")
    lab.configure(steps=["70%"], bake_seconds=0)
    yield lab


def in_the_order_of_the_fleet(lab: Lab) -> tuple[int, int]:
    """The numbers of the two hosts in the order that a deployment takes them in."""
    first, second = sorted(range(2), key=lambda number: lab.hosts[number].sshd.host().address)
    return first, second


def stage_is_done(lab: Lab, host: int, name: str) -> bool:
    """Whether the host's state says so of that stage of the last run."""
    state = json.loads((state_directory(lab, host) / "state.json").read_text())
    return name in [stage["name"] for stage in state["run"]["stages"]]


def both(lab: Lab) -> list[str]:
    return [split(lab, host) for host in range(2)]


def test_users_of_both_hosts_move_and_come_back_together(two: Lab) -> None:
    second = two.repository.commit()
    with flawless(two, 0), flawless(two, 1) as users:
        two.deploy("canary-auto")
        assert both(two) == ["300:700"] * 2
        assert shares(users)[second[:8]] > 0.3
        two.deploy("rollback", "--out")
        assert both(two) == ["999:1, canary out"] * 2
        two.repository.commit(behaviour={"backend": {"exits_with": 3}})
        assert two.pycanary("deploy", "canary-auto").code == 3
        assert both(two) == ["999:1, canary out"] * 2


@pytest.mark.parametrize("broken", [0, 1])
def test_a_host_whose_nginx_refuses_keeps_all_hosts_as_they_were(two: Lab, broken: int) -> None:
    two.repository.commit()
    two.configure(steps=["10%", "70%"], bake_seconds=3)
    with flawless(two, 0), flawless(two, 1):
        with running(two, "deploy", "canary-auto") as run:
            run.said("900:100 are served")
            other = two.hosts[broken].nginx.conf_d / "somebody-else.conf"
            other.write_text("nonsense;\n")
            result = run.end()
        assert (result.code, "somebody-else.conf" in result.text) == (4, True), result.text
        other.unlink()
        two.deploy("rollback")
        assert both(two) == ["999:1, canary out"] * 2


def test_a_host_whose_nginx_died_does_not_keep_the_users_of_the_other_on_the_canary(two: Lab) -> None:
    two.repository.commit()
    two.configure(steps=["10%", "70%"], bake_seconds=3)
    dead = two.hosts[1].nginx
    with flawless(two, 0):
        with running(two, "deploy", "canary-auto") as run:
            run.said("900:100 are served")
            dead.call("-s", "quit")
            wait_until(lambda: not dead.pid, "NGINX to end")
            result = run.end()
        assert (result.code, "NGINX is not running" in result.text) == (4, True), result.text
        assert split_of(remembered(two, 0)) == "999:1, canary out"
        assert split_of(remembered(two, 1)) == "900:100"
        dead.call()
        # Nobody asked for it: the host's own watchdog goes on until it can.
        wait_until(lambda: split_of(remembered(two, 1)) == "999:1, canary out", "the other host to follow", 30)
        assert both(two) == ["999:1, canary out"] * 2


def test_stable_brings_hosts_together_that_a_rollback_left_apart(two: Lab) -> None:
    two.repository.commit()
    two.deploy("canary-auto")
    network(two.hosts[1], "down")
    assert two.pycanary("deploy", "rollback", "--out").code == 4
    network(two.hosts[1], "up")
    refused = two.pycanary("deploy", "stable", "--release", "99")
    assert (refused.code, "no release 99 in the history" in refused.text) == (2, True), refused.text
    assert (split(two, 0), split(two, 1)) == ("999:1, canary out", "300:700")
    third = two.repository.commit()
    with flawless(two, 0), flawless(two, 1) as users:
        two.deploy("stable")
        assert shares(users) == {third[:8]: 1.0}
    assert both(two) == ["999:1"] * 2


def test_hosts_that_differ_in_a_slot_that_is_out_take_a_canary(two: Lab) -> None:
    two.repository.commit()
    two.deploy("canary-auto")
    two.deploy("rollback", "--out")
    file = state_directory(two, 1) / "state.json"  # as a deployer leaves it that dies while it re-creates that slot
    state = json.loads(file.read_text())
    del state["slots"]["canary"]
    file.write_text(json.dumps(state))
    two.repository.commit()
    with flawless(two, 0), flawless(two, 1):
        two.deploy("canary-auto")
    assert both(two) == ["300:700"] * 2


def test_a_rollback_in_stages_says_at_its_end_too_which_host_it_left_behind(two: Lab) -> None:
    two.repository.commit()
    two.deploy("canary-auto")
    name = two.hosts[1].sshd.host().name
    broken = two.hosts[1].nginx.conf_d / "somebody-else.conf"
    broken.write_text("nonsense;\n")
    run, stages = saved(two, "rollback")
    assert stages == ["shift", "finish"]
    results = [stage(two, each, run) for each in stages]
    assert [result.code for result in results] == [4, 4], [result.text for result in results]
    assert f"users are back on every host but {name}" in results[1].text
    broken.unlink()
    assert (split(two, 0), split(two, 1)) == ("999:1", "300:700")
    assert view(two, 1)["held_since"]
    two.deploy("rollback")
    assert both(two) == ["999:1"] * 2


def network(host: LabHost, state: str) -> None:
    """Take the host off the network, or bring it back."""
    words = f"ip link set dev $(ls /sys/class/net | grep ^pyc) {state}"
    subprocess.run([*host.prefix, "sh", "-c", words], check=True)


@pytest.mark.parametrize("dead", [0, 1])
def test_a_rollback_brings_back_the_users_of_every_host_that_answers(two: Lab, dead: int) -> None:
    alive, name = 1 - dead, two.hosts[dead].sshd.host().name
    two.repository.commit()
    two.deploy("canary-auto")
    with flawless(two, alive):
        network(two.hosts[dead], "down")
        refused = two.pycanary("deploy", "promote-canary")
        assert (refused.code, name in refused.text) == (3, True), refused.text
        assert split(two, alive) == "300:700"
        result = two.pycanary("deploy", "rollback")
        assert result.code == 4, result.text
        assert f"users are back on every host but {name}" in result.text
        assert f"once {name} answers, run `pycanary deploy rollback` again" in result.text
        assert split(two, alive) == "999:1"
    network(two.hosts[dead], "up")
    assert split(two, dead) == "300:700"
    refused = two.pycanary("deploy", "canary-auto")
    assert (refused.code, "serves other weights than " in refused.text) == (3, True), refused.text
    assert "`pycanary deploy rollback` or `pycanary deploy stable` brings every host to the same" in refused.text
    with flawless(two, 0), flawless(two, 1):
        two.deploy("rollback")
        assert both(two) == ["999:1"] * 2


def test_who_waits_for_the_second_host_keeps_the_first(two: Lab) -> None:
    first, second = in_the_order_of_the_fleet(two)
    other = lease.Owner("other", who="Somebody", type="canary-auto")
    state = str(state_directory(two, second))
    two.configure(bake_seconds=0, wait_seconds=60, lease={"running_seconds": 3})
    with Host(two.hosts[second].sshd.host()) as host:
        host.run(lease.acquire(state, other, seconds=600))
        with running(two, "deploy", "canary-manual", "--weight", "20%") as run:
            run.said("waiting for canary-auto by Somebody")
            taken_until = expires(state_directory(two, first)) or 0
            wait_until(lambda: (expires(state_directory(two, first)) or 0) > taken_until + 3, "the lease to be renewed")
            host.run(lease.release(state, "other"))
            assert run.end().code == 0
    assert both(two) == ["800:200"] * 2


def test_an_end_that_one_host_does_not_accept_is_told(two: Lab) -> None:
    first, second = in_the_order_of_the_fleet(two)
    name = two.hosts[second].sshd.host().name
    two.configure(steps=["70%"], bake_seconds=2, mattermost={})
    two.repository.commit()
    with mattermost(two) as told, running(two, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        with (state_directory(two, second) / "mutex").open("a") as mutex:
            while fcntl.flock(mutex, fcntl.LOCK_EX) or not stage_is_done(two, second, "shift-70"):
                fcntl.flock(mutex, fcntl.LOCK_UN)
                time.sleep(0.001)
            wait_until(lambda: remembered(two, first)["held_since"], "the other host to hold")
            (state_directory(two, second) / "lease").unlink()
        result = run.end()
        assert "What to do now" in told.last
    assert result.code == 4, result.text
    assert f"{name}: the deployment is held for a decision on {two.hosts[first].sshd.host().name}, but not here: " in (
        result.text
    )
    two.deploy("rollback")
    assert both(two) == ["999:1"] * 2


def test_who_has_lost_one_host_lets_go_of_the_other(two: Lab) -> None:
    first, second = in_the_order_of_the_fleet(two)
    two.configure(steps=["70%"], bake_seconds=60, lease={"running_seconds": 600})
    two.repository.commit()
    with running(two, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        (state_directory(two, second) / "lease").unlink()
        result = run.end()
    assert (result.code, "this run has lost the host" in result.text) == (3, True), result.text
    wait_until(lambda: split_of(remembered(two, first)) == "999:1, canary out", "the first host to go back by itself")
    two.deploy("rollback")
    assert both(two) == ["999:1, canary out"] * 2


@pytest.mark.parametrize("new", [0, 1])
def test_a_new_host_joins_by_stable_and_costs_the_others_nothing(make_lab: Callable[..., Lab], new: int) -> None:
    lab = make_lab(hosts=2)
    old = 1 - new
    everybody = lab.hosts
    lab.repository.commit()
    lab.configure(hosts=[everybody[old].sshd.host().model_dump(exclude_defaults=True)], steps=["70%"], bake_seconds=0)
    lab.deploy("stable")
    lab.repository.commit()
    lab.deploy("canary-auto")
    lab.configure(steps=["70%"], bake_seconds=0)
    refused = lab.pycanary("deploy", "canary-auto")
    assert "`pycanary deploy stable` brings every host to the same release" in refused.text
    third = lab.repository.commit()
    with flawless(lab, old) as users:
        lab.deploy("stable")
        assert users.all.releases() >= {third[:8]}
    for host in range(2):
        found = view(lab, host)
        assert (split_of(found), commits(found)) == ("999:1", {"stable": third[:8], "canary": third[:8]})
        assert set(pids(lab, "stable", host)) == {"frontend", "backend", "python"}
    with flawless(lab, new) as users:
        assert shares(users) == {third[:8]: 1.0}
