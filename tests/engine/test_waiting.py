"""One deployment at a time: who waits, who is refused, who is superseded, and how a lock is freed."""

from __future__ import annotations

import signal
from contextlib import ExitStack

import pytest

from tests.engine.world import (
    commits,
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
from tests.lab.machine import wait_until


def test_the_second_waits_its_turn_and_then_works(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(bake_seconds=300, wait_seconds=300)
    with flawless(ready), running(ready, "deploy", "canary-manual", "--weight", "10%") as one:
        one.said("900:100 are served")
        ready.configure(bake_seconds=0, wait_seconds=300)
        with running(ready, "deploy", "canary-manual", "--weight", "20%", PYCANARY_WHO="Second") as two:
            two.said("waiting for canary-manual by Dev Eloper on ")
            one.send(signal.SIGTERM)
            assert (one.end().code, two.end().code) == (3, 0)
    assert split(ready) == "800:200"


def test_where_nobody_waits_the_refusal_says_who_since_when_and_what_frees_it(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["10%"], bake_seconds=300)
    with running(ready, "deploy", "canary-auto", PYCANARY_WHO="Zoë") as one:
        one.said("900:100 are served")
        result = ready.pycanary("deploy", "canary-auto")
        assert result.code == 5
        assert "locked:" in result.stderr
        assert "another deployment has this host: canary-auto by Zoë on " in result.stderr
        assert " since 20" in result.stderr
        assert "`pycanary unlock`" in result.stderr
        assert view(ready)["lock"].startswith("canary-auto by Zoë")
        ready.deploy("rollback")
        assert one.end().code == 3


def test_of_several_that_wait_only_the_newest_commit_is_deployed(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["10%"], bake_seconds=300, wait_seconds=300)
    # A checkout beside canary.yml tells when a commit was made.
    if not (ready.directory / ".git").exists():
        ready.repository.git("init", "-q", where=ready.directory)
    ready.repository.git("fetch", "-q", str(ready.repository.bare), "develop", where=ready.directory)
    with ExitStack() as stack, running(ready, "deploy", "canary-auto") as one:
        one.said("900:100 are served")
        old, middle = ready.repository.commit(), ready.repository.commit()
        newest = ready.repository.commit()
        ready.repository.git("fetch", "-q", str(ready.repository.bare), "develop", where=ready.directory)
        ready.configure(steps=["10%"], bake_seconds=0, wait_seconds=300)
        with running(ready, "deploy", "canary-auto", "--commit", old) as a:
            a.said("waiting for canary-auto")
            b = stack.enter_context(running(ready, "deploy", "canary-auto", "--commit", newest))
            b.said("waiting for canary-auto")
            with running(ready, "deploy", "canary-auto", "--commit", middle) as c:
                skipped = a.end(), c.end()
                one.send(signal.SIGTERM)
                assert (one.end().code, b.end().code) == (3, 0)
    assert [(result.code, "superseded by run" in result.text) for result in skipped] == [(6, True)] * 2
    assert commits(view(ready))["canary"] == newest[:8]


def test_unlock_stops_a_living_run_and_puts_the_host_back(ready: Lab) -> None:
    before = commits(remembered(ready))["stable"]
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=300)
    with flawless(ready), running(ready, "deploy", "canary-auto") as one:
        one.said("300:700 are served")
        said = ready.pycanary("unlock", "--yes")
        assert (said.code, "unlocked" in said.stdout) == (0, True), said.text
        assert one.end().code == 3
        found = view(ready)
        assert (split_of(found), found["lock"]) == ("999:1, canary out", "free"), said.text
        assert commits(found)["stable"] == before
    assert ready.pycanary("unlock", "--yes").code == 6


@pytest.mark.parametrize("following", ["canary-auto", "stable"])
def test_the_command_after_a_dead_run_first_puts_the_host_right(ready: Lab, following: str) -> None:
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=300, lease={"running_seconds": 3}, wait_seconds=60)
    stable = pids(ready, "stable")
    with flawless(ready):
        with running(ready, "deploy", "canary-auto") as one:
            one.said("300:700 are served").kill()
        wait_until(lambda: not (state_directory(ready) / "lease").exists(), "the host to put itself right")
        assert split(ready) == "999:1, canary out"
        assert pids(ready, "stable") == stable
        ready.configure(steps=["70%"], bake_seconds=0)
        ready.deploy(following)
    assert [record["outcome"] for record in records(ready)[1:2]] == ["reverted"]
