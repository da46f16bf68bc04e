"""The end of a run on every path: decide the outcome, write it down, free the lease."""

from __future__ import annotations

from collections.abc import Container

from pycanary.errors import Aborted, LeaseLost, PersonNeeded, PycanaryError
from pycanary.model.deployment import DeploymentType
from pycanary.model.outcome import Outcome
from pycanary.plan import Action
from pycanary.run.deployment import Deployment
from pycanary.run.releases import kept_commits
from pycanary.run.rollback import end_by_going_back
from pycanary.state.history import ended
from pycanary.state.model import Hold, RunState

HELD = (DeploymentType.CANARY_AUTO, DeploymentType.CANARY_MANUAL)


def finish(run: Deployment) -> None:
    """Decide how the run ended, write that down on every host and give the lease back; rolls back what was cut short.

    The lease has to be kept meanwhile: a host may be slow to write, and would put itself back. Raises PersonNeeded
    when some host does not have the end, LeaseLost when none is this run's any more.
    """
    run.interrupts.settle()
    if not run.record.outcome:
        _decide(run)
    if run.fleet.left_behind and run.record.outcome is not Outcome.PERSON_NEEDED:
        told = left_behind(run)
        reason = "; ".join(each for each in (run.record.reason, told["reason"]) if each)
        run.update_record(outcome=Outcome.PERSON_NEEDED, reason=reason, remedy=told["remedy"])
    if run.record.outcome in (Outcome.DONE, Outcome.HELD):
        _prune(run)
    run.update_record(ended_at=run.now)
    error = _write_down(run)
    # A host that goes back because of one lost write would differ from the others, so it is asked once more.
    if error and (missing := _not_written_on(run)):
        error = _write_down(run, missing)
        if error and (missing := _not_written_on(run)):
            raise _not_written(run, missing, error) from error


def _write_down(run: Deployment, hosts: Container[str] | None = None) -> PycanaryError | None:
    """The end on every host, or on those named; why it failed."""
    if run.taken_over is not None:
        run.try_to_save(record=run.taken_over, hosts=hosts)
    try:
        run.save(record=run.record, end=True, hosts=hosts)
    except PycanaryError as error:
        return error
    return None


def _not_written_on(run: Deployment) -> set[str]:
    """The hosts that did not write this end down: of the others only the answer was lost."""
    script = ended(run.layout.state, run.plan.run_id)
    answers, _ = run.fleet.attempt(lambda host: host.run(script))
    written = {name for name, text in answers.items() if text and RunState.model_validate_json(text) == run.record}
    return {host.name for host in run.fleet.hosts} - written


def _not_written(run: Deployment, missing: set[str], error: PycanaryError) -> PycanaryError:
    """What is raised then; the run, as people are told of it, says the same."""
    written = ", ".join(host.name for host in run.fleet.hosts if host.name not in missing)
    lost = isinstance(error, LeaseLost)
    if lost and not written:
        return error
    why = f" ({run.record.reason})" if run.record.reason else ""
    ends = f"the deployment {run.record.outcome.words}{why}{f' on {written}' if written else ''}"
    worse = PersonNeeded(
        f"{ends}, but {'not here' if lost else 'that could not be written down'}: {error.found}",
        where=error.where,
        remedy="run `pycanary status`; `pycanary deploy rollback` or `stable` brings every host to the same"
        if lost
        else "mend that and run `pycanary status`; as long as the run has no recorded end there, the host puts itself "
        "back when the lease runs out, or the next deployment does",
    )
    worse.mask(run.reporter.masker.mask)
    reason = f"{worse.where}: {worse.found}" if worse.where else worse.found
    run.update_record(outcome=Outcome.PERSON_NEEDED, reason=reason, remedy=worse.remedy)
    return worse


def _decide(run: Deployment) -> None:
    """All stages done is a success; anything less is a run that was cut short between two stages."""
    done = {stage.name for stage in run.record.stages if stage.outcome == "done"}
    missing = [s.name for s in run.plan.stages if s.action is not Action.FINISH and s.name not in done]
    if missing:
        end_by_going_back(run, Aborted(f"the run ended before its stage {missing[0]}"))
        return
    held = run.plan.request.type in HELD and not run.fleet.left_behind
    hold = Hold(since=run.now, run_id=run.plan.run_id) if held else None
    run.update(lambda state: state.model_copy(update={"hold": hold}))
    run.update_record(outcome=Outcome.HELD if held else Outcome.DONE)


def left_behind(run: Deployment) -> dict[str, str]:
    """What a run says that did not reach every host: its reason and its remedy."""
    errors = run.fleet.left_behind
    names = ", ".join(errors)
    found = "; ".join(f"{name}: {error.found}" for name, error in errors.items())
    if run.plan.request.type is DeploymentType.ROLLBACK:
        return {
            "reason": f"users are back on every host but {names} ({found})",
            "remedy": f"once {names} answers, run `pycanary deploy rollback` again: it brings every host to the same",
        }
    return {
        "reason": f"{names} could not be reached at the end ({found})",
        "remedy": "every host goes back by itself, or the next deployment brings it back: see `pycanary status`",
    }


def _prune(run: Deployment) -> None:
    """Old images go; failing at it costs disk, not the deployment."""
    if run.plan.request.type in (DeploymentType.ROLLBACK, DeploymentType.PROMOTE_CANARY):
        return
    try:
        script = run.runtime.prune(kept_commits(run), run.plan.run_id)
        if script is not None:
            run.fleet.run(script)
    except LeaseLost:
        raise
    except PycanaryError as error:
        run.reporter.say("warning", f"old images were not removed: {error.sentence}")
