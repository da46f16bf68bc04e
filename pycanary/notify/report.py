"""What people are told about a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pycanary.model.deployment import DeploymentType
from pycanary.model.outcome import Outcome
from pycanary.model.release import Commit
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights


@dataclass(frozen=True)
class Report:
    """The end of a deployment, or its hold. What commits, people and hosts say in it is escaped where it is shown.

    commit_url, run_url and log_url are web addresses, empty where there is none. weights: by service; empty where they
    are not known. remedy: what a person has to do now, where one is needed.
    """

    app: str
    type: DeploymentType
    outcome: Outcome
    commit: Commit | None = None
    commit_url: str | None = None
    who: str = ""
    reason: str = ""
    weights_before: Mapping[str, Weights] = field(default_factory=dict)
    weights_after: Mapping[str, Weights] = field(default_factory=dict)
    out: Slot | None = None
    duration_seconds: float = 0
    run_url: str | None = None
    log_url: str | None = None
    failed_stage: str = ""
    failure: str = ""
    remedy: str = ""
    rolled_back_to: str = ""
    notes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
