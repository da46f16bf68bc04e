"""What the running NGINX says it serves: the answers of its status server."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import ValidationError

from pycanary.model.slot import Slot
from pycanary.model.weights import Weights


@dataclass(frozen=True)
class Served:
    """The loaded generation and weights, by service; `out` is the slot that no user meets."""

    app: str
    generation: int
    fingerprint: str  # of the loaded generated files
    weights: dict[str, Weights]
    out: Slot | None


def read_served(generation: str, weights: str) -> Served | None:
    """From the answers of /generation and /weights; None where something else answers, or nothing."""
    try:
        app, number, fingerprint = generation.split()
        answer = json.loads(weights)
        return Served(
            app=app,
            generation=int(number),
            fingerprint=fingerprint,
            weights={name: Weights.model_validate(each) for name, each in answer["weights"].items()},
            out=Slot(answer["out"]) if answer["out"] else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError):
        return None
