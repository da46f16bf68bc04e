"""A release that breaks while users are on it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.world import commits, flawless, mattermost, pids, records, running, shares, split_of, view
from tests.lab.lab import Lab


@pytest.mark.parametrize(
    ("step", "how", "words"),
    [
        ("900:100", {"crash_after_seconds": 0.1}, "it is not running"),
        ("600:400", {"health": 503}, "/health answers 503"),
        ("300:700", {"crash_after_seconds": 0.1}, "it is not running"),
    ],
)
def test_a_release_that_falls_ill_in_a_bake_goes_out(ready: Lab, step: str, how: dict[str, Any], words: str) -> None:
    first = commits(view(ready))["stable"]
    second = ready.repository.commit()
    ready.configure(mattermost={}, bake_seconds=2, health={"bake_failures": 1})
    with mattermost(ready) as told, flawless(ready, visit=1) as users:
        with running(ready, "deploy", "canary-auto") as run:
            run.said(f"weights {step} are served")
            ready.behave("backend", "canary", **how)
            result = run.end()
        assert (result.code, words in result.stdout) == (3, True), result.text
        found = view(ready)
        assert (split_of(found), commits(found)) == ("999:1, canary out", {"stable": first, "canary": second[:8]})
        assert shares(users) == {first: 1.0}
    assert set(pids(ready, "canary")) >= {"frontend", "python"}
    record = records(ready)[0]
    assert record["outcome"] == "failed"
    assert record["stages"][-1]["name"] == f"shift-{step.split(':')[1].rstrip('0')}0"
    assert "Rolled back to" in told.last


def test_errors_of_the_canary_are_hidden_from_users_who_only_read(ready: Lab) -> None:
    ready.repository.commit(behaviour={"*": {"error_rate": 0.5}})
    ready.configure(steps=["70%"], bake_seconds=2)
    with flawless(ready, visit=2):
        ready.deploy("canary-auto")
    assert view(ready)["held_since"]
