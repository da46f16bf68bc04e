"""The five deployment types."""

from __future__ import annotations

from enum import Enum


class DeploymentType(str, Enum):
    """What a deployment is asked to do; the table in docs/deployment-types.md says how."""

    STABLE = "stable"
    CANARY_MANUAL = "canary-manual"
    CANARY_AUTO = "canary-auto"
    PROMOTE_CANARY = "promote-canary"
    ROLLBACK = "rollback"

    def __str__(self) -> str:
        return self.value
