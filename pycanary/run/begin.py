"""The beginning of a run: connections, the lease on every host, what is found there, and whether it may go on."""

from __future__ import annotations

import platform
import threading
import time

from pycanary.errors import HostFailed, LeaseLost, Locked, NothingToDo, PycanaryError, StageFailed
from pycanary.host import lease
from pycanary.host.connection import Host
from pycanary.model.deployment import DeploymentType
from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.plan import Action
from pycanary.run.deployment import Deployment
from pycanary.run.preconditions import check_preconditions
from pycanary.run.rollback import put_back_hold
from pycanary.run.shift import serve
from pycanary.state.model import HostState, RunState, read

ASK_AGAIN_SECONDS = 1.0
WAITING_SAID_EVERY_SECONDS = 30


class RunEnded(StageFailed):
    """A stage of a run that is over."""

    def __init__(self, run: RunState) -> None:
        super().__init__(
            f"run {run.id} has ended already: {run.outcome}",
            remedy="start a new deployment; `pycanary history` tells how this one ended",
        )


def begin(run: Deployment) -> None:
    """Take the lease everywhere, recover from a dead run, and write this run down.

    Raises Locked, NothingToDo, UsageError or PersonNeeded; the hosts are as found and the lease is given back then.
    """
    try:
        answers = take_everywhere(run)
        _same_everywhere(run)
        rollback = run.plan.request.type is DeploymentType.ROLLBACK
        taken_over = [name for name, answer in answers.items() if answer.word == "took-over"]
        if taken_over:
            run.reporter.say("warning", f"taken over from {answers[taken_over[0]].other}")
        if rollback:
            run.taken_over = _ended(run, "taken over", f"by {run.plan.request.type} of {run.plan.request.who}")
        else:
            recover(run)
        if _is_ours(run):  # its first stage for the second time
            return
        check_preconditions(run)
        _runtime_is_ready(run)
        _write_down(run)
        if not rollback:  # a rollback's first write is its shift
            run.save()
    except BaseException:
        give_back(run)
        raise


def _is_ours(run: Deployment) -> bool:
    """Whether this run was begun before. Raises RunEnded when it is over."""
    known = run.state.run
    if known is None or known.id != run.plan.run_id:
        return False
    if known.ended_at:
        raise RunEnded(known)
    return True


def resume(run: Deployment) -> None:
    """Take up a run that another process began.

    Raises LeaseLost when another run has had the host since, RunEnded when this one is over, StageFailed when the host
    does not know it.
    """
    owner = _owner(run)
    script = lease.acquire(run.layout.state, owner, seconds=run.config.lease.running_seconds, only_mine=True)
    outputs, failures = run.fleet.attempt(lambda host: host.run(script))
    run.fleet.part_with(failures)
    for name, output in outputs.items():
        answer = lease.parse_answer(output)
        state = read(answer.state_json, app=run.config.app, where=name)
        later = state.run is not None and state.run.id > run.plan.run_id  # ids begin with the time
        if answer.word != "mine" and state.run is not None and later:
            raise LeaseLost(
                f"run {run.plan.run_id} was taken over by {state.run.plan['request']['type']}, run {state.run.id}",
                where=name,
                remedy="nothing: the other run has the hosts now; this one changed nothing since",
            )
        if answer.word != "mine" and (state.run is None or state.run.id != run.plan.run_id):
            raise StageFailed(
                f"run {run.plan.run_id} was not begun on this host",
                where=name,
                remedy="begin with the first stage of the plan, or start a new deployment",
            )
        run.states[name] = state
    _is_ours(run)


def give_back(run: Deployment) -> None:
    """Return the lease wherever this run has it, and leave the queues."""
    script = lease.release(run.layout.state, run.plan.run_id)
    run.fleet.attempt(lambda host: host.run(script))


def _owner(run: Deployment) -> lease.Owner:
    request = run.plan.request
    return lease.Owner(
        run_id=run.plan.run_id,
        who=request.who,
        since=run.now,
        type=request.type.value,
        come_from=platform.node(),
        url=request.run_url,
    )


def take_everywhere(run: Deployment) -> dict[str, lease.Answer]:
    """Host after host in the fleet's order, so that two runs never wait for each other."""
    deadline = time.monotonic() + run.config.wait_seconds
    answers: dict[str, lease.Answer] = {}
    failures: dict[str, PycanaryError] = {}
    for host in run.fleet.hosts:
        try:
            answers[host.name] = _take(run, host, deadline)
        except HostFailed as error:
            failures[host.name] = error
            if not run.fleet.leaves_behind:
                break
    run.fleet.part_with(failures)
    run.states = {name: read(answer.state_json, app=run.config.app, where=name) for name, answer in answers.items()}
    return answers


def _take(run: Deployment, host: Host, deadline: float) -> lease.Answer:
    request = run.plan.request
    script = lease.acquire(
        run.layout.state,
        _owner(run),
        seconds=run.config.lease.running_seconds,
        commit_time=request.commit_time,
        newest_only=request.type is DeploymentType.CANARY_AUTO,
        preempt=request.type is DeploymentType.ROLLBACK,
    )
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
            raise Locked(
                f"another deployment has this host: {_holder(answer)}",
                where=host.name,
                remedy="wait for it, `pycanary deploy rollback` to stop it, or `pycanary unlock` if it is gone",
            )
        if time.monotonic() >= say_at:
            run.reporter.say("info", f"{host.name}: waiting for {_holder(answer)}")
            say_at = time.monotonic() + WAITING_SAID_EVERY_SECONDS
        pause.wait(ASK_AGAIN_SECONDS)


def _holder(answer: lease.Answer) -> str:
    return str(answer.other) if answer.other.run_id else "the next in the queue"


def _same_everywhere(run: Deployment) -> None:
    """A host that knows other releases than the first (a new one, say) is brought in line by `stable` only."""
    if run.plan.request.type in (DeploymentType.STABLE, DeploymentType.ROLLBACK):
        return
    leader = run.state
    for name, state in run.states.items():
        if {slot: release.commit.id for slot, release in state.slots.items()} != {
            slot: release.commit.id for slot, release in leader.slots.items()
        }:
            raise StageFailed(
                f"holds other releases than {run.leader.name}",
                where=name,
                remedy="`pycanary deploy stable` brings every host to the same release",
            )


def recover(run: Deployment) -> None:
    """A run that died left its fallback in the state: bring that about before anything else."""
    rolled_back = run.state.run is not None and run.state.run.outcome != ""
    dead = _ended(run, "died", "its process or its host died")
    if dead is None:
        return
    if rolled_back:  # only its finish never came
        run.save(record=dead)
        return
    run.reporter.say("warning", f"run {dead.id} ended without an outcome; the host is put right first")
    run.update(lambda state: state.model_copy(update={"run": dead}))
    put_back_hold(run, dead.fallback)
    if dead.fallback is not None and run.state.traffic is not None:
        serve(run, dead.fallback.model_copy(update={"generation": run.traffic.generation + 1}))
    run.save(record=dead)


def _ended(run: Deployment, outcome: str, reason: str) -> RunState | None:
    """The run that the state says is in progress, with its end; None where there is none."""
    other = run.state.run
    if other is None or other.ended_at or other.id == run.plan.run_id:
        return None
    if other.outcome:
        return other.model_copy(update={"ended_at": run.now})
    return other.model_copy(update={"outcome": outcome, "ended_at": run.now, "reason": reason})


def _runtime_is_ready(run: Deployment) -> None:
    """A host without Docker, say, is found before the first file is written."""
    script = run.runtime.ready()
    if script is not None and any(stage.action is Action.START for stage in run.plan.stages):
        run.fleet.run(script)


def _write_down(run: Deployment) -> None:
    before = run.state.traffic
    begun = RunState(
        id=run.plan.run_id,
        plan=run.plan.model_dump(mode="json"),
        started_at=run.now,
        before=before,
        fallback=_fallback(run.plan.request.type, before),
        releases_before=run.state.slots,
        held_before=run.state.hold is not None,
        target=_known_target(run.state, run.plan.request.type),
    )
    run.update(lambda state: state.model_copy(update={"run": begun}))


def _fallback(kind: DeploymentType, before: Traffic | None) -> Traffic | None:
    """What a failure brings back until a slot is vacated (then `vacate` names it)."""
    if before is None or kind is DeploymentType.ROLLBACK:
        return None
    if kind is DeploymentType.CANARY_AUTO and before.serving is Slot.STABLE:
        return before.shifted(Weights.everything_to(Slot.STABLE), out=before.out)
    return before


def _known_target(state: HostState, kind: DeploymentType) -> Release | None:
    slot = {DeploymentType.PROMOTE_CANARY: Slot.CANARY, DeploymentType.ROLLBACK: Slot.STABLE}.get(kind)
    return state.slots.get(slot) if slot else None
