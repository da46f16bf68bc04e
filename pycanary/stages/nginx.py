"""Check or create the NGINX configuration, before anything else depends on it."""

from __future__ import annotations

from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.nginx.install import install
from pycanary.plan import PlannedStage
from pycanary.run.deployment import Deployment


def nginx(run: Deployment, stage: PlannedStage) -> None:
    """pycanary's files are in place and served on every host; the site, once made, is only checked."""
    traffic = run.state.traffic or first_traffic(run)
    for host in run.fleet.hosts:
        state = run.states[host.name].model_copy(update={"traffic": traffic})
        run.states[host.name] = install(host, run.config, state, run.plan.run_id, run.reporter.say)


def first_traffic(run: Deployment) -> Traffic:
    """What a host serves before its first release: everything to the stable slot, the empty canary out."""
    everything = Weights.everything_to(Slot.STABLE)
    return Traffic(
        generation=1,
        routes=run.config.routes,
        weights=dict.fromkeys(run.config.services, everything),
        out=Slot.CANARY,
    )
