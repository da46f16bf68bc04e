"""Which deployment a CI build asks for, told from its environment variables; or why it asks for none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pycanary.errors import UsageError
from pycanary.model.deployment import DeploymentType
from pycanary.printable import LONGEST_NAME, one_line

BRANCH_REFS = "refs/heads/"
TAG_REFS = "refs/tags/"
LONGEST_REASON = 500


@dataclass(frozen=True)
class Start:
    """A deployment to start.

    commit: a commit or branch to deploy; None is the branch's newest. once: nothing is to be done where that commit is
    deployed already. weight: the canary's share as given, for canary-manual.
    """

    type: DeploymentType
    commit: str | None
    once: bool
    who: str
    reason: str
    weight: str | None = None


@dataclass(frozen=True)
class Skip:
    """Nothing to deploy, and why: a sentence for the console and the build's description."""

    reason: str


@dataclass(frozen=True)
class _Event:
    """What GitLab reported, whichever plugin passed it on."""

    kind: str  # push, tag_push, merge_request, or another of GitLab's
    ref: str  # that was pushed to
    target: str  # branch of the merge request
    after: str  # the commit after a push; zeros when the branch was deleted
    state: str  # of the merge request
    number: str  # of the merge request
    who: str


# The variables in which each plugin says it: GitLab, GitLab Branch Source, and generic-webhook-trigger, whose names are
# the job's own (docs/trigger.md tells to take these).
_PLUGINS = (
    {
        "kind": "gitlabActionType",
        "ref": "gitlabBranch",
        "target": "gitlabTargetBranch",
        "after": "gitlabAfter",
        "state": "gitlabMergeRequestState",
        "number": "gitlabMergeRequestIid",
        "who": "gitlabUserName",
    },
    {
        "kind": "GITLAB_OBJECT_KIND",
        "ref": "GITLAB_REF",
        "target": "GITLAB_OA_TARGET_BRANCH",
        "after": "GITLAB_AFTER",
        "state": "GITLAB_OA_STATE",
        "number": "GITLAB_OA_IID",
        "who": "GITLAB_USER_NAME",
    },
    {
        "kind": "WEBHOOK_KIND",
        "ref": "WEBHOOK_REF",
        "target": "WEBHOOK_TARGET_BRANCH",
        "after": "WEBHOOK_AFTER",
        "state": "WEBHOOK_STATE",
        "number": "WEBHOOK_NUMBER",
        "who": "WEBHOOK_USER",
    },
)
_KINDS = {"PUSH": "push", "TAG_PUSH": "tag_push", "MERGE": "merge_request", "NOTE": "note", "PIPELINE": "pipeline"}


def decide(environ: Mapping[str, str], branch: str, usual: DeploymentType | None = None) -> Start | Skip:
    """The deployment that these variables ask for. branch: the one whose pushes are deployed.

    usual: the type that the pipeline was written for; it takes canary-auto's place after an event, and a build that
    nothing explains (a timer, a person without a TYPE) starts it instead of being skipped.

    A TYPE chosen by a person wins (with COMMIT, WEIGHT and REASON); then a multibranch job that stands for something
    else is skipped; then the event that GitLab reported decides. Raises UsageError for an unknown TYPE.
    """
    chosen = environ.get("TYPE", "").strip()
    if chosen:
        return _chosen(chosen, environ)
    if environ.get("CHANGE_ID"):
        return Skip(f"this is the job of merge request !{environ['CHANGE_ID']}; only {branch} is deployed")
    job = environ.get("BRANCH_NAME", "")
    if job and job != branch:
        return Skip(f"this is the job of {job!r}; only {branch} is deployed")
    event = _event(environ)
    if event:
        return _as_usual(_of_event(event, environ, branch), usual)
    if job or usual:
        # A replay or a re-index looks the same as a push here, so the commit may be deployed already.
        who, commit = _person(environ) or "Jenkins", _checked_out(environ, branch)
        return _as_usual(Start(DeploymentType.CANARY_AUTO, commit, True, who, f"build of {branch}"), usual)
    return Skip("no push or merge started this build and TYPE is empty; choose a TYPE to deploy by hand")


def _chosen(text: str, environ: Mapping[str, str]) -> Start:
    known = [str(each) for each in DeploymentType]
    if text not in known:
        alike = difflib.get_close_matches(text.lower().replace("_", "-"), known, n=1)
        remedy = f"did you mean {alike[0]}?" if alike else ""
        raise UsageError(f"TYPE {text!r} is unknown", expected=", ".join(known), remedy=remedy)
    kind = DeploymentType(text)
    return Start(
        type=kind,
        commit=environ.get("COMMIT", "").strip() or None,
        once=False,
        who=_person(environ) or "unknown",
        reason=one_line(environ.get("REASON", ""), LONGEST_REASON),
        # The parameter may have a default that is meant for canary-manual only.
        weight=environ.get("WEIGHT", "").strip() or None if kind is DeploymentType.CANARY_MANUAL else None,
    )


def _as_usual(decision: Start | Skip, usual: DeploymentType | None) -> Start | Skip:
    if usual is None or isinstance(decision, Skip):
        return decision
    takes_what_runs = usual in (DeploymentType.PROMOTE_CANARY, DeploymentType.ROLLBACK)
    return replace(decision, type=usual, commit=None if takes_what_runs else decision.commit)


def _event(environ: Mapping[str, str]) -> _Event | None:
    for names in _PLUGINS:
        told = {field: environ.get(name, "") for field, name in names.items()}
        if told["kind"]:
            return _Event(**{**told, "kind": _KINDS.get(told["kind"], told["kind"])})
    return None


def _of_event(event: _Event, environ: Mapping[str, str], branch: str) -> Start | Skip:
    if event.kind == "tag_push" or event.ref.startswith(TAG_REFS):
        return Skip("a tag was pushed; only branches are deployed")
    if event.kind == "push":
        return _of_push(event, environ, branch)
    if event.kind == "merge_request":
        return _of_merge(event, branch)
    if event.kind == "note":
        return Skip("somebody commented; comments deploy nothing")
    return Skip(f"GitLab reported {event.kind!r}, which deploys nothing")


def _of_push(event: _Event, environ: Mapping[str, str], branch: str) -> Start | Skip:
    pushed = event.ref.removeprefix(BRANCH_REFS)
    if pushed != branch:
        return Skip(f"push to {pushed!r}; only {branch} is deployed")
    if event.after and not event.after.strip("0"):
        return Skip(f"{branch} was deleted")
    commit = _checked_out(environ, branch)
    return Start(DeploymentType.CANARY_AUTO, commit, True, _who(event), f"push to {branch}")


def _of_merge(event: _Event, branch: str) -> Start | Skip:
    request = f"merge request !{event.number}" if event.number.isdecimal() else "a merge request"
    if event.state != "merged":
        state = event.state if event.state.isalpha() else "in no known state"
        return Skip(f"{request} is {state}; only an accepted one is deployed")
    if event.target != branch:
        return Skip(f"{request} was merged into {event.target!r}; only {branch} is deployed")
    # GitLab also reports a push for the same commit: whichever build comes second finds it deployed. What is checked
    # out may be the source branch's last commit, by the plugin's version: the branch's newest is right by all of them.
    return Start(DeploymentType.CANARY_AUTO, None, True, _who(event), f"{request} merged into {branch}")


def _who(event: _Event) -> str:
    return one_line(event.who, LONGEST_NAME) or "GitLab"


def _checked_out(environ: Mapping[str, str], branch: str) -> str | None:
    """The commit that Jenkins checked out, where it stands on the branch: an event's own may be outdated by then."""
    if environ.get("GIT_BRANCH", "") in (branch, f"origin/{branch}", f"{BRANCH_REFS}{branch}"):
        commit = environ.get("GIT_COMMIT", "")
        return commit if re.fullmatch("[0-9a-f]{40}([0-9a-f]{24})?", commit) else None
    return None


def _person(environ: Mapping[str, str]) -> str:
    """Who pressed the button: by the plugin build-user-vars, else as the shared library asked Jenkins."""
    names = ("BUILD_USER", "BUILD_USER_ID", "PYCANARY_PERSON")
    return one_line(next((environ[name] for name in names if environ.get(name)), ""), LONGEST_NAME)
