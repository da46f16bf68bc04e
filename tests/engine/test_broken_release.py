"""A release that does not start: its users stay where they are, it goes out, and people are told why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.world import (
    commits,
    flawless,
    mattermost,
    pids,
    records,
    remembered,
    shares,
    split_of,
    start_seconds,
    view,
)
from tests.lab.lab import Lab

BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "crashes at its start": ({"exits_with": 3}, {}, "backend in the canary slot: it is not running"),
    "never becomes healthy": ({"health": 503}, {"start_seconds": 5}, "/health answers 503"),
    "never answers": ({"health": "hang"}, {"start_seconds": 5, "answer_seconds": 1}, "no answer in time"),
    "writes a fatal line": (
        {"listens_after_seconds": 60, "fatal_log": "FATAL: no database"},
        {"fatal_log": "FATAL"},
        "its log says: backend",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_release_that_does_not_start_meets_no_user(ready: Lab, how: str) -> None:
    behaviour, keys, words = BROKEN[how]
    first = commits(remembered(ready))["stable"]
    stable = pids(ready, "stable")
    commit = ready.repository.commit(behaviour={"backend": behaviour})
    ready.configure(mattermost={}, services=start_seconds(ready, **{"seconds": 20, **_seconds(keys)}))
    with mattermost(ready) as told, flawless(ready) as users:
        result = ready.pycanary("deploy", "canary-auto")
        assert (result.code, words in result.stdout) == (3, True), result.text
        assert f"{commit[:8]} goes on running without users: `pycanary logs --slot canary`" in result.stdout
        found = view(ready)
        assert split_of(found) == "999:1, canary out"
        assert words in found["releases"]["canary"]["judged_bad"]
        assert shares(users) == {first: 1.0}
    assert users.all.releases() == {first}
    assert pids(ready, "stable") == stable
    assert {"frontend", "python"} <= set(pids(ready, "canary"))
    record = records(ready)[0]
    assert (record["outcome"], record["stages"][-1]["name"]) == ("failed", "health")
    assert words in record["reason"]
    assert record["rolled_back_to"].startswith("stable slot, release #")
    last = told.last
    assert last["title"] == f"{ready.app}: canary-auto failed"
    assert last["Failed stage"] == "`health`"
    assert first in last["Rolled back to"]


def _seconds(keys: dict[str, Any]) -> dict[str, Any]:
    return {("seconds" if name == "start_seconds" else name): value for name, value in keys.items()}


def test_a_ready_line_in_the_log_passes_where_the_endpoint_does_not_answer_and_is_said(ready: Lab) -> None:
    note = "in the canary slot is healthy by its log only; its endpoint does not answer"
    ready.repository.commit(behaviour={"backend": {"health": "close"}})
    ready.configure(
        mattermost={}, steps=["70%"], bake_seconds=1, services=start_seconds(ready, 20, ready_log="ready on")
    )
    with mattermost(ready) as told, flawless(ready):
        assert f"backend {note}" in ready.deploy("canary-auto").stdout
    record = records(ready)[0]
    assert record["outcome"] == "held"
    assert [note in each for each in record["notes"]] == [True]
    assert note in told.last["Notes"]


def test_a_build_that_fails_touches_no_slot(ready: Lab) -> None:
    before = remembered(ready)
    both = pids(ready, "stable"), pids(ready, "canary")
    ready.repository.commit()
    ready.configure(commands={"build": "echo half of it; echo no such module >&2; exit 7"})
    with flawless(ready):
        result = ready.pycanary("deploy", "canary-auto")
    assert result.code == 3
    assert "the build command failed with status 7" in result.stdout
    assert "no such module" in result.stdout
    after = view(ready)
    assert (split_of(after), after["releases"]) == (split_of(before), before["releases"])
    assert (pids(ready, "stable"), pids(ready, "canary")) == both
    assert [stage["name"] for stage in records(ready)[0]["stages"]] == ["checkout", "nginx", "environment", "build"]


def test_a_build_that_fails_in_a_hold_ends_the_hold(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=0)
    ready.deploy("canary-auto")
    ready.repository.commit()
    ready.configure(commands={"build": "false"}, steps=["70%"], bake_seconds=0)
    with flawless(ready):
        assert ready.pycanary("deploy", "canary-auto").code == 3
    found = view(ready)
    assert (split_of(found), found["held_since"]) == ("999:1", "")


@pytest.mark.parametrize(
    ("arguments", "changes", "words"),
    [
        (("--commit", "0123456789abcdef"), {}, "0123456789abcdef"),
        ((), {"git": {"branch": "nobody"}}, "nobody"),
    ],
)
def test_what_does_not_exist_cannot_be_deployed(
    ready: Lab, arguments: tuple[str, ...], changes: dict[str, Any], words: str
) -> None:
    before = remembered(ready)
    ready.configure(**changes)
    with flawless(ready):
        result = ready.pycanary("deploy", "canary-auto", *arguments)
    assert (result.code, words in result.stdout, "->" in result.stdout) == (3, True, True), result.text
    after = view(ready)
    assert (split_of(after), after["releases"]) == (split_of(before), before["releases"])


def test_missing_environment_values_are_named_before_a_host_is_asked(ready: Lab) -> None:
    before = records(ready)
    ready.configure(environment={"DATABASE_PASSWORD": {}, "API_KEY": {}, "NOT_NEEDED": {"required": False}})
    result = ready.pycanary("deploy", "canary-auto", API_KEY="")
    assert result.code == 2
    assert all(name in result.text for name in ("DATABASE_PASSWORD", "API_KEY"))
    assert "NOT_NEEDED" not in result.text
    assert records(ready) == before
