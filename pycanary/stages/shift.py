"""Move users to the planned weights, prove them, and watch."""

from __future__ import annotations

from pycanary.model.deployment import DeploymentType
from pycanary.model.outcome import Outcome
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.plan import MIXED, PlannedStage
from pycanary.run.ailing import ailing, require_running
from pycanary.run.bake import bake
from pycanary.run.deployment import Deployment
from pycanary.run.shift import serve


def shift(run: Deployment, stage: PlannedStage) -> None:
    """One step of the plan: shift, verify, bake."""
    out = _out_after(run)
    traffic = run.traffic.shifted(_weights(run, stage), out=out)
    canary = run.state.slots.get(Slot.CANARY)
    if canary is not None and run.traffic.out is Slot.CANARY and out is None:
        # A new salt with each canary, so that not the same people test every release; while the canary was out
        # nobody's side changes by it.
        traffic = traffic.model_copy(update={"salt": canary.run_id})
    rollback = run.plan.request.type is DeploymentType.ROLLBACK
    if rollback:
        require_running(run, Slot.STABLE)
    serve(run, traffic)
    if rollback:
        _after_rollback(run)
    if len(set(traffic.weights.values())) > 1:
        run.note(MIXED)
    if stage.bake_seconds:
        watched = Slot.STABLE if run.plan.request.type is DeploymentType.STABLE else Slot.CANARY
        bake(run, watched, stage.bake_seconds)


def _after_rollback(run: Deployment) -> None:
    """What was stopped is written down before this waits for anything."""
    run.save(record=run.taken_over)
    run.taken_over = None
    words = ailing(run, Slot.STABLE)
    if words:
        run.update_record(
            outcome=Outcome.PERSON_NEEDED,
            reason=f"the stable slot, which all users are on now, is not healthy:\n  {words}",
            remedy="`pycanary logs --slot stable`; start what is down on the host, or `pycanary deploy stable`",
        )


def _weights(run: Deployment, stage: PlannedStage) -> dict[str, Weights]:
    """The plan's, for every service that is served: one that canary.yml names no more moves with its first."""
    first = next(iter(stage.weights.values()))
    return {route.name: stage.weights.get(route.name, first) for route in run.traffic.routes}


def _out_after(run: Deployment) -> Slot | None:
    """After a rollback a healthy canary stays in with its 1 of 1000, unless --out; an empty or bad one stays out."""
    canary = run.state.slots.get(Slot.CANARY)
    if canary is None or canary.judged_bad:
        return Slot.CANARY
    if run.plan.request.type is DeploymentType.ROLLBACK:
        anywhere = any(state.traffic is not None and state.traffic.out is Slot.CANARY for state in run.states.values())
        return Slot.CANARY if run.plan.request.out or anywhere else run.traffic.out
    return None
