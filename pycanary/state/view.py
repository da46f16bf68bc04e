"""What `status` and `watch` show, gathered from every host at once."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic


class ServiceHealth(BaseModel):
    """One service in one slot."""

    model_config = ConfigDict(frozen=True)

    service: str
    slot: Slot
    healthy: bool
    words: str


class HostView(BaseModel):
    """One host as it is now."""

    model_config = ConfigDict(frozen=True)

    host: str
    error: str = ""
    lock: str = ""  # free, or who holds it
    traffic: Traffic | None = None  # as written down
    drift: tuple[str, ...] = ()  # where NGINX, its files and the state contradict each other
    releases: dict[Slot, Release] = {}
    held_since: str = ""
    last_run: str = ""  # how it ended, or "in progress"
    last_words: str = ""  # where it did not succeed: its type, how it ended, and why
    health: tuple[ServiceHealth, ...] = ()
