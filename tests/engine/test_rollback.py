"""`rollback`: from a hold, after a promotion, and where there is nothing to go back to."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable

from tests.engine.world import commits, flawless, pids, records, remembered, shares, split, split_of, view
from tests.lab.lab import Lab
from tests.lab.machine import wait_until


def test_from_a_hold_a_healthy_canary_keeps_its_least_share(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    first = commits(remembered(ready))["stable"]
    ready.repository.commit()
    ready.deploy("canary-auto")
    both = pids(ready, "stable"), pids(ready, "canary")
    with flawless(ready) as users:
        ready.deploy("rollback", "--reason", "slow")
        found = view(ready)
        assert split_of(found) == "999:1"
        assert not found["held_since"]
        assert shares(users)[first] > 0.9
        ready.deploy("rollback", "--out")
        assert split(ready) == "999:1, canary out"
        assert shares(users) == {first: 1.0}
    assert (pids(ready, "stable"), pids(ready, "canary")) == both
    assert [record["outcome"] for record in records(ready)[:2]] == ["done", "done"]
    assert json.loads(ready.pycanary("history", "--json").stdout) == records(ready)


def test_after_a_promotion_the_old_stable_serves_again(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    first = commits(remembered(ready))["stable"]
    ready.repository.commit()
    ready.deploy("canary-auto")
    ready.deploy("promote-canary")
    both = pids(ready, "stable"), pids(ready, "canary")
    with flawless(ready) as users:
        said = ready.deploy("rollback").stdout
        assert re.findall(r" stage (.*)", said) == ["shift: 999:1 (stable:canary), verify"]
        assert split(ready) == "999:1"
        assert shares(users)[first] > 0.9
    assert (pids(ready, "stable"), pids(ready, "canary")) == both


def test_nobody_is_moved_to_a_stable_slot_that_does_not_run(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    second = ready.repository.commit()
    with flawless(ready) as users:
        ready.deploy("canary-auto")
        ready.deploy("promote-canary")
        os.kill(pids(ready, "stable")["python"], signal.SIGKILL)
        wait_until(lambda: "python" not in pids(ready, "stable"), "a service of the stable slot to end")
        for command in (("rollback",), ("rollback", "--out"), ("canary-manual", "--weight", "30%")):
            result = ready.pycanary("deploy", *command)
            assert result.code == (4 if "rollback" in command else 3), result.text
            assert "python" in result.stderr + result.stdout
            assert "users are where they were: 1:999" in result.text or "rolled back: canary slot" in result.text
            assert split(ready) == "1:999"
        assert shares(users)[second[:8]] > 0.9


def test_an_empty_host_has_nothing_to_roll_back_to(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    result = lab.pycanary("deploy", "rollback")
    assert result.code == 4
    assert "there is nothing to roll back to: the stable slot has no release" in result.text
    assert "`pycanary deploy stable --release N`" in result.text
