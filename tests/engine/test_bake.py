"""A release that breaks while users are on it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pycanary.model.weights import Weights
from tests.engine.world import commits, flawless, mattermost, pids, records, remembered, running, shares, split_of, view
from tests.lab.lab import Lab


@pytest.mark.parametrize(
    ("share", "how", "words"),
    [
        ("10%", {"crash_after_seconds": 0.1}, "it is not running"),
        ("40%", {"health": 503}, "/health answers 503"),
        ("70%", {"crash_after_seconds": 0.1}, "it is not running"),
    ],
)
def test_a_release_that_falls_ill_in_a_bake_goes_out(ready: Lab, share: str, how: dict[str, Any], words: str) -> None:
    first = commits(remembered(ready))["stable"]
    second = ready.repository.commit()
    ready.configure(mattermost={}, steps=[share], bake_seconds=30, health={"bake_failures": 2})
    with mattermost(ready) as told, flawless(ready, visit=1) as users:
        with running(ready, "deploy", "canary-auto") as run:
            run.said(f"weights {Weights.parse(share)} are served")
            ready.behave("backend", "canary", **how)
            result = run.end()
        assert (result.code, words in result.stdout) == (3, True), result.text
        found = view(ready)
        assert (split_of(found), commits(found)) == ("999:1, canary out", {"stable": first, "canary": second[:8]})
        assert shares(users) == {first: 1.0}
    assert set(pids(ready, "canary")) >= {"frontend", "python"}
    record = records(ready)[0]
    assert record["outcome"] == "failed"
    assert record["stages"][-1]["name"] == f"shift-{share.rstrip('%')}"
    assert "Rolled back to" in told.last


def test_a_release_that_is_ill_when_the_bake_is_over_is_not_passed(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["40%"], bake_seconds=2, health={"bake_failures": 5})
    with flawless(ready, visit=1), running(ready, "deploy", "canary-auto") as run:
        run.said("weights 600:400 are served")
        ready.behave("backend", "canary", health=503)
        result = run.end()
    assert (result.code, "/health answers 503" in result.stdout) == (3, True), result.text
    assert split_of(view(ready)) == "999:1, canary out"


def test_a_look_that_was_not_good_is_told_with_the_hold(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["40%"], bake_seconds=4, health={"bake_failures": 5})
    with running(ready, "deploy", "canary-auto") as run:
        run.said("weights 600:400 are served")
        ready.behave("backend", "canary", health=503)
        time.sleep(1.5)  # so that a look, one a second, has come
        ready.behave("backend", "canary", health=200)
        result = run.end()
    assert result.code == 0, result.text
    assert "looks were not good, the last: backend in the canary slot on " in records(ready)[0]["notes"][0]


def test_errors_of_the_canary_are_hidden_from_users_who_only_read(ready: Lab) -> None:
    ready.repository.commit(behaviour={"*": {"error_rate": 0.5}})
    ready.configure(steps=["70%"], bake_seconds=2)
    with ready.users(pause_seconds=0.1, visit=2) as users:
        ready.deploy("canary-auto")
    assert view(ready)["held_since"]
    assert users.all.of_kind("visit") > 50
    # Hashed files of the canary's build are nowhere else.
    assert [failure for failure in users.all.failures if "/_next/static/" not in failure.request] == []
