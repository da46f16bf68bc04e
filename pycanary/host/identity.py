"""Which key a host is offered: the one that Jenkins bound, else the one that canary.yml names, else the usual ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from pycanary.config.sections import Host
from pycanary.errors import HostFailed
from pycanary.home import at_home

if TYPE_CHECKING:
    import paramiko


def key_variables(credential: str) -> tuple[str, str]:
    """The variables that hold the path of a bound key and its passphrase: PYCANARY_KEY_DEPLOY, .._PASSPHRASE."""
    name = "PYCANARY_KEY_" + re.sub(r"[^A-Z0-9]", "_", credential.upper())
    return name, f"{name}_PASSPHRASE"


def identity_of(host: Host, environ: Mapping[str, str]) -> dict[str, object]:
    """Arguments of paramiko's connect; none where the agent and the usual files are to be tried.

    Raises HostFailed where Jenkins bound a key that cannot be read.
    """
    if host.credential:
        file, passphrase = key_variables(host.credential)
        if environ.get(file):
            key = _bound_key(environ[file], environ.get(passphrase) or None)
            if key is None:
                raise HostFailed(
                    f"the key of the Jenkins credential {host.credential} cannot be read",
                    kind="authentication",
                    where=f"{host.user}@{host.name}",
                    remedy="correct the key and its passphrase in that credential",
                )
            return {"pkey": key, "look_for_keys": False, "allow_agent": False}
    if host.identity:
        return {"key_filename": str(at_home(host.identity)), "look_for_keys": False}
    return {}


@cache  # a passphrase costs a tenth of a second of computing, by intent
def _bound_key(path: str, passphrase: str | None) -> paramiko.PKey | None:
    """None where it is no key, or another passphrase opens it."""
    import paramiko

    # Each kind opens the file anew, but Ed25519 sees before that whether it is one.
    for kind in (paramiko.Ed25519Key, paramiko.RSAKey, paramiko.ECDSAKey):
        try:
            return kind.from_private_key_file(path, passphrase)
        except (paramiko.SSHException, ValueError, OSError):
            continue
    return None
