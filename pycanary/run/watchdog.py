"""What the host does by itself when this run's process is gone."""

from __future__ import annotations

from pycanary.model.outcome import Outcome
from pycanary.run.router import Router
from pycanary.state.model import HostState

# A run has fewer shifts than this between two saves, so the watchdog's generation is always a new one.
GENERATIONS_AHEAD = 100


def watchdog_text(router: Router, state: HostState, *, ended_at: str) -> str:
    """The script that brings the run's fallback about; empty where the run has none, or has ended and owes nothing.

    ended_at: when it was written, the best that the host can later say of when the run was last seen.
    """
    run, fallback = state.run, state.owed
    if run is None or fallback is None or state.traffic is None:
        return ""
    reverted = run.model_copy(
        update={
            "outcome": Outcome.REVERTED,
            "reason": f"{run.reason}; the host put itself right later"
            if run.outcome
            else "its lease ran out: the deployer died, or its connection did; the host put itself right",
            "rolled_back_to": f"{fallback.serving} slot, weights {fallback.summary}",
            "ended_at": ended_at,
        }
    )
    traffic = fallback.model_copy(update={"generation": state.traffic.generation + GENERATIONS_AHEAD})
    hold = state.hold if fallback.same_split(run.before) else None
    after = state.model_copy(update={"traffic": traffic, "run": reverted, "hold": hold})
    return router.watchdog(after, run.id, reverted.model_dump_json(indent=1) + "\n").render()
