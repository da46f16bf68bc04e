"""A host that answers nothing any more and closes no connection: frozen, or behind a network that swallows all."""

from __future__ import annotations

from tests.engine.world import flawless, records, remembered, running, split, split_of
from tests.lab.lab import Lab
from tests.lab.machine import wait_until


def test_a_connection_that_freezes_in_a_bake_is_given_up_and_the_deployment_goes_on_over_a_new_one(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=12)
    with flawless(ready), running(ready, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        with ready.hosts[0].sshd.frozen():
            result = run.end()
    assert result.code == 0, result.text
    assert (split(ready), records(ready)[0]["outcome"]) == ("300:700", "held")


def test_a_host_whose_sshd_freezes_in_a_bake_puts_itself_right_and_the_run_learns_it(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=300, lease={"running_seconds": 3})
    with flawless(ready), running(ready, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        with ready.hosts[0].sshd.frozen(listener=True):
            wait_until(lambda: split_of(remembered(ready)).startswith("999:1"), "the watchdog", seconds=30)
        result = run.end()
    assert result.code == 3, result.text
    assert f"{ready.hosts[0].sshd.host().name}: " in result.text or "has lost the host" in result.text, result.text
    assert (split(ready).split(",")[0], records(ready)[0]["outcome"]) == ("999:1", "reverted")


def test_a_host_that_stays_frozen_is_given_up_and_named(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=300, lease={"running_seconds": 3}, health={"bake_failures": 1})
    with flawless(ready), running(ready, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        with ready.hosts[0].sshd.frozen(listener=True):
            result = run.end()
            assert result.code == 4, result.text
            assert f"{ready.hosts[0].sshd.host().name}: " in result.text
            wait_until(lambda: split_of(remembered(ready)).startswith("999:1"), "the watchdog", seconds=30)
