"""The beginning of a run: what is found on the hosts, whether it may go on, and what is put right before."""

from __future__ import annotations

from pycanary.errors import LeaseLost, StageFailed
from pycanary.host import lease
from pycanary.model.deployment import DeploymentType
from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.plan import Action
from pycanary.run.deployment import Deployment
from pycanary.run.lease import give_back, renewal, take_everywhere
from pycanary.run.preconditions import check_preconditions
from pycanary.run.rollback import put_back_hold
from pycanary.run.shift import serve
from pycanary.state.model import HostState, RunState, read


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
    script = renewal(run)
    outputs, failures = run.fleet.attempt(lambda host: host.run(script))
    run.fleet.part_with(failures)
    for name, output in outputs.items():
        answer = lease.parse_answer(output)
        state = read(answer.state_json, app=run.config.app, where=name)
        later = state.run is not None and state.run.id > run.plan.run_id  # ids begin with the time
        if answer.word != "mine" and state.run is not None and later:
            raise LeaseLost.to(f"{state.run.plan['request']['type']}, run {state.run.id}", where=name)
        if answer.word != "mine" and (state.run is None or state.run.id != run.plan.run_id):
            raise StageFailed(
                f"run {run.plan.run_id} was not begun on this host",
                where=name,
                remedy="begin with the first stage of the plan, or start a new deployment",
            )
        run.states[name] = state
    _is_ours(run)


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
    with run.fleet.insisting():
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
