"""A whole lab: hosts, repository, canary.yml, users, and the command line as a person calls it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.containers import docker_host, remove_containers
from tests.lab.host import LabHost, lab_host, namespaced_host
from tests.lab.machine import ROOT, SYSTEM_PATH, free_ports
from tests.lab.processes import end_services, end_watchdog
from tests.lab.repository import Ports, Repository
from tests.lab.users import Users

SERVICES = ("frontend", "backend", "python")
COMMAND_SECONDS = 300


@dataclass(frozen=True)
class Result:
    """How one call of pycanary ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Both streams, for messages of failing tests."""
        return f"exit {self.code}\n{self.stdout}\n{self.stderr}"


class Lab:
    """app: its name. hosts: in the order of canary.yml. http_port: where users reach each host's NGINX."""

    def __init__(self, directory: Path, app: str, hosts: list[LabHost], *, compose: bool) -> None:
        self.directory, self.app, self.hosts, self.compose = directory, app, hosts, compose
        ports = free_ports(2 * len(SERVICES) + 2)
        self.http_port, self.status_port = ports.pop(), ports.pop()
        self.services = {name: Ports(ports.pop(), ports.pop()) for name in SERVICES}
        self.repository = Repository(directory / "git", app, self.services)
        self.config_path = directory / "canary.yml"
        self.environment = {"PYCANARY_WHO": "Dev Eloper"}
        self.configure()

    def configure(self, **changes: Any) -> None:
        """Write canary.yml: short bakes, and what `changes` says; a section's keys are merged, null removes one."""
        config: dict[str, Any] = {
            "app": self.app,
            "path": str(self.hosts[0].inside / "app"),
            "hosts": [host.sshd.host().model_dump(exclude_defaults=True) for host in self.hosts],
            "git": {"remote": str(self.repository.bare)},
            "services": {
                name: {"stable": ports.stable, "canary": ports.canary, "start_seconds": 20}
                for name, ports in self.services.items()
            },
            "nginx": self.hosts[0].nginx.section(http_port=self.http_port, status_port=self.status_port),
            "bake_seconds": 1,
            "drain_seconds": 20,
            "wait_seconds": 0,
            "health": {"tries": 1},
            "environment": {},
        }
        if not self.compose:
            config["commands"] = self._commands()
        for key, value in changes.items():
            both = isinstance(value, Mapping) and isinstance(config.get(key), Mapping)
            config[key] = {**config[key], **value} if both else value
        self.config_path.write_text(
            yaml.safe_dump({key: value for key, value in config.items() if value is not None}, sort_keys=False)
        )

    def _commands(self) -> dict[str, str]:
        listed = " ".join(f"{name}={ports.stable},{ports.canary}" for name, ports in self.services.items())
        call = f"SERVICES='{listed}' RUN_DIRECTORY='{self.hosts[0].inside}/run' ./service.sh"
        return {name: f"{call} {name}" for name in ("start", "stop", "running", "logs")}

    def start(self, *arguments: str, terminal: int | None = None, **environment: str) -> subprocess.Popen[str]:
        """`pycanary ARGUMENTS` in the background, as a person in the directory of canary.yml calls it.

        terminal: the file descriptor of one that it writes to; else two pipes.
        """
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "COVERAGE_PROCESS_START") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-m", "pycanary", *arguments],
            cwd=self.directory,
            env={**kept, "PATH": SYSTEM_PATH, "PYTHONPATH": str(ROOT), **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if terminal is None else terminal,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
        )

    def pycanary(self, *arguments: str, **environment: str) -> Result:
        """`pycanary ARGUMENTS` to its end."""
        with self.start(*arguments, **environment) as process:
            stdout, stderr = process.communicate(timeout=COMMAND_SECONDS)
        return Result(process.returncode, stdout, stderr)

    def deploy(self, *arguments: str, **environment: str) -> Result:
        """`pycanary deploy ARGUMENTS`, which has to succeed."""
        result = self.pycanary("deploy", *arguments, **environment)
        assert result.code == 0, f"deploy {' '.join(arguments)}: {result.text}"
        return result

    def users(self, host: int = 0, **options: Any) -> Users:
        """Users of one host and of all services that canary.yml has now, for a `with` block."""
        return Users(self.hosts[host].address, self.http_port, tuple(self.services), **options)

    def port(self, service: str, slot: str) -> int:
        """The port of a service in a slot, on its host's loopback."""
        return int(getattr(self.services[service], slot))

    def behave(self, service: str, slot: str, **behaviour: object) -> dict[str, Any]:
        """Switch a running service's failures, see tests/lab/app/app.py; what it says of itself. First host only."""
        said: dict[str, Any] = json.loads(self.get(service, slot, "/admin", behaviour))
        return said

    def get(self, service: str, slot: str, path: str, content: object = None) -> bytes:
        """What a service answers past NGINX; content is sent as JSON by POST. Raises OSError. First host only."""
        data = json.dumps(content).encode() if content else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port(service, slot)}{path}", data=data)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())

    def answers(self, service: str, slot: str) -> bool:
        """Whether that service answers at all. First host only."""
        try:
            return bool(self.get(service, slot, "/admin"))
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def lab(directory: Path, app: str, *, flavour: str, compose: bool = False, hosts: int = 1) -> Iterator[Lab]:
    """A lab for the time of the block; nothing of it is left.

    flavour: whose NGINX, "debian" or "wheel". Several hosts have network namespaces and run services as processes.
    """
    # The services' python3 is the one that runs the tests: a version manager's shim costs more than the service.
    environment = {"PATH": f"{Path(sys.executable).parent}:{SYSTEM_PATH}", "PYTHONUNBUFFERED": "1"}
    if compose:
        environment["DOCKER_HOST"] = docker_host()
    with ExitStack() as stack:
        if hosts == 1:
            made = [stack.enter_context(lab_host(directory / "host", flavour, environment))]
        else:
            made = [
                stack.enter_context(
                    namespaced_host(directory / f"host-{number}", directory / "host", flavour, environment)
                )
                for number in range(1, hosts + 1)
            ]
        if compose:
            stack.callback(remove_containers, app)
        for host in made:
            stack.callback(end_services, host.directory / "run")
            stack.callback(end_watchdog, host.directory / "app" / "state")
        yield Lab(directory, app, made, compose=compose)
