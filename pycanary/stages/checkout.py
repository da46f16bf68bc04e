"""Fetch the commit on every host and make it the run's target."""

from __future__ import annotations

from pycanary.config.recorded import recorded
from pycanary.errors import StageFailed, UsageError
from pycanary.model.release import Commit, Release
from pycanary.plan import PlannedStage
from pycanary.run.deployment import Deployment
from pycanary.source.fetch import fetch, parse_commit
from pycanary.source.local import head
from pycanary.state.history import read_records, records
from pycanary.state.model import RunState


def checkout(run: Deployment, stage: PlannedStage) -> None:
    """Every host has exactly the same commit afterwards; no slot is touched."""
    wanted = run.plan.request.commit
    known: Release | None = None
    if run.plan.request.release is not None:
        known = release_of_history(run, run.plan.request.release)
        wanted = known.commit.id
    commit = _fetch(run, wanted)
    release = Release(
        number=known.number if known else run.state.next_release,
        commit=commit,
        configuration=recorded(run.config),
        run_id=run.plan.run_id,
        run_url=run.plan.request.run_url,
        deployed_at=run.now,
    )
    run.update_run(target=release)
    here = head(run.directory)
    if here is not None and here != commit.id:
        run.reporter.say(
            "info", f"canary.yml is the one of this checkout, {here[:8]}; what is deployed is {commit.short}"
        )
    run.reporter.say("done", f"release {release.label} by {commit.author}: {commit.subject}")


def _fetch(run: Deployment, wanted: str | None) -> Commit:
    keep = _kept_commits(run)
    first = parse_commit(run.fleet.first.run(fetch(run.config, wanted, run.plan.run_id, keep=keep)))
    script = fetch(run.config, first.id, run.plan.run_id, keep=(*keep, first.id))
    if len(run.fleet.hosts) > 1:  # the branch may move between two hosts: the others take exactly the first one's
        for host, output in run.fleet.run(script).items():
            if parse_commit(output).id != first.id:
                raise StageFailed(f"has {parse_commit(output).id}", expected=first.id, where=host)
    return first


def _kept_commits(run: Deployment) -> tuple[str, ...]:
    """Commits of releases that stay pinned in the clone: both slots and the last ones of the history."""
    return tuple(dict.fromkeys(release.commit.id for release in kept_releases(run)))


def kept_releases(run: Deployment) -> tuple[Release, ...]:
    """The releases of both slots and the last `keep.releases` that were deployed, newest first."""
    history = read_records(run.leader.run(records(run.layout.state, run.config.keep.runs)))
    newest = {record.target.number: record.target for record in reversed(history) if record.target}
    numbers = sorted(newest, reverse=True)[: run.config.keep.releases]
    return (*run.state.slots.values(), *(newest[number] for number in numbers))


def release_of_history(run: Deployment, number: int) -> Release:
    """The release of that number. Raises UsageError naming those that are known."""
    history: list[RunState] = read_records(run.leader.run(records(run.layout.state, run.config.keep.runs)))
    releases = {record.target.number: record.target for record in history if record.target}
    if number not in releases:
        known = ", ".join(str(one) for one in sorted(releases)) or "none"
        raise UsageError(
            f"no release {number} in the history", expected=f"one of {known}", remedy="see `pycanary history`"
        )
    return releases[number]
