"""The deployer dies; nobody runs another command: the host puts itself right, and its users notice nothing."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.engine.world import pids, start_seconds
from tests.lab.lab import Lab
from tests.lab.machine import ROOT, wait_until
from tests.lab.users import Users

LEASE = {"running_seconds": 3, "between_seconds": 3}


@pytest.fixture
def lab(processes_lab: Lab) -> Lab:
    """A host with a stable release, whose lease runs out soon."""
    processes_lab.configure(lease=LEASE, bake_seconds=1)
    processes_lab.repository.commit("one")
    processes_lab.deploy("stable")
    return processes_lab


def state(lab: Lab) -> dict[str, Any]:
    path = Path(lab.hosts[0].inside) / "app/state/state.json"
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def in_progress_at(lab: Lab, canary: int) -> bool:
    now = state(lab)
    return not now["run"]["outcome"] and now["traffic"]["weights"]["frontend"]["canary"] == canary


def die(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def reverted(lab: Lab) -> bool:
    return bool(state(lab)["run"]["outcome"] == "reverted")


def killed_in_a_bake(lab: Lab) -> None:
    """A canary-auto whose deployer died at its first weights, and what the host made of it by itself."""
    lab.repository.commit("two")
    lab.configure(lease=LEASE, bake_seconds=60)
    deployer = lab.start("deploy", "canary-auto")
    wait_until(partial(in_progress_at, lab, 100), "the first weights", seconds=60)
    die(deployer)
    wait_until(partial(reverted, lab), "the watchdog", seconds=30)


def everybody_on(users: Users, slot: str) -> None:
    users.span()
    users.wait_for(users=20)
    assert set(users.span().users) == {slot}


def test_killed_in_a_bake_the_host_goes_back_to_stable_by_itself(lab: Lab) -> None:
    lab.repository.commit("two")
    lab.configure(lease=LEASE, bake_seconds=60)
    with lab.users() as users:
        deployer = lab.start("deploy", "canary-auto")
        wait_until(partial(in_progress_at, lab, 100), "the first weights", seconds=60)
        die(deployer)
        wait_until(partial(reverted, lab), "the watchdog", seconds=30)
        everybody_on(users, "stable")
    assert users.all.failures == []
    status = json.loads(lab.pycanary("status", "--json").stdout)[0]
    assert status["drift"] == []
    assert status["last_run"] == "reverted"
    assert status["lock"] == "free"


def test_what_it_did_is_in_the_history(lab: Lab) -> None:
    killed_in_a_bake(lab)
    newest = json.loads(lab.pycanary("history", "--json").stdout)[0]
    assert newest["outcome"] == "reverted"
    assert newest["rolled_back_to"] == "stable slot, weights 999:1, canary out"


def test_the_next_deployment_just_works(lab: Lab) -> None:
    killed_in_a_bake(lab)
    told = (
        "canary-auto reverted: its lease ran out: the deployer died, or its connection did; the host put itself right"
    )
    assert f"last     {told}" in lab.pycanary("status").text
    lab.configure(lease=LEASE, bake_seconds=1)
    lab.deploy("canary-auto")
    newest = json.loads(lab.pycanary("history", "--json").stdout)[0]
    assert newest["notes"] == [f"the deployment before, {told}, users back on stable slot, weights 999:1, canary out"]
    lab.deploy("promote-canary")


def test_killed_while_the_promoted_release_settles_users_stay_where_they_are_served(lab: Lab) -> None:
    lab.repository.commit("two")
    lab.deploy("canary-auto")
    lab.deploy("promote-canary")
    lab.repository.commit("three", behaviour={"*": {"listens_after_seconds": 3600}})
    promoted = state(lab)["slots"]["canary"]["commit"]["id"][:8]
    with lab.users() as users:
        deployer = lab.start("deploy", "canary-auto")
        wait_until(lambda: state(lab)["traffic"]["out"] == "stable", "the stable slot to be out", seconds=60)
        die(deployer)
        wait_until(partial(reverted, lab), "the watchdog", seconds=30)
        users.span()
        users.wait_for(users=20)
        seen = users.span()
    assert users.all.failures == []
    assert {release for _, _, release in seen.answers} == {promoted}


def refused(lab: Lab, times: int) -> bool:
    log = (Path(lab.hosts[0].inside) / "app/state/watchdog.log").read_text()
    return log.count("the slot to go back to is not healthy, so nobody was moved") >= times


def test_health_is_asked_for_as_canary_yml_says(processes_lab: Lab) -> None:
    lab = processes_lab
    services = start_seconds(lab, 20, answer_seconds=10, ready_log="ready on port")
    lab.configure(lease=LEASE, bake_seconds=1, services=services)
    lab.repository.commit("one")
    lab.deploy("stable")
    lab.repository.commit("two")
    lab.configure(lease=LEASE, bake_seconds=60, services=services)
    deployer = lab.start("deploy", "canary-auto")
    wait_until(partial(in_progress_at, lab, 100), "the first weights", seconds=60)
    die(deployer)
    lab.behave("frontend", "stable", health=302)
    lab.behave("backend", "stable", health="close")  # ready by its log
    lab.behave("python", "stable", health_seconds=3)
    wait_until(partial(refused, lab, 1), "a redirect to be no health", seconds=30)
    os.kill(pids(lab, "stable")["frontend"], signal.SIGKILL)
    wait_until(partial(refused, lab, 2), "who does not listen to be missed", seconds=30)
    os.kill(pids(lab, "canary")["frontend"], signal.SIGKILL)  # so it serves users in neither slot
    wait_until(partial(reverted, lab), "the watchdog", seconds=30)


def reboot(lab: Lab) -> None:
    """What a reboot does to a host whose services and NGINX come back: no process of ours, and another boot id."""
    subprocess.run(["pkill", "-9", "-f", f"{lab.hosts[0].inside}/app/state/watchdog.sh"], check=True)
    lease = Path(lab.hosts[0].inside) / "app/state/lease"
    lease.write_text(re.sub("boot=.*", "boot=of-another-day", lease.read_text()))


def at_boot(lab: Lab) -> list[str]:
    """The command of the unit in README.md, for this lab's host."""
    (command,) = re.findall(r"^ExecStart=(.*)$", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    return shlex.split(command.replace("/srv/shop", f"{lab.hosts[0].inside}/app"))


def test_after_a_reboot_the_unit_of_the_documentation_puts_the_host_right(lab: Lab) -> None:
    lab.repository.commit("two")
    lab.configure(lease={"running_seconds": 300, "between_seconds": 300}, bake_seconds=60)
    with lab.users() as users:
        deployer = lab.start("deploy", "canary-auto")
        wait_until(partial(in_progress_at, lab, 100), "the first weights", seconds=60)
        die(deployer)
        reboot(lab)
        subprocess.run(at_boot(lab), check=True, timeout=60)
        everybody_on(users, "stable")
    assert users.all.failures == []
    status = json.loads(lab.pycanary("status", "--json").stdout)[0]
    assert (status["drift"], status["last_run"], status["lock"]) == ([], "reverted", "free")


def watchdog_lives(lab: Lab) -> bool:
    script = f"{lab.hosts[0].inside}/app/state/watchdog.sh"
    return subprocess.run(["pgrep", "-f", script], capture_output=True, check=False).returncode == 0


def test_a_hold_needs_no_living_process(lab: Lab) -> None:
    lab.repository.commit("two")
    lab.configure(lease=LEASE, bake_seconds=60)
    deployer = lab.start("deploy", "canary-auto")
    wait_until(partial(in_progress_at, lab, 100), "the first weights", seconds=60)
    assert watchdog_lives(lab)
    die(deployer)
    wait_until(partial(reverted, lab), "the watchdog", seconds=30)
    lab.configure(lease=LEASE, bake_seconds=1)
    lab.deploy("canary-auto")
    wait_until(lambda: not watchdog_lives(lab), "the watchdog to end with its run")
    assert state(lab)["traffic"]["weights"]["frontend"]["canary"] == 700
