"""What is deployed after a fault, and what the state then does not allow."""

from __future__ import annotations

from typing import Any

from tests.engine.world import split_of, views
from tests.faults import invariants
from tests.lab.lab import Lab, Result

TYPES = ("canary-auto", "promote-canary", "rollback", "canary-manual", "stable")
# The exit codes that are documented for a type whose preconditions are not met.
REFUSALS = {"canary-auto": (2, 3), "promote-canary": (2, 3, 6), "rollback": (4,), "canary-manual": (2, 3)}


class Following:
    """Each type in its turn: one that the state does not allow has to be refused, and the next one is deployed."""

    def __init__(self, lab: Lab, turn: int) -> None:
        self._lab, self._turn = lab, turn
        self.last = ""  # in words

    def deploy(self, found: list[dict[str, Any]]) -> dict[str, list[str]]:
        """What went wrong, by the name of the invariant. found: what `status --json` says now."""
        refused: list[str] = []
        said: list[str] = []
        while not allows(found, type_ := TYPES[self._turn % len(TYPES)]):
            self._turn += 1
            result = self._run(type_)
            said.append(f"{type_} refused")
            if result.code not in REFUSALS[type_] or ("\n  -> " not in result.text and result.code != 6):
                refused.append(f"{type_}: {result.text}")
            if list(map(split_of, views(self._lab))) != list(map(split_of, found)):
                refused.append(f"{type_} changed the weights: {result.text}")
        self._turn += 1
        self.last = ", ".join([*said, type_])
        if type_ in ("canary-auto", "stable"):
            self._lab.repository.commit()
        result = self._run(type_)
        ailing = [each for view in views(self._lab) for each in invariants.ailing(view)]
        works = result.code == 0 and not ailing
        return {
            invariants.REFUSED: refused,
            invariants.NEXT_WORKS: [] if works else [f"{type_}: {ailing} {result.text}"],
        }

    def _run(self, type_: str) -> Result:
        weight = ("--weight", "30%") if type_ == "canary-manual" else ()
        return self._lab.pycanary("deploy", type_, *weight)


def allows(found: list[dict[str, Any]], type_: str) -> bool:
    """Whether the documented preconditions of that type are met on hosts that look so."""
    splits = {split_of(view) for view in found}
    releases = [view["releases"] for view in found]
    if type_ == "stable":
        return True
    if splits == {"nothing"} or not all("stable" in each or "canary" in each for each in releases):
        return False
    if type_ == "promote-canary":
        good = all("canary" in each and not each["canary"]["judged_bad"] for each in releases)
        return good and not any("canary out" in split or split.startswith("1:999") for split in splits)
    if type_ == "rollback":
        good = all("stable" in each and not each["stable"]["judged_bad"] for each in releases)
        return good and not any("stable out" in split for split in splits)
    return all(any(not release["judged_bad"] for release in each.values()) for each in releases)
