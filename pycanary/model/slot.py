"""The two places in which a release runs."""

from __future__ import annotations

from enum import Enum


class Slot(str, Enum):
    """Each slot keeps its ports; releases move between them."""

    STABLE = "stable"
    CANARY = "canary"

    @property
    def other(self) -> Slot:
        """The slot beside this one."""
        return Slot.CANARY if self is Slot.STABLE else Slot.STABLE

    def __str__(self) -> str:
        return self.value
