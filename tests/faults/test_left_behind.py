"""What an unlucky run leaves behind: who goes on putting it right, and what nobody may undo."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pycanary.host import lease
from pycanary.host.connection import Host
from tests.engine.world import (
    Running,
    flawless,
    pids,
    records,
    remembered,
    running,
    split,
    split_of,
    state_directory,
    view,
)
from tests.lab.lab import Lab
from tests.lab.lease import expires, uptime, watchdog_pid
from tests.lab.machine import alive, command_line, descendants, wait_until

LEASE = {"running_seconds": 3, "between_seconds": 3}


@pytest.fixture
def held(fresh: Lab) -> Lab:
    """A held canary, and a lease that runs out soon."""
    fresh.configure(steps=["70%"], bake_seconds=0, lease=LEASE)
    fresh.repository.commit()
    fresh.deploy("canary-auto")
    return fresh


def at_rest(lab: Lab, host: int = 0) -> bool:
    state = state_directory(lab, host)
    return expires(state) is None and not watchdog_pid(state)


def kill_service(lab: Lab, slot: str, service: str) -> None:
    os.kill(pids(lab, slot)[service], signal.SIGKILL)
    wait_until(lambda: service not in pids(lab, slot), "the service to end")


@contextmanager
def baking_without_stable(lab: Lab) -> Iterator[Running]:
    """A canary-auto that watches 300:700 while a service of the stable slot is down; no user may notice."""
    lab.repository.commit()
    lab.configure(steps=["70%"], bake_seconds=60, lease=LEASE)
    with flawless(lab), running(lab, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        kill_service(lab, "stable", "python")
        yield run


def start_again(lab: Lab, slot: str, service: str) -> None:
    """What a person does on the host."""
    inside = lab.hosts[0].inside
    values = {
        "SERVICES": " ".join(f"{name}={ports.stable},{ports.canary}" for name, ports in lab.services.items()),
        "RUN_DIRECTORY": str(inside / "run"),
        "SLOT": slot,
        "SERVICE": service,
        "PORT": str(lab.port(service, slot)),
        "COMMIT": remembered(lab)["releases"][slot]["commit"]["id"],
    }
    command = ["./service.sh", "start"]
    subprocess.run(command, check=True, cwd=inside / "app" / slot, env={**os.environ, **values})
    wait_until(lambda: lab.answers(service, slot), "the service to answer")


def test_a_promotion_that_dies_goes_back_to_the_hold(held: Lab) -> None:
    since = remembered(held)["held_since"]
    held.configure(bake_seconds=60, lease=LEASE)
    with flawless(held):
        with running(held, "deploy", "promote-canary") as run:
            run.said("1:999 are served").kill()
        wait_until(lambda: at_rest(held), "the host to put itself right", 30)
    found = view(held)
    assert (split_of(found), found["held_since"], found["last_run"]) == ("300:700", since, "reverted")


def test_what_a_failing_run_has_brought_back_stays_when_it_dies(held: Lab) -> None:
    held.configure(bake_seconds=60, lease=LEASE)
    with running(held, "deploy", "canary-manual", "--weight", "50%") as run:
        run.said("500:500 are served")
        kill_service(held, "stable", "python")  # so that the run waits for it before its end
        kill_service(held, "canary", "frontend")
        run.said("300:700, canary out are served")
        script = state_directory(held) / "watchdog.sh"
        wait_until(lambda: '"out": "canary"' in script.read_text(), "it to be written down")
        start_again(held, "stable", "python")  # the watchdog could go back now
        run.kill()
        wait_until(lambda: at_rest(held), "the host to come to rest", 30)
    assert split_of(remembered(held)) == "300:700, canary out"
    assert held.pycanary("deploy", "promote-canary").code == 2


def test_a_rollback_that_dies_is_not_undone_by_the_run_that_it_stopped(held: Lab) -> None:
    held.configure(bake_seconds=60, lease=LEASE)
    with running(held, "deploy", "promote-canary") as run:
        run.said("1:999 are served")
        held.behave("frontend", "stable", health=503)  # so that the rollback waits for it before its end
        with running(held, "deploy", "rollback") as rollback:
            rollback.said("999:1 are served").kill()
        assert run.end().code == 3
    held.behave("frontend", "stable", health="ok")
    wait_until(lambda: not watchdog_pid(state_directory(held)), "the watchdog to end")
    found = view(held)
    assert (split_of(found), found["held_since"]) == ("999:1", "")


def test_a_rollback_that_can_move_nobody_leaves_the_rest_to_the_host(fresh: Lab) -> None:
    with baking_without_stable(fresh) as run:
        result = fresh.pycanary("deploy", "rollback")
        assert (result.code, "nobody can be moved to the stable slot" in result.text) == (4, True), result.text
        assert "users are where they were: 300:700" in result.text
        assert run.end().code == 3
        start_again(fresh, "stable", "python")
        wait_until(lambda: at_rest(fresh), "the host to put itself right", 30)
    assert split(fresh) == "999:1, canary out"


def test_what_a_dead_run_still_does_ends_with_its_lease(fresh: Lab) -> None:
    fresh.repository.commit()
    late = fresh.directory / "late"
    fresh.configure(commands={"build": f"sleep 8; touch {late}"}, lease=LEASE)
    with running(fresh, "deploy", "canary-auto") as run:
        run.said("stage build: ")
        wait_until(lambda: list((state_directory(fresh) / "working").glob("*")), "the build to begin")
        begun = time.monotonic()
        run.kill()
    fresh.configure(steps=["70%"], bake_seconds=0, wait_seconds=20)
    fresh.deploy("canary-auto")
    wait_until(lambda: time.monotonic() > begun + 9, "the command that was cut short to have ended", 10)
    assert not late.exists()


def test_a_signal_to_whoever_puts_a_dead_run_right_is_only_an_abort(held: Lab) -> None:
    held.configure(bake_seconds=60, lease=LEASE)
    with running(held, "deploy", "promote-canary") as run:
        run.said("1:999 are served")
        held.behave("frontend", "stable", health=503)  # so that the watchdog waits
        run.kill()
    held.configure(bake_seconds=0, wait_seconds=20)
    with running(held, "deploy", "canary-manual", "--weight", "20%") as run:
        run.said("the host is put right first").send(signal.SIGTERM)
        result = run.end()
    assert (result.code, "cannot be put right" in result.text) == (3, False), result.text


@pytest.mark.parametrize("when", ["before it moves anybody", "after"])
def test_a_rollback_that_is_stopped_says_where_users_are(held: Lab, when: str) -> None:
    if when == "after":
        held.behave("frontend", "stable", health=503)  # so that it waits for it
    with running(held, "deploy", "rollback") as run:
        run.said("stage shift" if when != "after" else "999:1 are served").send(signal.SIGTERM)
        held.behave("frontend", "stable", health="ok")
        result = run.end()
    assert result.code == 3, result.text
    assert f"weights {split(held)}" in records(held)[0]["rolled_back_to"]


def test_a_rollback_to_a_slot_that_stays_ill_says_so(held: Lab) -> None:
    held.behave("frontend", "stable", health=503)
    result = held.pycanary("deploy", "rollback")
    assert result.code == 4, result.text
    assert "the stable slot, which all users are on now, is not healthy" in result.text
    assert (split(held), records(held)[0]["outcome"]) == ("999:1", "person-needed")


@pytest.mark.parametrize("command", [("deploy", "canary-auto"), ("unlock", "--yes")], ids=lambda command: command[0])
def test_nobody_is_brought_back_to_a_slot_that_does_not_run_until_it_does(fresh: Lab, command: tuple[str, ...]) -> None:
    with baking_without_stable(fresh) as run:
        run.kill()
        fresh.configure(steps=["70%"], bake_seconds=0, lease=LEASE, wait_seconds=20)
        result = fresh.pycanary(*command)
        assert result.code == 4, result.text
        assert "nobody can be moved to the stable slot: nothing listens on the ports of python" in result.text
        assert split_of(remembered(fresh)) == "300:700"
        start_again(fresh, "stable", "python")
        wait_until(lambda: at_rest(fresh), "the host to put itself right", 30)
    found = view(fresh)
    assert (split_of(found), found["last_run"]) == ("999:1, canary out", "reverted")


def test_an_abort_moves_nobody_to_a_slot_that_does_not_run_and_the_host_does_it_later(fresh: Lab) -> None:
    with baking_without_stable(fresh) as run:
        run.send(signal.SIGTERM)
        result = run.end()
        assert (result.code, "nobody can be moved to the stable slot" in result.text) == (4, True), result.text
        assert split_of(remembered(fresh)) == "300:700"
        start_again(fresh, "stable", "python")
        wait_until(lambda: at_rest(fresh), "the host to put itself right", 30)
    assert split(fresh).startswith("999:1")
    assert "the host put itself right later" in records(fresh)[0]["reason"]


def test_the_watchdog_leaves_alone_what_somebody_took_while_it_asked_for_health(fresh: Lab) -> None:
    fresh.repository.commit()
    fresh.configure(steps=["70%"], bake_seconds=60, lease=LEASE)
    state = state_directory(fresh)
    with running(fresh, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        fresh.behave("frontend", "stable", health="hang")
        run.kill()
    pid = watchdog_pid(state)
    assert pid
    wait_until(lambda: "watchdog.sh revert" in command_line(pid), "the watchdog to act")
    with Host(fresh.hosts[0].sshd.host()) as host:
        other = lease.Owner("29991231T000000-other", who="Somebody", type="canary-auto")
        assert lease.parse_answer(host.run(lease.acquire(str(state), other, seconds=60))).word == "took-over"
        fresh.behave("frontend", "stable", health="ok")
        wait_until(lambda: "watchdog.sh revert" not in command_line(pid) or slept(pid), "the watchdog to look")
        assert split_of(remembered(fresh)) == "300:700"
        assert lease.parse_answer(host.run(lease.look(str(state)))).other.run_id == other.run_id
        host.run(lease.release(str(state), other.run_id))
    wait_until(lambda: at_rest(fresh), "the host to put itself right", 30)
    assert split(fresh) == "999:1, canary out"


def test_the_watchdog_does_not_undo_a_rollback_that_died_while_it_asked_for_health(fresh: Lab) -> None:
    fresh.repository.commit()
    fresh.configure(steps=["70%"], bake_seconds=60, lease=LEASE)
    with running(fresh, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        fresh.behave("frontend", "stable", health="hang")
        run.kill()
    pid = watchdog_pid(state_directory(fresh))
    assert pid
    wait_until(lambda: "watchdog.sh revert" in command_line(pid), "the watchdog to act")
    os.kill(pid, signal.SIGSTOP)
    with running(fresh, "deploy", "rollback") as rollback:
        rollback.said("999:1 are served").kill()
    wait_until(lambda: (expires(state_directory(fresh)) or 0) < uptime(), "its lease to run out")
    fresh.behave("frontend", "stable", health="ok")
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: not alive(pid), "the watchdog to end", 30)
    assert split_of(remembered(fresh)) == "999:1"


def slept(pid: int) -> bool:
    """Whether that shell waits before its next attempt."""
    return any(command_line(child).startswith("sleep ") for child in descendants(pid))
