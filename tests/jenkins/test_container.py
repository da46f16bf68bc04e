"""An agent in a container: a uid without a name, no HOME, a root that cannot be written, nothing kept from before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jenkins.test_unpack import SCRIPT
from tests.lab.containers import docker_host
from tests.lab.lab import Lab
from tests.lab.machine import program
from tools.bundle import bundle

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
UID = "12345:12345"
BUILD = """
set -e
sh unpack.sh
sh tmp/pycanary deploy stable
sh unpack.sh
sh tmp/pycanary status
"""


def container(workspace: Path, *mounts: str) -> subprocess.CompletedProcess[str]:
    """BUILD in a container of the lab's image that has this machine's git and Python."""
    prefix = "/usr" if sys.base_prefix == "/usr" else "/opt/python"
    given = [f"{workspace}:/workspace", "/usr:/usr:ro", *mounts]
    if prefix != "/usr":
        given.append(f"{sys.base_prefix}:{prefix}:ro")
    environ = {
        "PATH": f"{prefix}/bin:/usr/bin:/bin",
        "LD_LIBRARY_PATH": f"{prefix}/lib",
        "PYCANARY_HOME": "/workspace/tmp",
        "PYCANARY_CONFIG": "canary.yml",
        "PYCANARY_WHEELS": "/wheels",
    }
    inside = ("env", "-i", *(f"{name}={value}" for name, value in environ.items()), "sh", "-c", BUILD)
    volumes = [part for each in given for part in ("--volume", each)]
    as_nobody = ("--rm", "--network", "host", "--read-only", "--user", UID, "--workdir", "/workspace")
    return subprocess.run(
        [program("docker"), "run", *as_nobody, *volumes, "pycanary-lab-app", *inside],
        env={**os.environ, "DOCKER_HOST": docker_host()},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_user_without_a_name_deploys_from_a_cold_container(processes_lab: Lab, wheels: Path, tmp_path: Path) -> None:
    lab, workspace = processes_lab, tmp_path / "workspace"
    (workspace / "tmp").mkdir(parents=True)
    keys = lab.hosts[0].sshd.directory
    for name in ("user_key", "known_hosts"):
        shutil.copy(keys / name, workspace)
        (workspace / name).chmod(0o644)
    lab.configure(
        hosts=[
            {
                **lab.hosts[0].sshd.host().model_dump(exclude_defaults=True),
                "identity": "user_key",
                "known_hosts": "known_hosts",
            }
        ]
    )
    shutil.copy(lab.config_path, workspace / "canary.yml")
    lab.configure()
    shutil.copy(SCRIPT, workspace)
    (workspace / "tmp/bundle.zip").write_bytes(bundle())
    for each in (workspace, workspace / "tmp"):
        each.chmod(0o777)
    lab.repository.commit()
    done = container(workspace, f"{wheels}:/wheels:ro")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("into /workspace/tmp/cache, once on this agent") == 1
    assert "stable is done" in done.stdout
    assert "uid 12345" in lab.pycanary("history", "--json").stdout
