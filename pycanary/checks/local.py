"""Findings on the machine that pycanary runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pycanary.checks.finding import Finding
from pycanary.config.model import Config
from pycanary.environment.collect import collect
from pycanary.errors import PycanaryError


def local(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether a deployment started here would have all that it hands on."""
    try:
        values = collect(config, environ)
    except PycanaryError as error:
        yield Finding("error", "environment", error.found, error.remedy)
    else:
        names = ", ".join(sorted(values))
        yield Finding("ok", "environment", f"{len(values)} variables: {names}" if values else "no variables are asked")
    if config.mattermost is None:
        return
    name = config.mattermost.variable
    if environ.get(name):
        yield Finding("ok", "mattermost", f"{name} is set")
    else:
        yield Finding("warning", "mattermost", f"{name} is not set: nobody is told", "set it to the webhook's URL")
