"""The end of a run on every path: decide the outcome, write it down, free the lease, tell people."""

from __future__ import annotations

import os
from collections.abc import Container
from datetime import datetime

from pycanary.errors import Aborted, ExitCode, LeaseLost, PersonNeeded, PycanaryError
from pycanary.model.deployment import DeploymentType
from pycanary.model.slot import Slot
from pycanary.notify.links import commit_url
from pycanary.notify.mattermost import send
from pycanary.notify.message import message
from pycanary.notify.report import Report
from pycanary.plan import Action
from pycanary.run.deployment import Deployment
from pycanary.run.releases import kept_commits
from pycanary.run.rollback import roll_back
from pycanary.secret import Secret
from pycanary.state.history import ended
from pycanary.state.model import Hold, RunState

HELD = (DeploymentType.CANARY_AUTO, DeploymentType.CANARY_MANUAL)
CODES = {
    "": ExitCode.DONE,  # a stage that is not the last one
    "skipped": ExitCode.NOTHING_TO_DO,
    "done": ExitCode.DONE,
    "held": ExitCode.DONE,
    "failed": ExitCode.PUT_BACK,
    "aborted": ExitCode.PUT_BACK,
    "person-needed": ExitCode.PERSON_NEEDED,
}


def finish(run: Deployment) -> None:
    """Decide how the run ended, write that down on every host and give the lease back; rolls back what was cut short.

    The lease has to be kept meanwhile: a host may be slow to write, and would put itself back. Raises PersonNeeded
    when some host does not have the end, LeaseLost when none is this run's any more.
    """
    run.interrupts.settle()
    if not run.run.outcome:
        _decide(run)
    if run.fleet.left_behind and run.run.outcome != "person-needed":
        told = left_behind(run)
        reason = "; ".join(each for each in (run.run.reason, told["reason"]) if each)
        run.update_run(outcome="person-needed", reason=reason, remedy=told["remedy"])
    if run.run.outcome in ("done", "held"):
        _prune(run)
    run.update_run(ended_at=run.now)
    error = _write_down(run)
    # A host that goes back because of one lost write would differ from the others, so it is asked once more.
    if error and (missing := _not_written_on(run)):
        error = _write_down(run, missing)
        if error and (missing := _not_written_on(run)):
            raise _not_written(run, missing, error) from error


def tell(run: Deployment) -> ExitCode:
    """Tell people how a finished run ended; its exit code."""
    _notify(run)
    _say(run)
    return exit_code(run)


def _write_down(run: Deployment, hosts: Container[str] | None = None) -> PycanaryError | None:
    """The end on every host, or on those named; why it failed."""
    try:
        if run.taken_over is not None:
            run.save(record=run.taken_over, hosts=hosts)
        run.save(record=run.run, end=True, hosts=hosts)
    except PycanaryError as error:
        return error
    return None


def _not_written_on(run: Deployment) -> set[str]:
    """The hosts that did not write this end down: of the others only the answer was lost."""
    script = ended(run.layout.state, run.plan.run_id)
    answers, _ = run.fleet.attempt(lambda host: host.run(script))
    written = {name for name, text in answers.items() if text and RunState.model_validate_json(text) == run.run}
    return {host.name for host in run.fleet.hosts} - written


def _not_written(run: Deployment, missing: set[str], error: PycanaryError) -> PycanaryError:
    written = ", ".join(host.name for host in run.fleet.hosts if host.name not in missing)
    why = f" ({run.run.reason})" if run.run.outcome == "person-needed" else ""
    ends = f"the deployment {_words(run)}{why}{f' on {written}' if written else ''}"
    if not isinstance(error, LeaseLost):
        return PersonNeeded(
            f"{ends}, but that could not be written down: {error.found}",
            where=error.where,
            remedy="mend that and run `pycanary status`; as long as the run has no recorded end there, the host puts "
            "itself back when the lease runs out, or the next command does",
        )
    if not written:
        return error
    return PersonNeeded(
        f"{ends}, but not here: {error.found}",
        where=error.where,
        remedy="run `pycanary status`; `pycanary deploy rollback` or `stable` brings every host to the same",
    )


def exit_code(run: Deployment) -> ExitCode:
    """What the outcome so far means for whoever called."""
    return CODES.get(run.run.outcome, ExitCode.PUT_BACK)  # others: the host put itself back


def _decide(run: Deployment) -> None:
    """All stages done is a success; anything less is a run that was cut short between two stages."""
    done = {stage.name for stage in run.run.stages if stage.outcome == "done"}
    missing = [s.name for s in run.plan.stages if s.action is not Action.FINISH and s.name not in done]
    if missing:
        error = Aborted(f"the run ended before its stage {missing[0]}")
        try:
            back = roll_back(run, error)
        except PersonNeeded as worse:
            run.update_run(outcome="person-needed", reason=worse.found, remedy=worse.remedy)
            return
        run.update_run(outcome="aborted", reason=error.found, rolled_back_to=back)
        return
    held = run.plan.request.type in HELD and not run.fleet.left_behind
    hold = Hold(since=run.now, run_id=run.plan.run_id) if held else None
    run.update(lambda state: state.model_copy(update={"hold": hold}))
    run.update_run(outcome="held" if held else "done")


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
        "remedy": "every host goes back by itself, or the next command brings it back: see `pycanary status`",
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


def _notify(run: Deployment) -> None:
    """Send the message; a warning at most."""
    mattermost = run.config.mattermost
    if mattermost is None or run.run.outcome == "skipped":
        return
    url = os.environ.get(mattermost.variable, "")
    if not url:
        run.reporter.say("warning", f"Mattermost was not told: {mattermost.variable} is not set")
        return
    warning = send(Secret(url), message(report(run), mattermost.channel))
    if warning:
        run.reporter.say("warning", warning)


def report(run: Deployment) -> Report:
    """The run as people are told of it."""
    record, request = run.run, run.plan.request
    failed = next((stage.name for stage in record.stages if stage.outcome.startswith("failed")), "")
    begun, ended = datetime.fromisoformat(record.started_at), datetime.fromisoformat(record.ended_at or run.now)
    commit = record.target.commit if record.target else None
    return Report(
        type=request.type,
        app=run.config.app,
        outcome=record.outcome,
        commit=commit,
        commit_url=commit_url(run.config.git, commit.id) if commit else None,
        who=request.who,
        reason=request.reason,
        weights_before=record.before.weights if record.before else {},
        weights_after=run.state.traffic.weights if run.state.traffic else {},
        out=run.state.traffic.out if run.state.traffic else None,
        duration_seconds=(ended - begun).total_seconds(),
        run_url=request.run_url or None,
        log_url=f"{request.run_url.rstrip('/')}/console" if request.run_url else None,
        failed_stage=failed,
        failure=record.reason,
        rolled_back_to=record.rolled_back_to,
        notes=record.notes,
        hosts=tuple(host.name for host in run.fleet.hosts),
    )


def _words(run: Deployment) -> str:
    words = {
        "skipped": "has nothing to do",
        "done": "is done",
        "held": "is held for a decision",
        "failed": "failed",
        "aborted": "was aborted",
    }
    return words.get(run.run.outcome, "failed and a person is needed")


def _say(run: Deployment) -> None:
    summary = run.state.traffic.summary if run.state.traffic else "nothing served"
    kind = {"done": "done", "held": "done", "skipped": "skip"}.get(run.run.outcome, "error")
    lines = [f"{run.plan.request.type} {_words(run)}: {summary}"]
    if run.run.outcome == "held":
        lines.append("decide with `pycanary deploy promote-canary` or `pycanary deploy rollback`")
    if run.run.reason:
        lines.append(f"reason: {run.run.reason}")
    if run.run.rolled_back_to:
        lines.append(f"rolled back to: {run.run.rolled_back_to}")
    if run.run.outcome == "person-needed":
        lines.append(f"-> {run.run.remedy}")
    canary = run.state.slots.get(Slot.CANARY)
    if canary is not None and canary.judged_bad:
        lines.append(f"release {canary.label} goes on running without users: `pycanary logs --slot canary`")
    run.reporter.say(kind, "\n".join(lines))
