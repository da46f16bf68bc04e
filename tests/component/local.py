"""Runs a script as a host's sshd would, without one: `timeout N sh -s`, the text on stdin."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from pycanary.config.model import Config
from pycanary.host.explain import explain_failure
from pycanary.host.layout import Layout
from pycanary.host.script import Script

RUN = "run-1"


def own_lease(config: Config) -> None:
    """The host's lease belongs to RUN."""
    state = Path(Layout.of(config).state)
    state.mkdir(parents=True, exist_ok=True)
    (state / "lease").write_text(f"run={RUN}\nwho=tests\n", encoding="utf-8")


class LocalHost:
    """This machine as a host. Raises HostFailed as a real host does."""

    def __init__(self, environment: Mapping[str, str] | None = None, shell: tuple[str, ...] = ("sh",)) -> None:
        self.environment = {**os.environ, **(environment or {})}
        self.shell = shell

    def run(self, script: Script) -> str:
        began = time.monotonic()
        done = subprocess.run(
            ["timeout", "-k", "5", str(script.timeout_seconds), *self.shell, "-s"],
            input=script.render().encode(),
            capture_output=True,
            env=self.environment,
            check=False,
        )
        output, errors = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        if done.returncode != 0:
            raise explain_failure(
                "localhost", script, done.returncode, output, errors, seconds=time.monotonic() - began
            )
        return output
