"""Waiting for the requests that were begun under an older generation."""

from __future__ import annotations

from pycanary.config.model import Config
from pycanary.host.layout import Layout
from pycanary.host.script import Script
from pycanary.nginx.call import docker
from pycanary.nginx.shift import LIBRARIES, status_values

SLACK_SECONDS = 30


def drain(config: Config, *, run: str) -> Script:
    """Wait until no worker of an older generation is left, at most config.drain_seconds."""
    return Script(
        "drain",
        {
            "STATE": Layout.of(config).state,
            "RUN": run,
            **status_values(config),
            "CONTAINER": config.nginx.container or "",
            "DOCKER": docker(config.nginx),
            "LONGEST": config.drain_seconds,
        },
        timeout_seconds=config.drain_seconds + SLACK_SECONDS,
        libraries=LIBRARIES,
    )


def left(output: str) -> int | None:
    """How many older workers were left at the end; None where the deploy user may not see NGINX's processes."""
    word = output.split()[-1]
    return None if word == "unknown" else int(word)
