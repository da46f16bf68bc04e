"""The lease of a run: taken on every host, waited for, given back."""

from __future__ import annotations

import platform
import threading
import time

from pycanary.errors import Locked, NothingToDo
from pycanary.host import lease
from pycanary.host.connection import Host
from pycanary.host.script import Script
from pycanary.model.deployment import DeploymentType
from pycanary.run.deployment import Deployment
from pycanary.state.model import read

ASK_AGAIN_SECONDS = 1.0
WAITING_SAID_EVERY_SECONDS = 30


def take_everywhere(run: Deployment) -> dict[str, lease.Answer]:
    """A rollback takes every host at once; who may have to wait takes one after the other.

    In the fleet's order, so that two runs never wait for each other.
    """
    request = run.plan.request
    rollback = request.type is DeploymentType.ROLLBACK
    script = lease.acquire(
        run.layout.state,
        owner(run),
        seconds=run.config.lease.running_seconds,
        commit_time=request.commit_time,
        newest_only=request.type is DeploymentType.CANARY_AUTO,
        preempt=rollback,
    )
    answers: dict[str, lease.Answer] = {}
    if rollback:
        answers, failures = run.fleet.attempt(lambda host: _take_at_once(run, host, script))
        run.fleet.part_with(failures)
        for host in run.fleet.hosts:
            if answers[host.name].word == "busy":  # with a rollback that was begun later
                raise _locked(host, answers[host.name])
    else:
        deadline = time.monotonic() + run.config.wait_seconds
        for host in run.fleet.hosts:
            answers[host.name] = _take(run, host, script, deadline)
            run.keeper.keep(host)
    run.states = {name: read(answer.state_json, app=run.config.app, where=name) for name, answer in answers.items()}
    return answers


def _take_at_once(run: Deployment, host: Host, script: Script) -> lease.Answer:
    answer = lease.parse_answer(host.run(script))
    if answer.word != "busy":
        run.keeper.keep(host)  # at once: another host may be slow to answer
    return answer


def _take(run: Deployment, host: Host, script: Script, deadline: float) -> lease.Answer:
    pause = threading.Event()
    say_at = 0.0
    while True:
        answer = lease.parse_answer(host.run(script))
        if answer.word in ("taken", "mine", "took-over"):
            return answer
        if answer.word == "superseded":
            raise NothingToDo(
                f"superseded by run {answer.other.run_id}, which waits with a newer commit", where=host.name
            )
        if time.monotonic() >= deadline:
            raise _locked(host, answer)
        if time.monotonic() >= say_at:
            run.reporter.say("info", f"{host.name}: waiting for {_holder(answer)}")
            say_at = time.monotonic() + WAITING_SAID_EVERY_SECONDS
        pause.wait(ASK_AGAIN_SECONDS)


def _locked(host: Host, answer: lease.Answer) -> Locked:
    return Locked(
        f"another deployment has this host: {_holder(answer)}",
        where=host.name,
        remedy="wait for it, `pycanary deploy rollback` to stop it, or `pycanary unlock` if it is gone",
    )


def _holder(answer: lease.Answer) -> str:
    return str(answer.other) if answer.other.run_id else "the next in the queue"


def give_back(run: Deployment) -> None:
    """Return the lease wherever this run has it, and leave the queues."""
    run.keeper.stop()
    script = lease.release(run.layout.state, run.plan.run_id)
    run.fleet.attempt(lambda host: host.run(script))


def owner(run: Deployment) -> lease.Owner:
    """Who asks, for the host's lease file and for people who wait."""
    request = run.plan.request
    return lease.Owner(
        run_id=run.plan.run_id,
        who=request.who,
        since=run.now,
        type=request.type.value,
        come_from=platform.node(),
        url=request.run_url,
    )
