"""A host of a lab: sshd and NGINX, on this machine or in a network namespace of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.namespace import namespace
from tests.lab.nginx import Nginx, nginx
from tests.lab.sshd import Sshd, sshd


@dataclass(frozen=True)
class LabHost:
    """directory: the host's files as the tests see them; `inside` is the same directory as the host sees it."""

    directory: Path
    inside: Path
    sshd: Sshd
    nginx: Nginx
    prefix: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where users and SSH reach it."""
        return self.sshd.address


@contextmanager
def lab_host(directory: Path, flavour: str, environment: Mapping[str, str]) -> Iterator[LabHost]:
    """This machine as the only host."""
    with ExitStack() as stack:
        started = stack.enter_context(sshd(directory.with_name(f"{directory.name}-sshd"), environment=environment))
        yield LabHost(directory, directory, started, stack.enter_context(nginx(directory / "nginx", flavour)))


@contextmanager
def namespaced_host(directory: Path, inside: Path, flavour: str, environment: Mapping[str, str]) -> Iterator[LabHost]:
    """A host in a namespace. It sees its directory at `inside`, as every other host of the lab sees its own there."""
    directory.mkdir(parents=True)
    inside.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        own = stack.enter_context(namespace(mounts={inside: directory}))
        keys = directory.with_name(f"{directory.name}-sshd")
        started = stack.enter_context(
            sshd(keys, address=own.address, port=22, environment=environment, prefix=own.prefix)
        )
        web = stack.enter_context(
            nginx(directory / "nginx", flavour, inside=inside / "nginx", workers=1, prefix=own.prefix)
        )
        yield LabHost(directory, inside, started, web, own.prefix)
