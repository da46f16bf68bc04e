"""Hosts that differ: a new one, or one that a rollback left behind."""

from __future__ import annotations

from pycanary.errors import StageFailed
from pycanary.model.deployment import DeploymentType
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.run.deployment import Deployment
from pycanary.run.shift import serve
from pycanary.run.slots import usable_in
from pycanary.state.model import HostState


def same_everywhere(run: Deployment) -> bool:
    """`stable` brings hosts that differ to the same, `rollback` does by itself; whether anything was changed.

    Other types do where no user is concerned, and raise StageFailed otherwise.
    """
    if run.plan.request.type is DeploymentType.ROLLBACK:
        return False
    differing = [name for name, state in run.states.items() if not _serves_as(state, run.state)]
    if run.plan.request.type is DeploymentType.STABLE:
        if differing:
            _bring_together(run)
        return bool(differing)
    together = False
    if differing and (out := _out_somewhere(run)) is not None:
        # A deployer died while it took that slot out: each host has gone back by itself, as far as it knew.
        run.put_release(out, None)
        _everything_to(run, out.other, out=out)
        differing, together = [], True
    if not differing and run.state.traffic is not None:
        run.forget_where_hosts_differ(run.state.traffic.out)
    for name, state in run.states.items():
        if name in differing:
            raise StageFailed(
                f"serves other weights than {run.leader.name}, or another slot is out or was judged bad",
                where=name,
                remedy="`pycanary deploy rollback` or `pycanary deploy stable` brings every host to the same",
            )
        if _releases(state) != _releases(run.state):
            raise StageFailed(
                f"holds other releases than {run.leader.name}",
                where=name,
                remedy="`pycanary deploy stable` brings every host to the same release",
            )
    return together


def _serves_as(state: HostState, leader: HostState) -> bool:
    """A host that only just joins serves nothing yet, and differs by its releases."""
    if state.traffic is None or leader.traffic is None:
        return True
    bad = [[slot for slot, release in each.slots.items() if release.judged_bad] for each in (state, leader)]
    return state.traffic.same_split(leader.traffic) and sorted(bad[0]) == sorted(bad[1])


def _out_somewhere(run: Deployment) -> Slot | None:
    """The slot that is out on some host, where no more differs: everything goes to the other one everywhere.

    No user of its own may be concerned, but those of a canary that is about to be replaced.
    """
    traffics = [state.traffic for state in run.states.values() if state.traffic is not None]
    outs = {traffic.out for traffic in traffics if traffic.out is not None}
    slot = next(iter(outs)) if len(outs) == 1 else None
    replaced = slot is Slot.CANARY and run.plan.request.type is not DeploymentType.PROMOTE_CANARY
    if slot is None or (not replaced and any(traffic.carries(slot) for traffic in traffics)):
        return None
    return slot if _good_everywhere(run, slot.other) else None


def _releases(state: HostState) -> dict[Slot, str]:
    return {slot: release.commit.id for slot, release in state.slots.items()}


def _bring_together(run: Deployment) -> None:
    """All users to a slot that is good on every host, stable before canary; the other is out where it is anywhere."""
    for slot in Slot:
        if _good_everywhere(run, slot):
            out = None if _good_everywhere(run, slot.other) else slot.other
            _everything_to(run, slot, out=out)
            return
    raise StageFailed(
        "the hosts serve different weights, and no slot is good on all of them",
        where=run.leader.name,
        remedy="deploy to each host alone, by a canary.yml that names one of them, until they serve the same",
    )


def _everything_to(run: Deployment, slot: Slot, *, out: Slot | None) -> None:
    traffic = run.traffic.shifted(Weights.everything_to(slot), out=out)
    serve(run, traffic.model_copy(update={"generation": run.next_generation}))


def _good_everywhere(run: Deployment, slot: Slot) -> bool:
    """Whether users could be sent to that slot on every host that serves anybody."""
    return all(
        usable_in(state, slot) and state.traffic.out is not slot
        for state in run.states.values()
        if state.traffic is not None
    )
