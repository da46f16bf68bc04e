"""What people run today instead: one command by OpenSSH's client."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from tests.lab.host import LabHost
from tests.lab.machine import program


def run_everywhere(hosts: Sequence[LabHost], script: str) -> None:
    """The script on all hosts at once. Raises AssertionError where it fails."""
    started = [
        subprocess.Popen(
            _ssh(host, script), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for host in hosts
    ]
    for each in started:
        said, _ = each.communicate()
        assert each.returncode == 0, said


def test_and_reload(host: LabHost) -> str:
    """`nginx -t && nginx -s reload` for that host's NGINX."""
    call = " ".join((host.nginx.binary, *host.nginx.arguments))
    return f"{call} -t && {call} -s reload"


def _ssh(host: LabHost, script: str) -> list[str]:
    keys = host.sshd.directory
    options = ["-F", "none", "-i", f"{keys}/user_key", "-o", f"UserKnownHostsFile={keys}/known_hosts"]
    return [program("ssh"), *options, "-p", str(host.sshd.port), f"{host.sshd.user}@{host.sshd.address}", script]
