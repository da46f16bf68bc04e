"""What a host remembers of one application: state.json in its state directory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pycanary.errors import PersonNeeded
from pycanary.model.outcome import Outcome
from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.plan import Action

# The n-th makes a state of schema n into one of schema n + 1. A field that is only added needs a default and none of
# these: what an older pycanary wrote is then read as it is.
MIGRATIONS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = ()
SCHEMA = 1 + len(MIGRATIONS)


class StageRecord(BaseModel):
    """One stage that was run."""

    model_config = ConfigDict(frozen=True)

    name: str
    started_at: str
    seconds: float
    outcome: str  # "done", "failed: why"


class RunState(BaseModel):
    """The deployment in progress, or the last one."""

    model_config = ConfigDict(frozen=True)

    id: str
    plan: dict[str, Any]
    started_at: str
    before: Traffic | None = None  # as found
    fallback: Traffic | None = None  # what a failure brings back; its generation is set when it is used
    releases_before: dict[Slot, Release] = {}
    target: Release | None = None
    stages: tuple[StageRecord, ...] = ()
    notes: tuple[str, ...] = ()  # what a person should know: "backend healthy by log only"
    outcome: Outcome = Outcome.IN_PROGRESS
    reason: str = ""
    remedy: str = ""  # what a person does, where one is needed
    rolled_back_to: str = ""
    ended_at: str = ""

    @property
    def type(self) -> str:
        """The deployment type, as its plan named it."""
        return str(self.plan["request"]["type"])

    @property
    def misfortune(self) -> str:
        """Of a run that ended otherwise than its owner wanted: its type, how it ended, and why; else nothing."""
        fine = (Outcome.IN_PROGRESS, Outcome.DONE, Outcome.HELD, Outcome.SKIPPED)
        return "" if self.outcome in fine else f"{self.type} {self.outcome}: {self.reason}"

    @property
    def was_healthy(self) -> bool:
        """Whether what it started has answered its health checks."""
        return any(stage.name == Action.HEALTH and stage.outcome == "done" for stage in self.stages)

    def has_moved_nobody(self, traffic: Traffic | None) -> bool:
        """Whether this run could bring nothing back, and has not needed to: what it found is served."""
        return self.fallback is None and traffic == self.before


class Hold(BaseModel):
    """A canary that waits for a person."""

    model_config = ConfigDict(frozen=True)

    since: str
    run_id: str


class HostState(BaseModel):
    """Everything a later command needs to know; versioned by `schema_version`."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = SCHEMA
    app: str
    traffic: Traffic | None = None
    slots: dict[Slot, Release] = {}
    hold: Hold | None = None
    run: RunState | None = None
    next_release: int = 1
    nginx_version: tuple[int, int, int] = (1, 18, 0)

    @property
    def owed(self) -> Traffic | None:
        """What the host's watchdog, or the next command, has to bring back where nobody goes on with the run.

        None where there is no run, or none that is unfinished: it is in progress, or could not bring users back.
        """
        run, traffic = self.run, self.traffic
        if run is None or run.fallback is None or traffic is None:
            return None
        owes = not run.outcome or (run.outcome is Outcome.PERSON_NEEDED and not traffic.same_split(run.fallback))
        return run.fallback if owes else None

    def without_a_first_release(self, why: str) -> HostState:
        """The same where a first deployment ended before its release was healthy: nothing is there that could serve."""
        run = self.run
        if run is None or run.before is not None or run.was_healthy:
            return self
        bad = {
            slot: release.model_copy(update={"judged_bad": release.judged_bad or why})
            for slot, release in self.slots.items()
            if release.run_id == run.id
        }
        return self.model_copy(update={"slots": {**self.slots, **bad}})

    def to_json(self) -> str:
        """The exact text of state.json."""
        return self.model_dump_json(indent=1) + "\n"

    def commit_in(self, slot: Slot) -> str:
        """The commit that a slot holds; empty where it holds none."""
        release = self.slots.get(slot)
        return release.commit.id if release else ""

    def with_slot(self, slot: Slot, release: Release | None) -> HostState:
        """The same state with that release in that slot."""
        slots = {**self.slots, slot: release} if release else {s: r for s, r in self.slots.items() if s is not slot}
        return self.model_copy(update={"slots": slots})


def read(text: str, *, app: str, where: str) -> HostState:
    """state.json as a model; an empty text is a host that knows nothing yet.

    Raises PersonNeeded for the state of a newer pycanary, or one that is damaged.
    """
    if not text.strip():
        return HostState(app=app)
    version = _schema_version(text)
    if version > SCHEMA:
        raise PersonNeeded(
            f"state.json has schema {version}, this pycanary reads up to {SCHEMA}",
            where=where,
            remedy="use the newer pycanary that wrote it",
        )
    try:
        return HostState.model_validate_json(_migrated(text, version))
    except ValidationError as error:
        raise PersonNeeded(
            f"state.json does not fit this pycanary: {error.errors()[0]['msg']} at {error.errors()[0]['loc']}",
            where=where,
            remedy="use the pycanary that wrote it, or move state.json aside and run `pycanary deploy stable`",
        ) from error


def _migrated(text: str, version: int) -> str:
    """The same state in today's schema; a damaged one stays as it is, for the model to refuse."""
    if not 1 <= version < SCHEMA:
        return text
    state = json.loads(text)
    for migrate in MIGRATIONS[version - 1 :]:
        state = migrate(state)
    return json.dumps({**state, "schema_version": SCHEMA})


def _schema_version(text: str) -> int:
    """The version that a state says it has; 0 where that cannot be read. A newer one may have any shape."""
    try:
        said = json.loads(text)["schema_version"]
    except (ValueError, TypeError, KeyError):
        return 0
    return said if isinstance(said, int) else 0
