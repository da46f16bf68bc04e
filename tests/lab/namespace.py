"""Several hosts on one machine: network namespaces, each reached over a pair of virtual interfaces."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pycanary.host.script import words
from tests.lab.machine import AS_ROOT, program


@dataclass(frozen=True)
class Namespace:
    """A host's own network: `address` is its own, reachable from the machine; its loopback is its own too."""

    name: str
    address: str
    mounts: Mapping[Path, Path] = field(default_factory=dict)

    @property
    def outer_address(self) -> str:
        """The machine's address in that network."""
        return f"{self.address.rpartition('.')[0]}.1"

    @property
    def prefix(self) -> tuple[str, ...]:
        """What a command starts with to run there, as the user who runs the tests."""
        binds = "".join(f"mount --bind {words(str(there), str(here))} && " for here, there in self.mounts.items())
        return (*_inside(self.name), "sh", "-c", f'{binds}exec "$@"', "sh", *_as_user())


def _inside(name: str) -> tuple[str, ...]:
    return (*AS_ROOT, program("ip"), "netns", "exec", name)


def _as_user() -> tuple[str, ...]:
    if os.geteuid() == 0:
        return ()
    return (program("setpriv"), "--reuid", str(os.geteuid()), "--regid", str(os.getegid()), "--init-groups")


def _ip(*arguments: str) -> None:
    done = subprocess.run([*AS_ROOT, program("ip"), *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


def _free_subnet() -> str:
    """The first three numbers of a subnet below 10.213 that no interface has."""
    taken = subprocess.run([program("ip"), "-4", "-o", "address"], check=True, capture_output=True, text=True).stdout
    while f" 10.213.{(number := secrets.randbelow(250) + 1)}." in taken:
        continue
    return f"10.213.{number}"


@contextmanager
def namespace(mounts: Mapping[Path, Path] | None = None) -> Iterator[Namespace]:
    """A network namespace for the time of the block. Needs root or `sudo -n`.

    mounts: directories that its processes see elsewhere, so that several hosts have different files at one path.
    """
    tag = secrets.token_hex(3)
    name, outer, inner = f"pycanary-{tag}", f"pyc{tag}a", f"pyc{tag}b"
    subnet = _free_subnet()
    _ip("netns", "add", name)
    try:
        _ip("link", "add", outer, "type", "veth", "peer", "name", inner)
        _ip("link", "set", inner, "netns", name)
        _ip("address", "add", f"{subnet}.1/24", "dev", outer)
        _ip("link", "set", outer, "up")
        _ip("-n", name, "address", "add", f"{subnet}.2/24", "dev", inner)
        _ip("-n", name, "link", "set", inner, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield Namespace(name, f"{subnet}.2", mounts or {})
    finally:
        # The interfaces go with it once the last process inside has ended.
        _ip("netns", "delete", name)
        subprocess.run([*AS_ROOT, program("ip"), "link", "delete", outer], check=False, capture_output=True)
