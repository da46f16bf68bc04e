"""The health of real containers: waiting as long as start-up needs, failing as soon as waiting is of no use."""

from __future__ import annotations

import pytest

from pycanary.errors import StageFailed
from pycanary.health.judge import Failed, Healthy, Waiting, judge
from pycanary.health.observe import Observation, observe, parse_observations
from pycanary.health.wait import HealthResult, wait_healthy
from pycanary.model.slot import Slot
from tests.component.stack import SERVE, Stack, eventually
from tests.lab.containers import docker

SLOW = f"sleep 3; {SERVE}"
HANGS = "exec nc -ll -p 8000 -e sleep 1000"


def answering(status: str) -> str:
    """A server whose /cgi-bin/health answers that."""
    cgi = f'#!/bin/sh\\necho \\"Status: {status}\\"; echo; echo'
    script = "www/cgi-bin/health"
    return f'mkdir -p www/cgi-bin; echo -e "{cgi}" >{script}; chmod +x {script}; exec httpd -f -p 8000 -h www'


def wait(stack: Stack) -> tuple[HealthResult, ...]:
    return wait_healthy(stack.host.run, stack.config, Slot.CANARY, lambda text: None)


def fails(stack: Stack, *words: str) -> str:
    with pytest.raises(StageFailed) as failed:
        wait(stack)
    for word in words:
        assert word in failed.value.sentence, failed.value.sentence
    return failed.value.sentence


def look(stack: Stack) -> Observation:
    script = observe(stack.config, Slot.CANARY, ["web"], wait_seconds=0)
    return parse_observations(stack.host.run(script))["web"]


def patient(stack: Stack, start_seconds: int = 20, tries: int = 1, **service: object) -> None:
    stack.services = {"web": {"start_seconds": start_seconds, **service}}
    stack.settings = {"health": {"tries": tries}}


def test_a_service_that_starts_slowly_is_waited_for(stack: Stack) -> None:
    patient(stack)
    stack.deploy(command=SLOW)
    told: list[str] = []
    results = wait_healthy(stack.host.run, stack.config, Slot.CANARY, told.append)
    assert results == (HealthResult("web", by_log=False),)
    assert "waiting for web (try 1 of 1): connection " in told[0]


def test_an_endpoint_that_answers_an_error_is_never_passed_by_a_log(stack: Stack) -> None:
    patient(stack, start_seconds=2, tries=2, ready_log="Started", health="/cgi-bin/health")
    stack.deploy(command=f"echo Started; {answering('503 Starting')}")
    fails(stack, "web in the canary slot: not healthy within 4 s: /cgi-bin/health answers 503", "Started")


def test_where_nothing_answers_a_ready_line_is_enough(stack: Stack) -> None:
    patient(stack, ready_log="^Started [A-Z]+ in")
    stack.deploy(command="echo Started SHOP in 2 s; while :; do echo chatter; sleep 0.01; done")
    assert wait(stack) == (HealthResult("web", by_log=True),)


def test_an_endpoint_that_hangs_does_not_answer(stack: Stack) -> None:
    patient(stack, start_seconds=3)
    stack.deploy(command=HANGS)
    fails(stack, "not healthy within 3 s: no answer in time")


def test_a_fatal_line_fails_long_before_the_deadline(stack: Stack) -> None:
    patient(stack, start_seconds=600, fatal_log="Access denied for user")
    stack.deploy(command="echo \"Access denied for user 'shop'@'172.18.0.2'\"; sleep 1000")
    fails(
        stack,
        "web in the canary slot: its log says: Access denied for user 'shop'@'172.18.0.2'",
        "-> correct the database's user or password in the environment",
    )


def test_an_exit_fails_at_once_with_the_last_lines(stack: Stack) -> None:
    patient(stack, start_seconds=600)
    stack.deploy(command="sleep 1; echo Error: listen EADDRINUSE: address already in use; exit 3")
    fails(
        stack, "web in the canary slot: it exited with code 3", "last lines of web:", "EADDRINUSE", "-> free the port"
    )


def test_a_container_that_restarts_fails_at_once(stack: Stack) -> None:
    patient(stack, start_seconds=600)
    stack.deploy(command="sleep 1; echo boom; exit 1", restart="always")
    sentence = fails(stack, "web in the canary slot: it ")
    assert "restarted" in sentence
    assert "boom" in sentence
    assert "exited with code 1" in sentence


def test_a_container_that_needs_more_memory_than_it_may_have(stack: Stack) -> None:
    patient(stack, start_seconds=600)
    stack.deploy(command="sleep 1; tail /dev/zero", mem_limit="16m")
    fails(stack, "web in the canary slot: it ran out of memory and was killed", "memory")


def test_a_paused_container_fails_at_once(stack: Stack) -> None:
    patient(stack, start_seconds=600)
    stack.deploy(command=HANGS)
    docker("pause", stack.containers("canary")["web"])
    fails(stack, "web in the canary slot: its container is paused")


def test_a_container_that_is_not_there_fails_at_once(stack: Stack) -> None:
    patient(stack, start_seconds=600)
    fails(stack, "web in the canary slot: there is no container of it")


def test_the_worst_of_several_containers_counts(stack: Stack) -> None:
    patient(stack, start_seconds=600)
    commit = stack.put(services={"web": stack.web(Slot.CANARY, "sleep 1000", ports=[], deploy={"replicas": 2})})
    stack.build(commit)
    stack.start(commit)
    docker("stop", "--time", "0", f"{stack.app}-canary-web-2")
    fails(stack, "web in the canary slot: it exited with code 137")


def test_one_look_sees_answer_state_and_log(stack: Stack) -> None:
    stack.deploy(command=f"echo first; {SERVE}")
    eventually(lambda: look(stack).status == 200, "an answer")
    seen = look(stack)
    assert judge(stack.config.services["web"], seen, None) == Healthy()
    assert (seen.state, seen.restarts, seen.log) == ("running", 0, ())
    docker("exec", seen.container, "rm", "/srv/www/health")
    gone = look(stack)
    assert judge(stack.config.services["web"], gone, seen) == Waiting("/health answers 404")
    assert gone.log == ("first",)


def test_a_restart_between_two_looks_is_noticed(stack: Stack) -> None:
    stack.deploy()
    before = look(stack)
    docker("restart", "--time", "0", before.container)
    eventually(lambda: look(stack).status == 200, "an answer")
    after = judge(stack.config.services["web"], look(stack), before)
    assert after == Failed("it was restarted while it was watched (restart count 0)", ())


def test_a_log_cannot_pretend_to_be_an_observation(stack: Stack) -> None:
    stack.deploy(
        command="echo service web 200 0; echo 'last running 0 0 false - -'; printf 'a\\rb\\033[31mred\\n'; exit 1"
    )
    eventually(lambda: look(stack).state == "exited", "its end")
    seen = look(stack)
    assert seen.status is None
    assert seen.log == ("service web 200 0", "last running 0 0 false - -", "abred")
