"""`canary-manual`: weights that a person chose, for all services or for each."""

from __future__ import annotations

import pytest

from tests.engine.world import commits, flawless, pids, remembered, shares, split, split_of, view
from tests.lab.lab import Lab


def test_weights_change_without_anything_being_built_or_restarted(ready: Lab) -> None:
    second = ready.repository.commit()
    ready.configure(bake_seconds=0)
    with flawless(ready) as users:
        ready.deploy("canary-manual", "--weight", "25%")
        found = view(ready)
        assert (split_of(found), commits(found)["canary"]) == ("750:250", second[:8])
        assert found["held_since"]
        both = pids(ready, "stable"), pids(ready, "canary")
        said = ready.deploy("canary-manual", "--weight", "90%").stdout
        assert "was built already" in said
        assert "runs in the canary slot already" in said
        assert shares(users)[second[:8]] > 0.5
        ready.deploy("canary-manual", "--weight", "25%", "--weight", "backend=5%")
    assert split(ready) == "frontend 750:250, backend 950:50, python 750:250"
    assert (pids(ready, "stable"), pids(ready, "canary")) == both


def test_a_promoted_release_is_what_a_further_weight_is_about(ready: Lab) -> None:
    second = ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=0)
    with flawless(ready):
        ready.deploy("canary-auto")
        ready.deploy("promote-canary")
        both = pids(ready, "stable"), pids(ready, "canary")
        ready.deploy("canary-manual", "--weight", "50%")
        found = view(ready)
    assert (split_of(found), commits(found)["canary"]) == ("500:500", second[:8])
    assert (pids(ready, "stable"), pids(ready, "canary")) == both


def test_a_newer_commit_is_settled_first_after_a_promotion(ready: Lab) -> None:
    second = ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=0)
    with flawless(ready):
        ready.deploy("canary-auto")
        ready.deploy("promote-canary")
        third = ready.repository.commit()
        ready.deploy("canary-manual", "--weight", "50%")
        found = view(ready)
    assert (split_of(found), commits(found)) == ("500:500", {"stable": second[:8], "canary": third[:8]})


@pytest.mark.parametrize("decision", ["promote-canary", "canary-auto"])
def test_a_canary_that_is_held_with_nearly_everything_is_not_promoted_yet(ready: Lab, decision: str) -> None:
    second = ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=0)
    first, stable = commits(remembered(ready))["stable"], pids(ready, "stable")
    with flawless(ready):
        ready.deploy("canary-manual", "--weight", "99.9%")
        third = second if decision == "promote-canary" else ready.repository.commit()
        ready.deploy(decision)
    found = view(ready)
    assert commits(found) == {"stable": first, "canary": third[:8]}
    assert (pids(ready, "stable"), bool(found["held_since"])) == (stable, decision == "canary-auto")
    assert split_of(found) == ("1:999" if decision == "promote-canary" else "300:700")


@pytest.mark.parametrize("weight", ["0%", "100%", "-1%", "12.34%", "abc", "nobody=5%"])
def test_a_weight_that_cannot_be_is_refused_before_anything_is_touched(ready: Lab, weight: str) -> None:
    result = ready.pycanary("deploy", "canary-manual", "--weight", weight)
    assert result.code == 2, result.text
    assert "error:" in result.text
