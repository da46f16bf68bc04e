"""What several tests of the shared library stand on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.jenkins.job import MAVEN, Jenkins, job, tested
from tests.lab.lab import Lab
from tools.bundle import LOCK


@pytest.fixture(scope="session")
def maven(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The class path of the compiled harness, and what Maven said of its tests."""
    shutil.rmtree(MAVEN / "target/surefire-reports", ignore_errors=True)
    return tested(tmp_path_factory.mktemp("groovy"))


@pytest.fixture(scope="session")
def agent_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a long-lived agent keeps between builds."""
    return tmp_path_factory.mktemp("agent-cache")


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All packages of the lock, fetched once, as docs/jenkins.md tells to do for agents without an index."""
    folder = tmp_path_factory.mktemp("wheels")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
    only = ("--only-binary", ":all:", "--require-hashes", "--no-deps")
    subprocess.run([*pip, *only, "-d", folder, "-r", LOCK], check=True)
    folder.chmod(0o755)  # an agent's user is another one
    for wheel in folder.iterdir():
        wheel.chmod(0o644)
    return folder


@pytest.fixture
def jenkins(
    processes_lab: Lab, maven: tuple[str, str], agent_cache: Path, tmp_path: Path
) -> Iterator[Callable[..., Jenkins]]:
    """jenkins(**changes of canary.yml): the lab with its canary.yml and the Jenkinsfile in the repository."""
    with ExitStack() as stack:

        def make(**changes: Any) -> Jenkins:
            made = job(processes_lab, tmp_path / "jenkins", maven[0], agent_cache, **changes)
            stack.callback(made.close)
            return made

        yield make
