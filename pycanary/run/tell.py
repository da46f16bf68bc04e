"""What people are told of a run that has ended: in the log and in Mattermost."""

from __future__ import annotations

import os
from datetime import datetime

from pycanary.errors import ExitCode
from pycanary.model.outcome import Outcome
from pycanary.model.slot import Slot
from pycanary.notify.links import commit_url
from pycanary.notify.mattermost import send
from pycanary.notify.message import message
from pycanary.notify.report import Report
from pycanary.run.deployment import Deployment
from pycanary.secret import Secret


def tell(run: Deployment) -> ExitCode:
    """Tell how a finished run ended; its exit code."""
    notify(run)
    _say(run)
    return run.record.outcome.exit_code


def notify(run: Deployment) -> None:
    """Send the message; a warning at most."""
    mattermost = run.config.mattermost
    if mattermost is None or run.record.outcome is Outcome.SKIPPED:
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
    record, request = run.record, run.plan.request
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
        remedy=record.remedy,
        rolled_back_to=record.rolled_back_to,
        notes=record.notes,
        hosts=tuple(host.name for host in run.fleet.hosts),
    )


def _say(run: Deployment) -> None:
    summary = run.state.traffic.summary if run.state.traffic else "nothing served"
    kind = {ExitCode.DONE: "done", ExitCode.NOTHING_TO_DO: "skip"}.get(run.record.outcome.exit_code, "error")
    lines = [f"{run.plan.request.type} {run.record.outcome.words}: {summary}"]
    if run.record.outcome is Outcome.HELD:
        lines.append("decide with `pycanary deploy promote-canary` or `pycanary deploy rollback`")
    if run.record.reason:
        lines.append(f"reason: {run.record.reason}")
    if run.record.rolled_back_to:
        lines.append(f"rolled back to: {run.record.rolled_back_to}")
    if run.record.outcome is Outcome.PERSON_NEEDED:
        lines.append(f"-> {run.record.remedy}")
    canary = run.state.slots.get(Slot.CANARY)
    if canary is not None and canary.judged_bad:
        lines.append(f"release {canary.label} goes on running without users: `pycanary logs --slot canary`")
    run.reporter.say(kind, "\n".join(lines))
