"""One Jenkins build, from its environment to the document that the shared library acts on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pycanary.cli.options import parse_weights
from pycanary.config.model import Config
from pycanary.errors import UsageError
from pycanary.jenkins.credentials import bindings_of, needs
from pycanary.model.deployment import DeploymentType
from pycanary.notify.page import plain
from pycanary.plan import Action, Plan, PlannedStage, Request, make_plan, new_run_id
from pycanary.source.local import commit_time, find_commit
from pycanary.trigger import Skip, Start, decide

# Arguments of the step canaryDeploy; vars/canaryDeploy.txt describes them.
ARGUMENTS = ("type", "weight", "commit", "reason", "config", "python", "wheels", "installed")


@dataclass(frozen=True)
class Arguments:
    """What the Jenkinsfile gave to canaryDeploy for the deployment itself; empty is not given."""

    type: str = ""
    weight: str = ""
    commit: str = ""
    reason: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Arguments:
        """From PYCANARY_TYPE and so on. Raises UsageError for an argument that the step does not have."""
        for name in environ.get("PYCANARY_ARGUMENTS", "").split(","):
            if name and name not in ARGUMENTS:
                near = difflib.get_close_matches(name, ARGUMENTS, n=1)
                raise UsageError(
                    f"it has no argument {name!r}",
                    where="canaryDeploy",
                    expected=", ".join(ARGUMENTS),
                    remedy=f"did you mean {near[0]}?" if near else "",
                )
        return cls(*(environ.get(f"PYCANARY_{name.upper()}", "").strip() for name in ARGUMENTS[:4]))


def decide_build(config: Config, environ: Mapping[str, str], arguments: Arguments) -> Start | Skip:
    """What this build deploys, or why nothing. What a person chose for it wins over the Jenkinsfile's arguments.

    Raises UsageError for an unknown type, a weight without canary-manual, or a commit that nobody knows.
    """
    usual = _usual(arguments)
    decision = decide(environ, config.git.branch, usual)
    if isinstance(decision, Skip):
        return decision
    weight = environ.get("WEIGHT", "").strip() or arguments.weight
    if arguments.weight and decision.type is usual and usual is not DeploymentType.CANARY_MANUAL:
        raise UsageError(
            f"weight {arguments.weight!r} does not go with {usual}",
            where="canaryDeploy",
            remedy="canaryDeploy(type: 'canary-manual', weight: '25%')",
        )
    manual = decision.type is DeploymentType.CANARY_MANUAL
    reason = (environ.get("REASON", "").strip() and decision.reason) or arguments.reason or decision.reason
    return replace(
        decision,
        weight=weight if manual else None,
        commit=_commit(_wanted(decision, environ, arguments)),
        reason=reason,
    )


def _wanted(decision: Start, environ: Mapping[str, str], arguments: Arguments) -> str | None:
    """What a person filled in, else what the Jenkinsfile names, else the event's; nothing for what runs already."""
    if decision.type in (DeploymentType.PROMOTE_CANARY, DeploymentType.ROLLBACK):
        return decision.commit
    by_hand = environ.get("COMMIT", "").strip() if environ.get("TYPE", "").strip() else ""
    return by_hand or arguments.commit or decision.commit


def _usual(arguments: Arguments) -> DeploymentType | None:
    if not arguments.type:
        return None
    chosen = decide({"TYPE": arguments.type}, "")  # checks the name, and names the nearest one
    return chosen.type if isinstance(chosen, Start) else None


def _commit(name: str | None) -> str | None:
    """A commit id as it is; a branch or tag as the commit that the build's checkout knows.

    Fewer than seven digits may well be a name, such as `2024`: the checkout is asked.
    """
    if name is None or re.fullmatch("[0-9a-f]{7,64}", name.lower()):
        return name.lower() if name else None
    found = None if name.startswith("-") else find_commit(Path(), name.removeprefix("origin/"))
    if found is None:
        raise UsageError(
            f"{name!r} is no commit id, and this build's checkout has no such branch or tag",
            where="COMMIT",
            remedy="give the commit's id; a checkout of one branch does not know the others",
        )
    return found


def plan_build(config: Config, start: Start, environ: Mapping[str, str]) -> Plan:
    """The plan of this build. Raises UsageError for what the type does not take."""
    try:
        return make_plan(config, _request(start, environ), new_run_id())
    except UsageError as error:
        if error.where != "--weight":
            raise
        here = "WEIGHT holds one for all (25%) or one for each service (backend=5% frontend=10%)"
        raise UsageError(error.found, expected=error.expected, where="WEIGHT", remedy=here) from error


def _request(start: Start, environ: Mapping[str, str]) -> Request:
    return Request(
        type=start.type,
        commit=start.commit,
        commit_time=commit_time(Path(), start.commit),
        weights=parse_weights(tuple(re.split(r"[\s,]+", start.weight))) if start.weight else {},
        reason=start.reason,
        who=start.who,
        run_url=environ.get("BUILD_URL", ""),
        once=start.once,
    )


def document(config: Config, plan: Plan, environ: Mapping[str, str]) -> dict[str, object]:
    """What the shared library needs of a plan: names of stages, credentials of each, texts of the build's page."""
    request = plan.request
    commit = f" {request.commit[:8]}" if request.commit else ""
    shares = " → ".join(dict.fromkeys(_share(stage) for stage in plan.stages if stage.action is Action.SHIFT))
    return {
        "skip": "",
        "run": plan.run_id,
        "name": f"#{environ.get('BUILD_NUMBER', '')} {request.type}{commit}",
        "description": plain(f"{request.type} {shares}, by {request.who}: {request.reason}".removesuffix(": ")),
        "stages": [_stage(config, plan, stage) for stage in plan.stages if stage.action is not Action.FINISH],
        "finish": _stage(config, plan, plan.stages[-1]),
        "credentials": needs(each for at in (0, -1) for each in bindings_of(config, plan, plan.stages[at])),
    }


def skipped(reason: str, environ: Mapping[str, str]) -> dict[str, object]:
    """The document of a build that deploys nothing."""
    return {"skip": plain(reason), "name": f"#{environ.get('BUILD_NUMBER', '')} skipped"}


def _stage(config: Config, plan: Plan, stage: PlannedStage) -> dict[str, object]:
    return {"name": stage.name, "credentials": bindings_of(config, plan, stage)}


def _share(stage: PlannedStage) -> str:
    each = {str(weights) for weights in stage.weights.values()}
    return each.pop() if len(each) == 1 else ", ".join(f"{name} {weights}" for name, weights in stage.weights.items())
