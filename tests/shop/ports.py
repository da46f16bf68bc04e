"""The ports that the example takes on this machine, and who has one of them already."""

from __future__ import annotations

import errno
import re
import socket
import subprocess

from pycanary.config.model import Config
from pycanary.errors import UsageError
from tests.lab.machine import AS_ROOT, program

STORES = {3307: "MySQL", 6379: "Redis"}


def need_ports(config: Config) -> None:
    """Every port is free. Raises UsageError that names each one which is not, and who has it."""
    taken = [sentence for port, what in _wanted(config).items() if (sentence := _taken(port, what))]
    if taken:
        raise UsageError(
            "\n  ".join(["the example cannot have its ports", *taken]), remedy="stop these, then try again"
        )


def _wanted(config: Config) -> dict[int, str]:
    nginx = config.nginx
    slots = {
        port: f"{name} in the {slot} slot"
        for name, service in config.services.items()
        for slot, port in (("stable", service.stable), ("canary", service.canary))
    }
    web = {nginx.http_port: "HTTP", nginx.https_port: "HTTPS", nginx.status_port: "pycanary's status server"}
    return {**web, **STORES, **slots}


def _taken(port: int, what: str) -> str:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection that was closed a moment ago is none
        try:
            tried.bind(("", port))
        except OSError as error:
            if error.errno == errno.EACCES:
                return f"port {port} ({what}) may be opened by root only: run it as root"
            return f"port {port} ({what}) is taken by {_holder(port)}"
    return ""


def _holder(port: int) -> str:
    listed = subprocess.run(
        [*AS_ROOT, program("ss"), "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r'\(\("([^"]+)",pid=(\d+)', listed)
    return f"{found[1]} (process {found[2]})" if found else "another program"
