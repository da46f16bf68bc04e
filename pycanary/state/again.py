"""The command that makes NGINX serve once more what is written down, and moves no user by it."""

from __future__ import annotations

from collections.abc import Mapping

from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights


def serve_again(traffic: Traffic | None, releases: Mapping[Slot, Release], *, held: bool) -> str:
    """What to do about drift. A rollback moves nobody only where all users are on stable and no canary is held."""
    if traffic is None:
        return "`pycanary check` tells what to mend"
    everything = all(weights == Weights.everything_to(Slot.STABLE) for weights in traffic.weights.values())
    if everything and not held and traffic.serving is Slot.STABLE:
        return "the next deployment, or `pycanary deploy rollback`, writes it anew; users stay where they are"
    canary = releases.get(Slot.CANARY)
    if canary is None or traffic.out is not None:
        return "the next deployment writes it anew"
    command = f"pycanary deploy canary-manual {_weights(traffic)} --commit {canary.commit.short}"
    undecided = "" if held else "; it is then held, and promote-canary ends that"
    return f"`{command}` writes it anew and moves nobody{undecided} (rollback would move all users to stable)"


def _weights(traffic: Traffic) -> str:
    if len(set(traffic.weights.values())) == 1:
        return f"--weight {next(iter(traffic.weights.values())).percent}"
    return " ".join(f"--weight {name}={weights.percent}" for name, weights in traffic.weights.items())
