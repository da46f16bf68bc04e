"""The Docker daemon that the lab uses, and the end of what a lab made there."""

from __future__ import annotations

import os
import subprocess
from functools import cache

from tests.lab.machine import ROOT, SYSTEM_PATH, program


@cache
def docker_host() -> str:
    """The daemon's address. Raises AssertionError when none answers."""
    asked = subprocess.run([str(ROOT / "tests/bootstrap/docker-host.sh")], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, "no Docker daemon answers: run `make machine`"
    return asked.stdout.strip()


def docker(*arguments: str, **environment: str) -> str:
    """A docker command on that daemon, and what it printed. Raises AssertionError when it fails."""
    done = subprocess.run(
        [program("docker"), *arguments],
        env={**os.environ, "PATH": SYSTEM_PATH, "DOCKER_HOST": docker_host(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def remove_containers(app: str) -> None:
    """Remove the containers, networks and images of one lab; others of the daemon stay."""
    for find, remove in (
        (f"ps --all --quiet --filter label=pycanary-lab={app}", "rm --force --volumes"),
        (f"network ls --quiet --filter name=^{app}", "network rm"),
        (f"image ls --format {{{{.Repository}}}}:{{{{.Tag}}}} --filter reference={app}-*", "image rm --force"),
    ):
        found = set(docker(*find.split()).split())
        if found:
            docker(*remove.split(), *found)
