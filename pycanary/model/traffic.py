"""What NGINX serves for one application, or is asked to serve."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from pycanary.model.slot import Slot
from pycanary.model.weights import LEAST, Weights


class Route(BaseModel):
    """One service: the port of each slot and the path that tells its health."""

    model_config = ConfigDict(frozen=True)

    name: str
    stable_port: int
    canary_port: int
    health_path: str
    slots: tuple[Slot, ...] = tuple(Slot)  # whose releases have the service; one alone serves all its users

    def port(self, slot: Slot) -> int:
        """The port of the service in that slot."""
        return self.stable_port if slot is Slot.STABLE else self.canary_port

    @property
    def servers(self) -> tuple[Slot, ...]:
        """The slots that users are sent to; both where no release has the service: the site may still proxy to it."""
        return self.slots or tuple(Slot)


class Traffic(BaseModel):
    """The split of one application's users. Rendering it is the only way to change what NGINX does."""

    model_config = ConfigDict(frozen=True)

    generation: int
    routes: tuple[Route, ...]
    weights: dict[str, Weights]  # by service
    out: Slot | None = None  # a slot that no user meets; its weight stays written
    salt: str = ""  # of the sticky key: the canary's release, so that not the same people test every one

    def shifted(self, weights: Weights | dict[str, Weights], *, out: Slot | None = None) -> Traffic:
        """The next generation with these weights for all services, or for each by name."""
        each = weights if isinstance(weights, dict) else {route.name: weights for route in self.routes}
        return self.model_copy(update={"generation": self.generation + 1, "weights": each, "out": out})

    @property
    def serving(self) -> Slot:
        """The slot that users fall back to, never to be re-created: stable, or canary since a promotion.

        A held canary with 70 % does not serve in this sense: a rollback still goes to stable.
        """
        if self.out is not None:
            return self.out.other
        promoted = all(weights.stable == LEAST for weights in self.weights.values())
        return Slot.CANARY if promoted else Slot.STABLE

    def same_split(self, other: Traffic | None) -> bool:
        """Whether both send every user to the same place, whatever their generations."""
        return other is not None and self.model_copy(update={"generation": other.generation}) == other

    def carries(self, slot: Slot) -> bool:
        """Whether the slot has more users than the least: then no container of it may be stopped or re-created."""
        return self.out is not slot and any(weights.of(slot) > LEAST for weights in self.weights.values())

    @property
    def summary(self) -> str:
        """For people: "900:100", "frontend 900:100, backend 950:50", "999:1, canary out"."""
        distinct = {str(weights) for weights in self.weights.values()}
        text = distinct.pop() if len(distinct) == 1 else ", ".join(f"{n} {w}" for n, w in self.weights.items())
        return f"{text}, {self.out} out" if self.out else text
