"""A Docker daemon of a test's own, to be restarted: the one that all tests share stays as it is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.containers import docker, docker_host
from tests.lab.machine import AS_ROOT, program, stop, wait_until

IMAGE = "pycanary-lab-app"
# Both daemons live beside each other: this one leaves the firewall alone, and has a bridge of its own, since one that
# has none, or has address pools, removes docker0, which is the other's.
BRIDGE = "pycanary-lab"
ALONE = ("--iptables=false", f"--bridge={BRIDGE}")


@dataclass
class Dockerd:
    """directory: its data and its socket."""

    directory: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """What DOCKER_HOST is to be."""
        return f"unix://{self.directory}/docker.sock"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.directory / "dockerd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *AS_ROOT,
                    program("dockerd"),
                    *ALONE,
                    f"--host={self.address}",
                    f"--data-root={self.directory}/data",
                    f"--exec-root={self.directory}/run",
                    f"--pidfile={self.directory}/pid",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, "dockerd to answer", seconds=60)

    def stop(self) -> None:
        """Stop it, and with it every container, as a restart of its service does."""
        if self.process is not None:
            stop(self.process)
            self.process = None

    def _answers(self) -> bool:
        asked = [program("docker"), "--host", self.address, "version"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@contextmanager
def own_dockerd(directory: Path) -> Iterator[Dockerd]:
    """A daemon that has the lab's image and is every lab's for the time of the block. Needs root."""
    directory.mkdir()
    _bridge("add", "name", BRIDGE, "type", "bridge")
    image = directory / "image.tar"
    docker("save", "--output", str(image), IMAGE)
    started, before = Dockerd(directory), os.environ.get("DOCKER_HOST")
    started.start()
    os.environ["DOCKER_HOST"] = started.address
    docker_host.cache_clear()
    try:
        docker("load", "--quiet", "--input", str(image))
        image.unlink()
        yield started
    finally:
        started.stop()
        _bridge("delete", BRIDGE)
        os.environ.pop("DOCKER_HOST")
        if before is not None:
            os.environ["DOCKER_HOST"] = before
        docker_host.cache_clear()


def _bridge(*arguments: str) -> None:
    subprocess.run([*AS_ROOT, program("ip"), "link", *arguments], check=True)
