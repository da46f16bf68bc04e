"""What splits the traffic, as a run sees it: NGINX today, other engines later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from pycanary.host.script import Script
from pycanary.model.traffic import Traffic
from pycanary.state.model import HostState

Phase = Literal["prepare", "commit", "commit-prepared"]
"""Part of a shift. One host commits at once; of several, all prepare before any commits what was prepared."""


@dataclass(frozen=True)
class Verification:
    """A question to the running router, and what its answer contradicts."""

    script: Script
    mismatches: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True)
class Draining:
    """A wait on one host, and whether requests were still open at its end."""

    script: Script
    left: Callable[[str], bool]


class Router(Protocol):
    """Pure: every method returns what is to be run on one host.

    proves: whether `verify` sends requests of its own, or only asks the router what it serves.
    """

    proves: bool

    def shift(self, state: HostState, run_id: str, phase: Phase, watchdog: str) -> Script:
        """Serve state.traffic and write state and watchdog down, or put everything back and fail."""

    def watchdog(self, state: HostState, run_id: str, record: str) -> Script:
        """What the host itself runs when the run's lease runs out: serve state.traffic, write state and record."""

    def verify(self, traffic: Traffic) -> Verification:
        """Prove on the running router that this traffic is what is served, as far as it `proves`."""

    def glance(self, traffic: Traffic) -> Verification:
        """Ask the running router whether it still serves this traffic: quicker than a proof."""

    def drain(self, run_id: str) -> Draining:
        """Wait until no request chooses by an older configuration, at most config.drain_seconds."""
