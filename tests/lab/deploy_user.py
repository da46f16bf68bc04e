"""A host as docs/host.md prepares it: a deploy user without rights of its own, and the documented sudo lines."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pycanary.config.model import Config
from tests.lab.machine import AS_ROOT, ROOT, free_ports, program
from tests.lab.nginx import Nginx, nginx
from tests.lab.sshd import Sshd, sshd

USER = "pycanary-test"
RULES = Path("/etc/sudoers.d/pycanary-test")


@dataclass(frozen=True)
class Prepared:
    """directory: open to every user. config: reaches the host as the deploy user, with `nginx: {sudo: true}`."""

    directory: Path
    sshd: Sshd
    nginx: Nginx
    config: Config


def documented_rules(user: str, call: str) -> str:
    """The sudoers lines of docs/host.md, for another user and an NGINX that is called with arguments."""
    text = (ROOT / "docs" / "host.md").read_text()
    block = re.search(r"```sudoers\n(.*?)```", text, re.DOTALL)
    assert block, "docs/host.md has no sudoers lines"
    return block[1].replace("/usr/sbin/nginx", call).replace("deploy ALL", f"{user} ALL")


def _as_root(*command: str) -> None:
    subprocess.run([*AS_ROOT, *command], check=True, capture_output=True)


@contextmanager
def deploy_user() -> Iterator[str]:
    """A user of the system for the time of the block."""
    with suppress(KeyError):
        pwd.getpwnam(USER)
        _as_root(program("userdel"), "--remove", "--force", USER)
    _as_root(program("useradd"), "--create-home", "--shell", "/bin/sh", "--password", "*", USER)
    try:
        yield USER
    finally:
        _as_root(program("userdel"), "--remove", "--force", USER)


@contextmanager
def rules(text: str) -> Iterator[None]:
    """A file in /etc/sudoers.d for the time of the block; refused where sudo would not read it."""
    program("sudo")
    with tempfile.NamedTemporaryFile("w", suffix=".sudoers") as file:
        file.write(text)
        file.flush()
        _as_root(program("visudo"), "--check", "--file", file.name)
        _as_root("install", "-o", "root", "-m", "440", file.name, str(RULES))
    try:
        yield
    finally:
        _as_root("rm", "-f", str(RULES))


@contextmanager
def prepared(*, sudo: bool = True) -> Iterator[Prepared]:
    """A host for the time of the block. Needs root, as whoever prepares a host does.

    sudo: whether the documented lines are there.
    """
    assert os.geteuid() == 0, "preparing a host needs root"
    directory = Path(tempfile.mkdtemp(prefix="pycanary-host-"))
    directory.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory)
        user = stack.enter_context(deploy_user())
        server = stack.enter_context(sshd(directory / "sshd"))
        web = stack.enter_context(nginx(directory / "nginx", "debian"))
        _as_root("chgrp", user, str(web.conf_d))
        _as_root("chmod", "2775", str(web.conf_d))
        _as_root("install", "-d", "-o", user, "-m", "755", str(web.directory / "pycanary"))
        _as_root("install", "-d", "-o", user, "-m", "750", str(directory / "srv"))
        if sudo:
            stack.enter_context(rules(documented_rules(user, " ".join(("/usr/sbin/nginx", *web.arguments)))))
        yield Prepared(directory, server, web, _config(directory, server, web, user))


def _config(directory: Path, server: Sshd, web: Nginx, user: str) -> Config:
    stable, canary, http_port, status_port = free_ports(4)
    return Config.model_validate(
        {
            "app": "shop",
            "hosts": [server.host(user=user).model_dump(exclude_defaults=True)],
            "path": str(directory / "srv"),
            "git": {"remote": str(directory / "shop.git")},
            "services": {"frontend": {"stable": stable, "canary": canary}},
            "commands": {"start": "true", "stop": "true", "running": "false", "logs": "true"},
            "nginx": {
                "config_dir": str(web.directory),
                "arguments": list(web.arguments),
                "sudo": True,
                "http_port": http_port,
                "status_port": status_port,
            },
            "drain_seconds": 5,
            "environment": {},
        }
    )
