"""The host of the example on this machine: sshd, NGINX, certificate, repository and canary.yml; and its end."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from pycanary.cli.session import session
from pycanary.cli.settings import Settings
from pycanary.config.load import load
from pycanary.config.model import Config
from pycanary.errors import ExitCode
from pycanary.model.deployment import DeploymentType
from pycanary.model.weights import Weights
from pycanary.plan import Request, make_plan, new_run_id
from pycanary.run.execute import deploy
from pycanary.run.reporter import Reporter
from tests.lab.containers import docker, docker_host
from tests.lab.lab import Result
from tests.lab.machine import SYSTEM_PATH, program
from tests.lab.nginx import Nginx, nginx
from tests.lab.sshd import Sshd, sshd
from tests.shop.ports import need_ports
from tests.shop.releases import SHOP, Releases

# A name of its own, so that neither its containers nor its volumes are ever those of a real shop on this machine.
APP = "shop-example"
ADDRESS = "127.0.0.1"
SUBJECT = ("-subj", f"/CN={ADDRESS}", "-addext", f"subjectAltName=IP:{ADDRESS}")


class Stack:
    """directory: all that the example writes. `changes`: keys of canary.yml that differ from examples/shop."""

    def __init__(self, directory: Path, server: Sshd, web: Nginx) -> None:
        self.directory, self.sshd, self.nginx = directory, server, web
        self.releases = Releases(directory / "git", APP)
        self.certificate, self.key = directory / "certificate.pem", directory / "key.pem"
        self.changes: dict[str, Any] = {}
        self.values = _values()
        self.configure()

    def configure(self, **changes: Any) -> Config:
        """Write canary.yml and .env: those of examples/shop, with this machine's names and addresses."""
        self.changes.update(changes)
        shop = yaml.safe_load((SHOP / "canary.yml").read_text())
        tls = {"certificate": str(self.certificate), "certificate_key": str(self.key), "server_name": ADDRESS}
        host = self.sshd.host().model_dump(exclude_defaults=True)
        here = {
            "app": APP,
            "path": str(self.directory / "srv"),
            "hosts": [host],
            "git": {"remote": str(self.releases.repository.bare)},
            "nginx": self.nginx.section(**tls),
            "mattermost": None,
            "bake_seconds": 5,
            "wait_seconds": 0,
        }
        whole = {**shop, **here, **self.changes}
        self.config_path.write_text(
            yaml.safe_dump({key: value for key, value in whole.items() if value is not None}, sort_keys=False)
        )
        self.env_path.touch(mode=0o600)
        self.env_path.write_text("".join(f"{name}={value}\n" for name, value in self.values.items()))
        return load(self.config_path)

    @property
    def config_path(self) -> Path:
        """Its canary.yml."""
        return self.directory / "canary.yml"

    @property
    def env_path(self) -> Path:
        """Its .env."""
        return self.directory / ".env"

    def deploy(self, kind: DeploymentType, reporter: Reporter, canary: int | None = None) -> ExitCode:
        """`pycanary deploy` in this process, so that the reporter is told what is served.

        canary: the canary's part of 1000, for canary-manual.
        """
        config = load(self.config_path)
        weights = {"": Weights.of_canary(canary)} if canary else {}
        request = Request(type=kind, weights=weights, who="the example", reason="to show it")
        plan = make_plan(config, request, new_run_id())
        os.environ["PYCANARY_ENV_FILE"] = str(self.env_path)
        with session(Settings(str(self.config_path)), config, plan, between_stages=False, reporter=reporter) as run:
            code = deploy(run)
            if run.interrupts.told:  # the deployment was ending already; the example is not
                raise KeyboardInterrupt
            return code

    def pycanary(self, *arguments: str) -> Result:
        """`pycanary ARGUMENTS`, as a person beside this canary.yml calls it."""
        called = (str(Path(sys.executable).with_name("pycanary")), *arguments)
        kept = {"PATH": SYSTEM_PATH, "HOME": os.environ["HOME"], "PYCANARY_ENV_FILE": str(self.env_path)}
        done = subprocess.run(called, cwd=self.directory, env=kept, capture_output=True, text=True, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def make_certificate(self) -> None:
        """A self-signed one, for ten days."""
        files = ("-keyout", str(self.key), "-out", str(self.certificate))
        command = (program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        subprocess.run([*command, "-days", "10", *SUBJECT, *files], check=True, capture_output=True)


def _values() -> dict[str, str]:
    """.env.example, filled in: what is empty there gets a value that nobody else has."""
    lines = re.findall(r"^(\w+)=(.*)$", (SHOP / ".env.example").read_text(), re.MULTILINE)
    return {name: value or secrets.token_urlsafe(16) for name, value in lines} | {"PUBLIC_URL": f"https://{ADDRESS}"}


def remove_all() -> None:
    """The example's containers, networks, volumes and images; what builds have cached stays."""
    for project in ("canary", "stable", "shared"):
        docker("compose", "-p", f"{APP}-{project}", "down", "--volumes", "--remove-orphans", "--timeout", "1")
    images = docker("image", "ls", "--quiet", "--filter", f"reference={APP}-*").split()
    if images:
        docker("image", "rm", "--force", *set(images))


@contextmanager
def stack() -> Iterator[Stack]:
    """Everything for the time of the block; nothing of it is left running."""
    with ExitStack() as held, tempfile.TemporaryDirectory(prefix="pycanary-example-") as name:
        directory = Path(name)
        remove_all()  # what an example that was killed left
        need_ports(load(SHOP / "canary.yml"))
        server = held.enter_context(sshd(directory / "sshd", environment={"DOCKER_HOST": docker_host()}))
        # NGINX 1.31, since Debian 12's loses requests of busy keep-alive clients at a reload: docs/host.md.
        web = held.enter_context(nginx(directory / "nginx", "wheel"))
        held.callback(remove_all)
        made = Stack(directory, server, web)
        made.make_certificate()
        yield made
