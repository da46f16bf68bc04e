"""The plan of a deployment: pure, computed before anything is touched, the one list that is shown and executed."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from enum import Enum

from pydantic import BaseModel, ConfigDict

from pycanary.config.model import Config
from pycanary.errors import UsageError
from pycanary.model.deployment import DeploymentType
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights


class Action(str, Enum):
    """What a stage does; pycanary/stages/ has one file for each."""

    CHECKOUT = "checkout"
    NGINX = "nginx"
    ENVIRONMENT = "environment"
    BUILD = "build"
    SETTLE = "settle"
    BRIDGE = "bridge"
    START = "start"
    HEALTH = "health"
    SHIFT = "shift"
    FINISH = "finish"


class Request(BaseModel):
    """What somebody asked for."""

    model_config = ConfigDict(frozen=True)

    type: DeploymentType
    commit: str | None = None  # full or short id; else the branch's newest
    commit_time: int = 0  # seconds since 1970, where it is known beforehand
    release: int | None = None  # of the history, for `stable`
    weights: dict[str, Weights] = {}  # by service, "" for all, for canary-manual
    reason: str = ""
    who: str = ""
    run_url: str = ""
    once: bool = False  # nothing to do where that commit is deployed already
    out: bool = False  # after a rollback the canary meets no user at all


class PlannedStage(BaseModel):
    """One stage: what Jenkins shows as a stage, what `pycanary stage NAME` runs."""

    model_config = ConfigDict(frozen=True)

    name: str
    action: Action
    summary: str
    weights: dict[str, Weights] = {}
    bake_seconds: int = 0


class Plan(BaseModel):
    """The ordered stages of one run."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    app: str
    request: Request
    stages: tuple[PlannedStage, ...]

    def stage(self, name: str) -> PlannedStage:
        """The stage of that name. Raises UsageError naming those that exist."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        names = ", ".join(stage.name for stage in self.stages)
        raise UsageError(f"the plan of run {self.run_id} has no stage {name!r}", expected=f"one of {names}")

    def takes_values(self, stage: PlannedStage | None) -> bool:
        """Whether a stage needs the containers' values: the one that writes them, and the first, which proves them.

        None is all stages in one process.
        """
        written = any(each.action is Action.ENVIRONMENT for each in self.stages)
        return written and (stage is None or stage is self.stages[0] or stage.action is Action.ENVIRONMENT)


def new_run_id() -> str:
    """Unique, sortable by time, safe in file names and shells: 20261123T101500-3f9a1c."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S}-{os.urandom(3).hex()}"


def make_plan(config: Config, request: Request, run_id: str) -> Plan:
    """The stages of a request. Raises UsageError for what the type does not take."""
    _check(config, request)
    stages = {
        DeploymentType.STABLE: _stable,
        DeploymentType.CANARY_MANUAL: _canary_manual,
        DeploymentType.CANARY_AUTO: _canary_auto,
        DeploymentType.PROMOTE_CANARY: _promote,
        DeploymentType.ROLLBACK: _rollback,
    }[request.type](config, request)
    return Plan(run_id=run_id, app=config.app, request=request, stages=(*stages, _FINISH))


def weights_of(config: Config, asked: dict[str, Weights]) -> dict[str, Weights]:
    """Weights for every service from those asked for; "" stands for all that are not named."""
    for name in asked:
        if name and name not in config.services:
            raise UsageError(f"no service {name!r}", where="--weight", expected=f"one of {', '.join(config.services)}")
    missing = [name for name in config.services if name not in asked and "" not in asked]
    if missing:
        raise UsageError(
            f"no weight for {', '.join(missing)}",
            where="--weight",
            remedy="give one for all (--weight 25%) or for each (--weight backend=5%)",
        )
    return {name: asked.get(name) or asked[""] for name in config.services}


def _check(config: Config, request: Request) -> None:
    manual = request.type is DeploymentType.CANARY_MANUAL
    if manual:
        weights_of(config, request.weights)
    elif request.weights:
        raise UsageError(f"--weight does not go with {request.type}", remedy="use `deploy canary-manual --weight 25%`")
    if request.release is not None and request.type is not DeploymentType.STABLE:
        raise UsageError(f"--release does not go with {request.type}", remedy="use `deploy stable --release N`")
    if request.release is not None and request.commit:
        raise UsageError("both --release and --commit", remedy="give one of them")
    if request.commit and request.type in (DeploymentType.PROMOTE_CANARY, DeploymentType.ROLLBACK):
        raise UsageError(
            f"--commit does not go with {request.type}: it takes what runs",
            remedy="use `deploy stable --commit` for another commit",
        )
    if request.out and request.type is not DeploymentType.ROLLBACK:
        raise UsageError(f"--out does not go with {request.type}", remedy="use `deploy rollback --out`")


MIXED = "with different weights a user may meet stable in one service and canary in another"

_FINISH = PlannedStage(name="finish", action=Action.FINISH, summary="record the run, tell people, give the lock back")


def _preparation(request: Request) -> tuple[PlannedStage, ...]:
    what = f"release {request.release} of the history" if request.release else request.commit or "the branch's newest"
    return (
        PlannedStage(name="checkout", action=Action.CHECKOUT, summary=f"fetch {what} on every host"),
        PlannedStage(name="nginx", action=Action.NGINX, summary="check or create the NGINX configuration"),
        PlannedStage(name="environment", action=Action.ENVIRONMENT, summary="write the .env file"),
        PlannedStage(name="build", action=Action.BUILD, summary="build or pull what the release needs"),
    )


def _settle() -> PlannedStage:
    return PlannedStage(
        name="settle",
        action=Action.SETTLE,
        summary="after a promotion: bring the stable slot to the promoted release, all users to it",
    )


def _start(slots: str) -> tuple[PlannedStage, ...]:
    return (
        PlannedStage(name="start", action=Action.START, summary=f"take {slots} out, drain it, start the release in it"),
        PlannedStage(name="health", action=Action.HEALTH, summary=f"wait until every service of {slots} is healthy"),
    )


def _shift(config: Config, name: str, weights: dict[str, Weights], bake_seconds: int) -> PlannedStage:
    each = {str(weight) for weight in weights.values()}
    split = each.pop() if len(each) == 1 else ", ".join(f"{service} {weight}" for service, weight in weights.items())
    watched = f", watch for {bake_seconds} s" if bake_seconds else ""
    if len(set(weights.values())) > 1:
        watched += f"; {MIXED}"
    summary = f"{split} (stable:canary), verify{watched}"
    return PlannedStage(name=name, action=Action.SHIFT, summary=summary, weights=weights, bake_seconds=bake_seconds)


def _all_to(config: Config, slot: Slot) -> dict[str, Weights]:
    return {name: Weights.everything_to(slot) for name in config.services}


def _canary_auto(config: Config, request: Request) -> tuple[PlannedStage, ...]:
    shifts = tuple(
        _shift(config, f"shift-{step.percent.rstrip('%')}", dict.fromkeys(config.services, step), config.bake_seconds)
        for step in config.steps
    )
    return (*_preparation(request), _settle(), *_start("the canary slot"), *shifts)


def _canary_manual(config: Config, request: Request) -> tuple[PlannedStage, ...]:
    weights = weights_of(config, request.weights)
    shift = _shift(config, "shift", weights, config.bake_seconds)
    return (*_preparation(request), _settle(), *_start("the canary slot"), shift)


def _promote(config: Config, request: Request) -> tuple[PlannedStage, ...]:
    health = PlannedStage(name="health", action=Action.HEALTH, summary="check every service of the canary slot")
    return (health, _shift(config, "shift", _all_to(config, Slot.CANARY), config.bake_seconds))


def _rollback(config: Config, request: Request) -> tuple[PlannedStage, ...]:
    return (_shift(config, "shift", _all_to(config, Slot.STABLE), 0),)


def _stable(config: Config, request: Request) -> tuple[PlannedStage, ...]:
    bridge = PlannedStage(
        name="bridge",
        action=Action.BRIDGE,
        summary="start the release in the slot that does not serve, all users to it",
    )
    shift = _shift(config, "shift", _all_to(config, Slot.STABLE), config.bake_seconds)
    return (*_preparation(request), bridge, *_start("the slot that served"), shift)
