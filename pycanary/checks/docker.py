"""Findings on Docker and Compose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pycanary.checks.finding import Finding
from pycanary.checks.host_facts import HostFacts

OLDEST_COMPOSE = (2, 17)  # `up --wait-timeout`


def docker(facts: HostFacts, *, compose: bool) -> Iterator[Finding]:
    """Nothing where Docker was not asked. compose: the runtime needs its plugin."""
    if facts.docker is None:
        return
    state, words = facts.docker
    if state == "missing":
        yield Finding("error", "docker", "is not installed", "https://docs.docker.com/engine/install says how")
    elif state == "failed":
        yield _unreachable(facts.user, words)
    else:
        yield Finding("ok", "docker", f"engine {words}, and {facts.user} may use it")
        if compose:
            yield _compose(facts.compose)


def _unreachable(user: str, words: str) -> Finding:
    low = words.lower()
    if "permission denied" in low:
        return Finding(
            "error",
            "docker",
            f"{user} may not use it",
            f"`sudo usermod -aG docker {user}`; the next login has the right",
        )
    if any(sign in low for sign in ("cannot connect", "connection refused", "no such file")):
        return Finding("error", "docker", "its daemon does not run", "`sudo systemctl enable --now docker`")
    return Finding("error", "docker", f"does not answer: {words}", "try `docker version` on the host")


def _compose(version: str) -> Finding:
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if numbers is None:
        return Finding("error", "compose", "Docker has no Compose v2", "install the package docker-compose-plugin")
    if (int(numbers[1]), int(numbers[2])) < OLDEST_COMPOSE:
        return Finding("error", "compose", f"version {version}", "install docker-compose-plugin 2.17 or newer")
    return Finding("ok", "compose", f"version {version}")
