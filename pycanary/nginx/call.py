"""How a script on the host calls NGINX: lists of quoted words for `eval`."""

from __future__ import annotations

from pycanary.config.sections import Nginx
from pycanary.host.script import words
from pycanary.nginx.version import ERROR_LOG_ARGUMENT, Version


def call(nginx: Nginx) -> str:
    """NGINX with the arguments of every call; a script appends -t, -T or -s reload."""
    return words(*_prefix(nginx, sudo=nginx.sudo), nginx.binary, *nginx.arguments)


def call_alone(nginx: Nginx, main_file: str, version: Version) -> str:
    """NGINX testing one main file by itself.

    On a host without sudo, since that file needs no rights: as root NGINX would chown the temporary directories.
    Without `-e`, NGINX opens the log it was compiled with before it reads any file.
    """
    error_log = ("-e", "stderr") if version >= ERROR_LOG_ARGUMENT else ()
    prefix = _prefix(nginx, sudo=nginx.sudo and nginx.container is not None)
    return words(*prefix, nginx.binary, "-t", *error_log, "-c", main_file)


def docker(nginx: Nginx) -> str:
    """The docker client, as the host calls it."""
    return words(*_sudo(nginx.sudo), "docker")


def _prefix(nginx: Nginx, *, sudo: bool) -> tuple[str, ...]:
    inside = () if nginx.container is None else ("docker", "exec", nginx.container)
    return (*_sudo(sudo), *inside)


def _sudo(sudo: bool) -> tuple[str, ...]:
    return ("sudo", "-n") if sudo else ()
