"""Which key a host is offered: the one that Jenkins bound, else the one that canary.yml names, else the usual ones."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pycanary.config.sections import Host
from pycanary.home import at_home


def key_variables(credential: str) -> tuple[str, str]:
    """The variables that hold the path of a bound key and its passphrase: PYCANARY_KEY_DEPLOY, .._PASSPHRASE."""
    name = "PYCANARY_KEY_" + re.sub(r"[^A-Z0-9]", "_", credential.upper())
    return name, f"{name}_PASSPHRASE"


def identity_of(host: Host, environ: Mapping[str, str]) -> dict[str, object]:
    """Arguments of paramiko's connect; none where the agent and the usual files are to be tried."""
    if host.credential:
        file, passphrase = key_variables(host.credential)
        if environ.get(file):
            bound: dict[str, object] = {"key_filename": environ[file], "look_for_keys": False, "allow_agent": False}
            return {**bound, "passphrase": environ[passphrase]} if environ.get(passphrase) else bound
    if host.identity:
        return {"key_filename": str(at_home(host.identity)), "look_for_keys": False}
    return {}
