"""Fetch the commit on every host and make it the run's target."""

from __future__ import annotations

from pycanary.config.recorded import recorded
from pycanary.errors import StageFailed
from pycanary.model.release import Commit, Release
from pycanary.plan import PlannedStage
from pycanary.run.deployment import Deployment
from pycanary.run.preconditions import require_new
from pycanary.run.releases import kept_commits, release_of_history
from pycanary.source.fetch import fetch, parse_commit
from pycanary.source.local import head


def checkout(run: Deployment, stage: PlannedStage) -> None:
    """Every host has exactly the same commit afterwards; no slot is touched."""
    wanted = run.plan.request.commit
    known: Release | None = None
    if run.plan.request.release is not None:
        known = release_of_history(run, run.plan.request.release)
        wanted = known.commit.id
    commit = _fetch(run, wanted)
    if run.plan.request.once:  # the branch's newest is only known now
        require_new(run, commit.id)
    release = Release(
        number=known.number if known else run.state.next_release,
        commit=commit,
        configuration=(known and known.configuration) or recorded(run.config),
        run_id=run.plan.run_id,
        run_url=run.plan.request.run_url,
        deployed_at=run.now,
    )
    run.update_record(target=release)
    here = head(run.directory)
    if here is not None and here != commit.id:
        run.reporter.say(
            "info", f"canary.yml is the one of this checkout, {here[:8]}; what is deployed is {commit.short}"
        )
    run.reporter.say("done", f"release {release.label} by {commit.author}: {commit.subject}")


def _fetch(run: Deployment, wanted: str | None) -> Commit:
    keep = kept_commits(run)
    leader = run.fleet.first
    output = leader.run(fetch(run.config, wanted, run.plan.run_id, keep=keep))
    first = parse_commit(output, where=leader.name)
    script = fetch(run.config, first.id, run.plan.run_id, keep=(*keep, first.id))
    if len(run.fleet.hosts) > 1:  # the branch may move between two hosts: the others take exactly the first one's
        for host, output in run.fleet.run(script).items():
            found = parse_commit(output, where=host)
            if found.id != first.id:
                raise StageFailed(
                    f"fetched {found.id}",
                    expected=first.id,
                    where=host,
                    remedy="does git.remote lead to the same repository from every host? `git ls-remote` there tells",
                )
    return first
