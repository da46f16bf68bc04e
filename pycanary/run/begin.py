"""The beginning of a run: what is found on the hosts, whether it may go on, and what is put right before."""

from __future__ import annotations

from pycanary.errors import LeaseLost, StageFailed
from pycanary.host import lease
from pycanary.model.deployment import DeploymentType
from pycanary.model.outcome import Outcome
from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.plan import Action
from pycanary.run.deployment import Deployment
from pycanary.run.lease import give_back, owner, take_everywhere
from pycanary.run.preconditions import check_preconditions
from pycanary.run.recover import ended, recover
from pycanary.run.same import same_everywhere
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
        rollback = run.plan.request.type is DeploymentType.ROLLBACK
        taken_over = [name for name, answer in answers.items() if answer.word == "took-over"]
        if taken_over:
            run.reporter.say("warning", f"taken over from {answers[taken_over[0]].other}")
        if rollback:
            run.taken_over = ended(run, run.state, Outcome.TAKEN_OVER, f"by rollback of {run.plan.request.who}")
        else:
            recover(run)
        if _is_ours(run):  # its first stage for the second time
            return
        check_preconditions(run)
        if same_everywhere(run):
            check_preconditions(run)  # of what they serve now
        _runtime_is_ready(run)
        last = run.state.run
        _write_down(run)
        if last is not None and last.outcome in (Outcome.REVERTED, Outcome.DIED):  # nobody was told of that
            back = f", users back on {last.rolled_back_to}" if last.rolled_back_to else ""
            run.note(f"the deployment before, {last.misfortune}{back}")
        if not rollback:  # a rollback's first write is its shift
            run.save()
    except BaseException:
        run.interrupts.settle()
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
    script = lease.acquire(run.layout.state, owner(run), seconds=run.config.lease.running_seconds, only_mine=True)
    outputs, failures = run.fleet.attempt(lambda host: host.run(script))
    for name, output in outputs.items():
        answer = lease.parse_answer(output)
        state = read(answer.state_json, app=run.config.app, where=name)
        last = state.run
        if last is not None and last.id == run.plan.run_id:
            run.states[name] = state
        elif answer.word != "mine" and last is not None and last.id > run.plan.run_id:  # ids begin with the time
            raise LeaseLost.to(f"{last.type}, run {last.id}", where=name)
        else:
            failures[name] = StageFailed(
                f"run {run.plan.run_id} was not begun on this host",
                where=name,
                remedy="begin with the first stage of the plan, or start a new deployment",
            )
    run.fleet.part_with(failures)
    try:
        _is_ours(run)
    except RunEnded:
        give_back(run)  # on a host that does not know it yet
        raise
    for host in run.fleet.hosts:
        run.keeper.keep(host)


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
