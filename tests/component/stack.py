"""A small application on real Compose: an image of one static busybox, and a host that is this machine."""

from __future__ import annotations

import io
import json
import secrets
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pycanary.config.model import Config
from pycanary.host.layout import Layout
from pycanary.model.release import Commit
from pycanary.model.slot import Slot
from pycanary.runtime.compose import ComposeRuntime
from tests.component.local import RUN, LocalHost, own_lease
from tests.lab.containers import docker, docker_host

IMAGE = "pycanary-test-busybox:1"
APPLETS = ("sh", "sleep", "cat", "env", "httpd", "mkdir", "touch", "date", "tail", "echo", "rm", "nc", "true", "kill")
DOCKERFILE = f"FROM {IMAGE}\nCOPY . /srv\nWORKDIR /srv\n"
SERVE = "mkdir -p www; echo ok >www/health; exec httpd -f -p 8000 -h www"


def make_image() -> None:
    """The image that every test's Dockerfile begins with; needs no registry."""
    if docker("image", "ls", "--quiet", IMAGE).strip():
        return
    binary = shutil.which("busybox")
    assert binary, "busybox-static is not installed: run `make machine`"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(binary, "bin/busybox")
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    subprocess.run(
        ["docker", "--host", docker_host(), "import", "-c", "ENV PATH=/bin", "-", IMAGE],
        input=buffer.getvalue(),
        check=True,
        capture_output=True,
    )


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Waits for what the daemon does by itself."""
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come about")


@dataclass
class Stack:
    """One application. `compose` and `files` are what a commit holds; `put` makes the next commit of them."""

    root: Path
    app: str = field(default_factory=lambda: f"t{secrets.token_hex(4)}")
    settings: dict[str, object] = field(default_factory=dict)
    ports: dict[str, tuple[int, int]] = field(default_factory=lambda: {"web": (free_port(), free_port())})
    services: dict[str, dict[str, object]] = field(default_factory=dict)
    compose_settings: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.host = LocalHost({"DOCKER_HOST": docker_host()})
        own_lease(self.config)
        self.commits = 0

    @property
    def config(self) -> Config:
        services = {
            name: {"stable": stable, "canary": canary, "answer_seconds": 1, **self.services.get(name, {})}
            for name, (stable, canary) in self.ports.items()
        }
        return Config.model_validate(
            {
                "app": self.app,
                "hosts": [{"address": "localhost"}],
                "path": str(self.root),
                "git": {"remote": "unused"},
                "services": services,
                "compose": {"shared": None, **self.compose_settings},
                **self.settings,
            }
        )

    @property
    def layout(self) -> Layout:
        return Layout.of(self.config)

    @property
    def runtime(self) -> ComposeRuntime:
        return ComposeRuntime(self.config)

    def web(self, slot: Slot, command: str = SERVE, **more: object) -> dict[str, object]:
        """A service of the kind that users write."""
        port = self.ports["web"][0 if slot is Slot.STABLE else 1]
        return {
            "build": ".",
            "image": f"{self.app}-web:${{COMMIT:?}}",
            "command": ["sh", "-c", command],
            "ports": [f"127.0.0.1:{port}:8000"],
            "env_file": "${ENV_FILE}",
            "stop_grace_period": "0s",
            **more,
        }

    def put(
        self,
        slot: Slot = Slot.CANARY,
        services: dict[str, object] | None = None,
        shared: dict[str, object] | None = None,
        **top: object,
    ) -> Commit:
        """The next commit, as `fetch` and `checkout` leave it on the host; the .env file of the slot too."""
        self.commits += 1
        commit = Commit(id=f"{self.commits:08x}".ljust(40, "a"))
        file = {"services": services or {"web": self.web(slot)}, **top}
        for directory in (Path(self.layout.source), Path(self.layout.worktree(slot))):
            directory.mkdir(parents=True, exist_ok=True)
            (directory / "Dockerfile").write_text(DOCKERFILE)
            (directory / "release").write_text(commit.id)
            (directory / f"compose.{slot}.yml").write_text(json.dumps(file))
            (directory / "compose.canary.yml").write_text(json.dumps(file))
            if shared is not None:
                (directory / "compose.shared.yml").write_text(json.dumps({"services": shared}))
        for path in (self.layout.environment(slot), self.layout.next_environment):
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).write_text("GREETING='from the file'\n")
        return commit

    def build(self, commit: Commit) -> dict[str, str]:
        script = self.runtime.build(commit, RUN)
        assert script is not None
        return self.runtime.images(self.host.run(script))

    def start(self, commit: Commit, slot: Slot = Slot.CANARY) -> str:
        return self.host.run(self.runtime.start(slot, commit, RUN))

    def deploy(self, slot: Slot = Slot.CANARY, command: str = SERVE, **more: object) -> Commit:
        """Build and start one service in a slot."""
        commit = self.put(slot, {"web": self.web(slot, command, **more)})
        self.build(commit)
        self.start(commit, slot)
        return commit

    def containers(self, project: str) -> dict[str, str]:
        """Ids by service of a project: "stable", "canary" or "shared"."""
        lines = docker(
            *("ps", "--all", "--no-trunc", "--filter", f"label=com.docker.compose.project={self.app}-{project}"),
            *("--format", '{{.Label "com.docker.compose.service"}} {{.ID}}'),
        ).splitlines()
        return dict(line.split() for line in lines)  # type: ignore[misc]

    def inspect(self, project: str, template: str, service: str = "web") -> str:
        return docker("inspect", "--format", template, self.containers(project)[service]).strip()

    def remove(self) -> None:
        with ExitStack() as stack:
            for find, remove in (
                (f"image ls --quiet --filter reference={self.app}-*", "image rm --force"),
                (f"network ls --quiet --filter name=^{self.app}", "network rm"),
                (f"ps --all --quiet --filter name=^{self.app}", "rm --force --volumes"),
            ):
                stack.callback(_remove, find, remove)


def _remove(find: str, remove: str) -> None:
    found = set(docker(*find.split()).split())
    if found:
        docker(*remove.split(), *found)
