"""Weights: how one service's users are split between its two slots, in thousandths."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from pycanary.errors import UsageError
from pycanary.model.slot import Slot

TOTAL = 1000
LEAST = 1  # both sides stay observable, and NGINX refuses weight=0


class Weights(BaseModel):
    """stable + canary = 1000, neither below 1."""

    model_config = ConfigDict(frozen=True)

    stable: int
    canary: int

    @model_validator(mode="after")
    def _adds_up(self) -> Weights:
        if self.stable < LEAST or self.canary < LEAST or self.stable + self.canary != TOTAL:
            raise ValueError(f"weights must add up to {TOTAL}, each at least {LEAST}; found {self}")
        return self

    @classmethod
    def of_canary(cls, canary: int) -> Weights:
        """The weights that give the canary that many thousandths."""
        return cls(stable=TOTAL - canary, canary=canary)

    @classmethod
    def everything_to(cls, slot: Slot) -> Weights:
        """999 of 1000 to one slot; the other keeps the least."""
        return cls.of_canary(LEAST if slot is Slot.STABLE else TOTAL - LEAST)

    @classmethod
    def parse(cls, text: str) -> Weights:
        """Read a canary share such as "25%" or "12.5%".

        Raises UsageError for anything that is not a share from 0.1 % to 99.9 % in steps of 0.1 %.
        """
        match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]+)?) ?%", text.strip())
        if not match:
            raise UsageError(f"weight {text!r} is not a percentage", expected="a share such as 25% or 0.5%")
        thousandths = Decimal(match[1]) * 10
        if thousandths != thousandths.to_integral_value():
            raise UsageError(f"weight {text!r} is finer than 0.1 %", expected="steps of 0.1 %, such as 12.3%")
        if not LEAST <= thousandths <= TOTAL - LEAST:
            raise UsageError(
                f"weight {text!r} is out of range",
                expected="0.1% to 99.9%",
                remedy="for everything on one side use `deploy promote-canary` or `deploy stable`",
            )
        return cls.of_canary(int(thousandths))

    def of(self, slot: Slot) -> int:
        """The thousandths of one slot."""
        return self.stable if slot is Slot.STABLE else self.canary

    @property
    def percent(self) -> str:
        """The canary's share for people: "10%", "0.1%"."""
        whole, tenth = divmod(self.canary, 10)
        return f"{whole}.{tenth}%" if tenth else f"{whole}%"

    def __str__(self) -> str:
        return f"{self.stable}:{self.canary}"


def validate_percent(value: Any) -> Weights:
    """For models: Weights from "10%", from stored weights, or a ValueError with the sentence of UsageError."""
    if isinstance(value, Weights):
        return value
    if isinstance(value, dict):
        return Weights.model_validate(value)
    try:
        return Weights.parse(str(value))
    except UsageError as error:
        raise ValueError(error.sentence) from error
