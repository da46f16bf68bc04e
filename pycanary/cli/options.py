"""The arguments of `plan` and `deploy`, and what they are made into."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from pycanary.errors import UsageError
from pycanary.home import user_name
from pycanary.model.deployment import DeploymentType
from pycanary.model.weights import Weights
from pycanary.plan import Request
from pycanary.source.fetch import commit_id
from pycanary.source.local import commit_time

Function = TypeVar("Function", bound=Callable[..., object])


class Choice(click.Choice[str]):
    """A choice whose error names the nearest value."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            from difflib import get_close_matches

            near = get_close_matches(value, self.choices, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            self.fail(f"{value!r} is not one of {', '.join(self.choices)}.{hint}", param, ctx)
        return super().convert(value, param, ctx)


def request_options(function: Function) -> Function:
    """The arguments of `plan` and `deploy`."""
    options = [
        click.argument("type_", metavar="TYPE", type=Choice([str(one) for one in DeploymentType])),
        click.option("--commit", metavar="ID", help="The commit, full or short; else the branch's newest."),
        click.option("--release", type=int, metavar="N", help="For `stable`: a release of the history."),
        click.option(
            "--weight",
            multiple=True,
            metavar="[SERVICE=]SHARE",
            help="For `canary-manual`: 25% for all services, or backend=5% for one; repeatable. With different weights "
            "a user may meet stable in one service and canary in another.",
        ),
        click.option("--reason", default="", help="Why; recorded and sent."),
        click.option("--once", is_flag=True, help="Nothing to do where that commit is deployed already."),
        click.option("--out", is_flag=True, help="For `rollback`: the canary meets no user at all."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def request_from(
    type_: str, commit: str | None, release: int | None, weight: tuple[str, ...], reason: str, once: bool, out: bool
) -> Request:
    """A Request from the command line and the environment of a CI system."""
    wanted = None if commit is None else commit_id(commit.strip(), "--commit")
    return Request(
        type=DeploymentType(type_),
        commit=wanted,
        commit_time=commit_time(Path(), wanted),
        release=release,
        weights=parse_weights(weight),
        reason=reason,
        who=_who(),
        run_url=os.environ.get("BUILD_URL") or os.environ.get("CI_JOB_URL") or "",
        once=once,
        out=out,
    )


def parse_weights(texts: tuple[str, ...]) -> dict[str, Weights]:
    """--weight arguments by service; "" is the one for all. Raises UsageError for a bad or a repeated one."""
    weights: dict[str, Weights] = {}
    for text in texts:
        service, _, share = text.rpartition("=")
        if service in weights:
            raise UsageError(f"two weights for {service or 'all services'}", where="--weight", expected="one each")
        weights[service] = Weights.parse(share)
    return weights


def _who() -> str:
    for name in ("PYCANARY_WHO", "BUILD_USER", "gitlabUserName", "GITLAB_USER_NAME"):
        if os.environ.get(name):
            return os.environ[name]
    return user_name()
