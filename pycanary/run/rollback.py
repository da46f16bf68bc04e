"""The one way back, taken by a failing stage, a verdict, an abort, and by whoever finds a dead run's host."""

from __future__ import annotations

from pycanary.errors import Aborted, LeaseLost, PersonNeeded, PycanaryError
from pycanary.host.script import Script
from pycanary.model.deployment import DeploymentType
from pycanary.model.outcome import Outcome
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.run.ailing import ABORT_SECONDS, PATIENCE_SECONDS, ailing, require_running
from pycanary.run.deployment import Deployment
from pycanary.run.shift import mismatches, serve
from pycanary.run.slots import SlotFailed, usable


def end_by_going_back(run: Deployment, cause: PycanaryError) -> None:
    """Roll back, and record both what failed and where that led."""
    run.update_record(reason=cause.found)
    try:
        back = _roll_back(run, cause)
    except PersonNeeded as worse:
        run.update_record(outcome=Outcome.PERSON_NEEDED, reason=worse.found, remedy=worse.remedy)
        return
    run.reporter.say("done", f"rolled back: {back}")
    outcome = Outcome.ABORTED if isinstance(cause, Aborted) else Outcome.FAILED
    run.update_record(outcome=outcome, rolled_back_to=back)


def _roll_back(run: Deployment, cause: PycanaryError) -> str:
    """Bring back what the run's fallback names; returns that in words, for the record and the message.

    Raises PersonNeeded when the hosts cannot be brought there.
    """
    run.interrupts.settle()
    with run.fleet.insisting():
        if run.plan.request.type is DeploymentType.ROLLBACK:
            return _as_far_as_it_got(run, cause)
        return _brought_back(run, cause)


def _as_far_as_it_got(run: Deployment, cause: PycanaryError) -> str:
    """A rollback has no way back: where users are, if it was only stopped. Raises PersonNeeded otherwise."""
    moved = run.traffic != run.record.before
    if isinstance(cause, Aborted) and _is_served(run):
        if moved:
            _require_answers(run, cause)
        return _words(run)
    users = "users were moved, to" if moved else "as far as is known, users are where they were:"
    raise PersonNeeded(
        f"the rollback failed: {cause.found}",
        where=cause.where,
        remedy=f"{users} {run.traffic.summary}; {cause.remedy or 'see `pycanary status`, mend that and try again'}",
    ) from cause


def _is_served(run: Deployment) -> bool:
    try:
        return not mismatches(run, run.traffic)
    except LeaseLost:
        raise
    except PycanaryError:
        return False


def _brought_back(run: Deployment, cause: PycanaryError) -> str:
    fallback = run.record.fallback
    _end_interrupted_work(run)
    if isinstance(cause, SlotFailed):
        _judge_bad(run, cause)
    if fallback is None or run.state.traffic is None:
        run.update(lambda state: state.without_a_first_release(cause.found))
        return "nothing served before, so there was nothing to bring back"
    traffic = fallback.model_copy(update={"generation": run.traffic.generation + 1, "out": _out(run, fallback, cause)})
    put_back_hold(run, traffic, run.record.before)
    run.update_record(fallback=traffic)  # whoever takes over from here goes to the same
    try:
        if not run.half_shifted and traffic.same_split(run.traffic) and not mismatches(run, run.traffic):
            run.reporter.say("done", f"weights {run.traffic.summary} stood all the time")
            run.try_to_save()  # else the watchdog would still bring back what it was told before
        else:
            if not isinstance(cause, SlotFailed):  # else the other slot is no better
                require_running(run, traffic.serving)
            serve(run, traffic)
    except LeaseLost:
        raise
    except PycanaryError as error:
        raise PersonNeeded(
            f"the deployment failed ({cause.found}), and so did its rollback: {error.found}",
            where=error.where,
            remedy="run `pycanary status` and mend what it names; the host then puts itself right, or the next "
            "deployment does",
        ) from error
    _require_answers(run, cause)
    return _words(run)


def _require_answers(run: Deployment, cause: PycanaryError) -> None:
    slot = run.traffic.serving
    patience = ABORT_SECONDS if isinstance(cause, Aborted) else PATIENCE_SECONDS
    words = ailing(run, slot, patience) if slot in run.state.slots else ""
    if words:
        raise PersonNeeded(
            f"the deployment failed ({cause.found}), and the {slot} slot, which users are back on, is not healthy:\n"
            f"  {words}",
            where=cause.where,
            remedy=f"`pycanary logs --slot {slot}`; start what is down on the host, or `pycanary deploy stable`",
        )


def put_back_hold(run: Deployment, traffic: Traffic, before: Traffic | None) -> None:
    """A canary is held still only where its users are brought back to it."""
    if not traffic.same_split(before):
        run.update(lambda state: state.model_copy(update={"hold": None}))


def _end_interrupted_work(run: Deployment) -> None:
    script = Script("end_working", {"STATE": run.layout.state, "RUN": run.plan.run_id})
    _, failures = run.fleet.attempt(lambda host: host.run(script))
    for failure in failures.values():
        if isinstance(failure, LeaseLost):
            raise failure


def _judge_bad(run: Deployment, cause: SlotFailed) -> None:
    release = run.state.slots.get(cause.slot)
    if release is not None:
        run.put_release(cause.slot, release.model_copy(update={"judged_bad": cause.found}))


def _out(run: Deployment, fallback: Traffic, cause: PycanaryError) -> Slot | None:
    """A slot that was judged bad goes out; an abort by a person leaves a healthy one in with the least weight."""
    if isinstance(cause, SlotFailed) and usable(run, cause.slot.other):
        return cause.slot
    if isinstance(cause, Aborted) and run.traffic.out is None and all(usable(run, slot) for slot in Slot):
        return None
    return fallback.out


def _words(run: Deployment) -> str:
    serving = run.traffic.serving
    release = run.state.slots.get(serving)
    return f"{serving} slot{f', release {release.label}' if release else ''}, weights {run.traffic.summary}"
