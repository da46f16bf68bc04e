"""What splits the traffic, as a run sees it: NGINX today, other engines later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from pycanary.host.script import Script
from pycanary.model.traffic import Traffic
from pycanary.state.model import HostState


class Phase(str, Enum):
    """Part of a shift: both on one host; prepare everywhere, then commit everywhere on several."""

    BOTH = "both"
    PREPARE = "prepare"
    COMMIT = "commit"


@dataclass(frozen=True)
class Verification:
    """A question to the running router, and what its answer contradicts."""

    script: Script
    mismatches: Callable[[str], tuple[str, ...]]


class Router(Protocol):
    """Pure: every method returns what is to be run on one host."""

    def shift(self, state: HostState, run_id: str, phase: Phase) -> Script:
        """Serve state.traffic and write state down, or put everything back and fail."""

    def verify(self, traffic: Traffic) -> Verification:
        """Prove on the running router that this traffic is what is served."""

    def drain(self, seconds: int) -> Script:
        """Wait until no request chooses by an older configuration; prints how many workers are left."""
