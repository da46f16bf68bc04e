"""What must be so before a type may begin; each refusal names the command that makes it so."""

from __future__ import annotations

from pycanary.errors import NothingToDo, PersonNeeded, PycanaryError, UsageError
from pycanary.model.deployment import DeploymentType
from pycanary.model.slot import Slot
from pycanary.run.deployment import Deployment
from pycanary.run.releases import release_of_history


def check_preconditions(run: Deployment) -> None:
    """Raises UsageError, NothingToDo or PersonNeeded; nothing has been touched then."""
    {
        DeploymentType.STABLE: _stable,
        DeploymentType.CANARY_MANUAL: _canary,
        DeploymentType.CANARY_AUTO: _canary_auto,
        DeploymentType.PROMOTE_CANARY: _promote,
        DeploymentType.ROLLBACK: _rollback,
    }[run.plan.request.type](run)
    commit = run.plan.request.commit
    if run.plan.request.once and commit:
        require_new(run, commit)


def require_new(run: Deployment, commit: str) -> None:
    """Raises NothingToDo where a slot holds a good release of that commit, an id or its beginning."""
    for slot, release in run.state.slots.items():
        if release.commit.id.startswith(commit) and not release.judged_bad:
            raise NothingToDo(f"commit {commit[:8]} is deployed already: release {release.label} in the {slot} slot")


def _stable(run: Deployment) -> None:
    """`stable` works on any host; a release that it is to bring back must be known there."""
    if run.plan.request.release is not None:
        release_of_history(run, run.plan.request.release)


def _canary(run: Deployment) -> None:
    traffic = run.state.traffic
    serving = run.state.slots.get(traffic.serving) if traffic else None
    if serving is None or serving.judged_bad:
        raise UsageError(
            "there is no stable release that a canary could run beside",
            where=run.leader.name,
            remedy="`pycanary deploy stable` makes one",
        )


def _canary_auto(run: Deployment) -> None:
    _canary(run)
    if run.state.hold is not None and run.config.during_hold == "keep":
        held = run.state.slots.get(Slot.CANARY)
        raise NothingToDo(
            f"canary {held.label if held else ''} is held since {run.state.hold.since}, and during_hold is keep",
            remedy="`pycanary deploy promote-canary` or `pycanary deploy rollback` decides it",
        )


def _promote(run: Deployment) -> None:
    canary, traffic = run.state.slots.get(Slot.CANARY), run.state.traffic
    if canary is None or traffic is None:
        raise UsageError(
            "there is no canary to promote",
            where=run.leader.name,
            remedy="`pycanary deploy canary-auto` makes one",
        )
    if canary.judged_bad or traffic.out is Slot.CANARY:
        raise UsageError(
            f"canary {canary.label} is out: {canary.judged_bad or 'no user meets it'}",
            where=run.leader.name,
            remedy="deploy a commit that mends it, or look at it with `pycanary logs --slot canary`",
        )
    if traffic.serving is Slot.CANARY and run.state.hold is None:
        raise NothingToDo(f"release {canary.label} was promoted already")


def _rollback(run: Deployment) -> None:
    """A host that only just joins serves nobody; any other that has nothing to go back to stays as it is."""
    nothing: dict[str, PycanaryError] = {}
    for name, state in run.states.items():
        stable, traffic = state.slots.get(Slot.STABLE), state.traffic
        joins = traffic is None and run.state.traffic is not None
        if joins or (stable and not stable.judged_bad and traffic and traffic.out is not Slot.STABLE):
            continue
        why = "was being re-created or was judged bad" if stable or (traffic and state.slots) else "has no release"
        serving = state.slots.get(traffic.serving) if traffic else None
        stays = f"; users stay on {traffic.serving} with release {serving.label}" if traffic and serving else ""
        nothing[name] = PersonNeeded(
            f"there is nothing to roll back to: the stable slot {why}{stays}",
            where=name,
            remedy="`pycanary deploy stable --release N` brings an older release (`pycanary history` lists them)",
        )
    run.fleet.part_with(nothing)
