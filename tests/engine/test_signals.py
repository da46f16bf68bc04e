"""A run that is told to stop: one rollback, code 3, and no user notices."""

from __future__ import annotations

import os
import pty
import signal

import pytest

from tests.engine.world import (
    commits,
    flawless,
    pids,
    records,
    remembered,
    running,
    shares,
    split_of,
    state_directory,
    view,
)
from tests.lab.lab import Lab

IN_STAGE = ("checkout", "nginx", "environment", "build", "start", "health", "shift-10", "shift-70")


@pytest.mark.parametrize("stage", IN_STAGE)
def test_a_signal_in_any_stage_brings_users_back_once(ready: Lab, stage: str) -> None:
    first = commits(remembered(ready))["stable"]
    stable = pids(ready, "stable")
    ready.repository.commit()
    ready.configure(bake_seconds=30, commands={"build": "sleep 0.5"})
    if stage == "shift-70":
        ready.configure(steps=["0.1%", "70%"], bake_seconds=1)
    number = signal.SIGINT if stage in ("checkout", "health") else signal.SIGTERM
    with flawless(ready) as users:
        with running(ready, "deploy", "canary-auto") as run:
            run.said(f"stage {stage}: ").send(number)
            run.said("ERROR").send(signal.SIGTERM)
            run.send(signal.SIGINT)
            result = run.end()
        assert result.code == 3, result.text
        assert result.stdout.count("rolled back: ") == 1
        found = view(ready)
        assert split_of(found).startswith("999:1")
        assert found["lock"] == "free"
        assert shares(users)[first] > 0.9
    assert pids(ready, "stable") == stable
    record = records(ready)[0]
    assert (record["outcome"], record["reason"]) == ("aborted", f"stopped by {number.name}")
    assert record["stages"][-1]["name"] == stage


def test_a_healthy_canary_stays_in_with_the_least_share_after_an_abort(ready: Lab) -> None:
    second = ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=30)
    with flawless(ready), running(ready, "deploy", "canary-auto") as run:
        run.said("300:700 are served").send(signal.SIGTERM)
        assert run.end().code == 3
    found = view(ready)
    assert (split_of(found), commits(found)["canary"]) == ("999:1", second[:8])
    assert not found["releases"]["canary"]["judged_bad"]


@pytest.mark.parametrize("hung_up", [True, False])
def test_a_terminal_that_is_closed_in_a_bake_takes_nothing_with_it(ready: Lab, hung_up: bool) -> None:
    ready.repository.commit()
    ready.configure(steps=["10%"], bake_seconds=60 if hung_up else 2)
    window, terminal = pty.openpty()
    with flawless(ready), ready.start("deploy", "canary-auto", terminal=terminal, TERM="xterm") as process:
        os.close(terminal)
        shown = b""
        while b"watching" not in shown.partition(b"900:100 are served")[2]:
            shown += os.read(window, 4096)
        os.close(window)
        if hung_up:
            process.send_signal(signal.SIGHUP)
        assert process.wait(60) == (3 if hung_up else 0)
    found = view(ready)
    assert (split_of(found), found["lock"]) == ("999:1" if hung_up else "900:100", "free")
    record = records(ready)[0]
    assert (record["outcome"], record["reason"]) == (("aborted", "stopped by SIGHUP") if hung_up else ("held", ""))


def stopped_in(lab: Lab, command: str, stage: str, number: signal.Signals) -> None:
    with flawless(lab), running(lab, "deploy", command) as run:
        run.said(f"stage {stage}: ").send(number)
        run.said("ERROR").send(signal.SIGTERM)
        result = run.end()
    assert result.code == 3, result.text
    assert result.stdout.count("rolled back: ") == 1
    assert view(lab)["lock"] == "free"


def test_a_signal_while_the_promoted_release_settles_leaves_users_where_they_are(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    second = ready.repository.commit()
    ready.deploy("canary-auto")
    ready.deploy("promote-canary")
    ready.repository.commit()
    canary = pids(ready, "canary")
    stopped_in(ready, "canary-auto", "settle", signal.SIGHUP)
    found = view(ready)
    assert (found["traffic"]["weights"]["frontend"]["canary"], commits(found)["canary"]) == (999, second[:8])
    assert pids(ready, "canary") == canary
    ready.configure(bake_seconds=0)
    ready.deploy("stable")


def test_a_signal_on_the_bridge_leaves_users_on_the_slot_that_served(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(bake_seconds=30)
    first, stable = commits(remembered(ready))["stable"], pids(ready, "stable")
    stopped_in(ready, "stable", "bridge", signal.SIGINT)
    found = view(ready)
    assert (split_of(found).startswith("999:1"), commits(found)["stable"]) == (True, first)
    assert pids(ready, "stable") == stable


def test_a_signal_while_waiting_for_the_lock_touches_nothing(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["10%"], bake_seconds=300, wait_seconds=300)
    with running(ready, "deploy", "canary-auto") as one:
        one.said("900:100 are served")
        with running(ready, "deploy", "stable") as two:
            two.said("waiting for canary-auto").send(signal.SIGTERM)
            result = two.end()
        assert (result.code, "stopped by SIGTERM" in result.text) == (3, True), result.text
        assert view(ready)["lock"].startswith("canary-auto")
        assert split_of(view(ready)) == "900:100"
        ready.deploy("rollback")
        assert one.end().code == 3
    assert not list((state_directory(ready) / "queue").iterdir())
