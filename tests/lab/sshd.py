"""A real sshd with its own keys, for the user who runs the tests."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycanary.config.sections import Host as HostConfig
from tests.lab.machine import AS_ROOT, alive, descendants, free_port, listens, name_of, program, running

CONFIG = """\
Port {port}
ListenAddress {address}
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/authorized_keys
PidFile {directory}/sshd.pid
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxSessions 50
MaxStartups 100
Subsystem sftp internal-sftp
{environment}
"""


@dataclass(frozen=True)
class Sshd:
    """A running sshd. directory holds its keys: host_key, user_key, known_hosts, authorized_keys."""

    directory: Path
    address: str
    port: int
    pid: int

    @property
    def user(self) -> str:
        """Who logs in: the user who runs the tests."""
        return getpass.getuser()

    def host(self, **changes: Any) -> HostConfig:
        """The entry of canary.yml that reaches it."""
        entry = {
            "address": self.address,
            "port": self.port,
            "user": self.user,
            "identity": str(self.directory / "user_key"),
            "known_hosts": str(self.directory / "known_hosts"),
        }
        return HostConfig(**{**entry, **changes})

    def sessions(self) -> list[int]:
        """The sshd processes that serve the connections of now."""
        return [pid for pid in descendants(self.pid) if name_of(pid) == "sshd"]

    @contextmanager
    def frozen(self, *, listener: bool = False) -> Iterator[None]:
        """For the time of the block, no connection of now is answered, and none ends. listener: a new one neither."""
        stopped = [pid for pid in self.sessions() if alive(pid)] + [self.pid] * listener
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                if alive(pid):
                    os.kill(pid, signal.SIGCONT)

    def cut(self) -> None:
        """Kill every connection, as a network or a host that dies would."""
        for pid in self.sessions():
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def make_key(path: Path) -> None:
    """A new key pair at path and path.pub."""
    subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)], check=True)


def known_hosts_line(address: str, port: int, public_key: Path) -> str:
    """A line of known_hosts for that server."""
    entry = address if port == 22 else f"[{address}]:{port}"
    return f"{entry} {' '.join(public_key.read_text().split()[:2])}\n"


@contextmanager
def sshd(
    directory: Path,
    *,
    address: str = "127.0.0.1",
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
) -> Iterator[Sshd]:
    """A sshd for the time of the block. environment: what its sessions see. prefix: a command to run it by."""
    port = port or free_port()
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("host_key", "user_key"):
        make_key(directory / name)
    (directory / "authorized_keys").write_text((directory / "user_key.pub").read_text())
    (directory / "known_hosts").write_text(known_hosts_line(address, port, directory / "host_key.pub"))
    # bash reads ~/.bashrc for a command by SSH unless SHLVL says that it is not the first shell: what a login does on
    # this machine is no part of a test, and may take a second each time.
    pairs = " ".join(f'"{name}={value}"' for name, value in {"SHLVL": "1", **(environment or {})}.items())
    config = directory / "sshd_config"
    config.write_text(CONFIG.format(port=port, address=address, directory=directory, environment=f"SetEnv {pairs}"))
    if os.geteuid() == 0 or AS_ROOT:
        subprocess.run([*AS_ROOT, "mkdir", "-p", "/run/sshd"], check=True)
    command = (*prefix, program("sshd"), "-D", "-e", "-f", str(config))
    pid = directory / "sshd.pid"

    def ready() -> bool:
        return listens(address, port) and pid.is_file() and bool(pid.read_text().strip())

    with running(*command, log=directory / "sshd.log", ready=ready):
        started = Sshd(directory, address, port, int(pid.read_text()))
        try:
            yield started
        finally:
            started.cut()  # they outlive the one that listens
