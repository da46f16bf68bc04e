"""`rollback` while a deployment is in progress: it does not wait, and the other run touches nothing any more."""

from __future__ import annotations

import pytest

from tests.engine.world import commits, flawless, pids, records, remembered, running, shares, split_of, view
from tests.lab.lab import Lab

IN_STAGE = ("checkout", "nginx", "build", "start", "health", "shift-10", "shift-70")


@pytest.mark.parametrize("stage", IN_STAGE)
def test_a_rollback_takes_over_in_any_stage(ready: Lab, stage: str) -> None:
    first = commits(remembered(ready))["stable"]
    stable = pids(ready, "stable")
    ready.repository.commit(behaviour={"backend": {"listens_after_seconds": 3}} if stage == "health" else None)
    ready.configure(steps=["10%"], bake_seconds=60, wait_seconds=600, commands={"build": "sleep 3"})
    if stage == "shift-70":
        ready.configure(steps=["70%"], bake_seconds=60, wait_seconds=600)
    with flawless(ready) as users, running(ready, "deploy", "canary-auto") as run:
        run.said(f"stage {stage}: ")
        said = ready.deploy("rollback", "--reason", "now").stdout
        assert "waiting for" not in said
        assert "taken over from canary-auto by Dev Eloper" in said
        result = run.end()
        assert result.code == 3
        assert "taken over by rollback" in result.text, result.text
        assert "rolled back:" not in result.text
        found = view(ready)
        assert split_of(found).startswith("999:1")
        assert (found["lock"], found["last_run"]) == ("free", "done")
        assert shares(users)[first] > 0.9
    assert pids(ready, "stable") == stable
    assert [record["outcome"] for record in records(ready)[:2]] == ["done", "taken over"]
    assert [record["plan"]["request"]["type"] for record in records(ready)[:2]] == ["rollback", "canary-auto"]
