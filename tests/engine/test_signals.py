"""A run that is told to stop: one rollback, code 3, and no user notices."""

from __future__ import annotations

import signal

import pytest

from tests.engine.world import commits, flawless, pids, records, remembered, running, shares, split_of, view
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
