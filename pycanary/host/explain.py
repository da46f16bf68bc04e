"""From a library's exception or a script's last words to a sentence with a remedy."""

from __future__ import annotations

import socket

from pycanary.config.sections import Host as HostConfig
from pycanary.errors import HostFailed, LeaseLost, PycanaryError
from pycanary.host.remedies import remedy
from pycanary.host.script import Script

SIGNALLED = -1  # paramiko's status of a command that a signal ended
TIMED_OUT = {124, 137, SIGNALLED}  # what `timeout` ends with; the last where it had to kill its own group
TAIL_LINES = 12


def explain_failure(
    host: str, script: Script, status: int, output: str, errors: str, *, seconds: float
) -> PycanaryError:
    """A script's exit after that many seconds as an error: its own words by `die`, else the end of what it printed."""
    lines = errors.strip().splitlines()
    for line in reversed(lines):
        if line.startswith("pycanary:") and line.count(":") > 1:
            _, kind, sentence = line.split(":", 2)
            if kind == "lease":
                return LeaseLost.to(sentence, where=host)
            return HostFailed(
                "\n  ".join([sentence, *_before(lines, line)]), kind=kind, where=host, remedy=remedy(kind)
            )
    tail = "\n  ".join((lines or output.strip().splitlines())[-TAIL_LINES:])
    # Programs inside a script end with the same numbers, so the time decides.
    if status in TIMED_OUT and seconds >= script.timeout_seconds:
        return HostFailed(
            f"{script.name} did not end within {script.timeout_seconds} s and was stopped\n  {tail}".rstrip(),
            kind="timeout",
            where=host,
            remedy="look at the host's load and at the lines above",
        )
    if "No space left on device" in errors:
        return HostFailed(
            f"{script.name}: the disk is full\n  {tail}", kind="write", where=host, remedy=remedy("write")
        )
    if status == 127:
        return HostFailed(f"{script.name}: {tail}", kind="tool", where=host, remedy=remedy("tool"))
    how = "was killed on the host by a signal" if status == SIGNALLED else f"failed with status {status}"
    return HostFailed(f"{script.name} {how}\n  {tail}".rstrip(), kind="status", where=host, remedy=remedy("status"))


def _before(lines: list[str], last: str) -> list[str]:
    return [line for line in lines if not line.startswith("pycanary:")][-TAIL_LINES:] if lines != [last] else []


def explain_connection(error: Exception, config: HostConfig) -> HostFailed:
    """Why no connection came about, and what to do."""
    from paramiko.ssh_exception import (
        AuthenticationException,
        BadHostKeyException,
        NoValidConnectionsError,
        PasswordRequiredException,
        SSHException,
    )

    port, address = config.port, config.address
    entry = address if port == 22 else f"[{address}]:{port}"
    found, kind, advice = f"cannot connect: {error}", "connection", f"try `ssh -p {port} {config.user}@{address}`"
    if isinstance(error, BadHostKeyException):
        kind = "host-key"
        found = f"its host key is not the one in {config.known_hosts}: it was set up anew, or somebody is in between"
        advice = (
            f"if it was set up anew: `ssh-keygen -f {config.known_hosts} -R '{entry}'`, then "
            f"`ssh-keyscan -p {port} {address} >> {config.known_hosts}` and compare the fingerprint on its console"
        )
    elif isinstance(error, PasswordRequiredException):
        kind, found = "authentication", f"the key {config.identity or 'found for it'} has a passphrase"
        advice = "load it into ssh-agent (`ssh-add`), or in Jenkins name its credential in hosts[].credential"
    elif isinstance(error, AuthenticationException):
        kind, found = "authentication", f"it refused the keys offered for user {config.user}"
        advice = f"`ssh-copy-id -p {port} {config.user}@{address}`, or name the right file in hosts[].identity"
    elif isinstance(error, SSHException) and "not found in known_hosts" in str(error):
        kind, found = "host-key", f"its host key is not in {config.known_hosts}"
        advice = (
            f"`ssh-keyscan -p {port} {address} >> {config.known_hosts}`, and compare the fingerprint with "
            "`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host"
        )
    elif isinstance(error, socket.gaierror):
        found, advice = f"the name {address} does not resolve", "correct hosts[].address or the name server"
    elif isinstance(error, TimeoutError) or "Timeout opening channel" in str(error):  # the latter by a jump host
        found, advice = f"no answer on port {port}", "is the host up, and does a firewall let this machine in?"
    elif isinstance(error, NoValidConnectionsError | ConnectionRefusedError):
        found, advice = f"connection refused on port {port}", "start its sshd, or correct hosts[].port"
    elif isinstance(error, FileNotFoundError):
        kind, found = "authentication", f"no such file: {error.filename or config.identity}"
        advice = "correct hosts[].identity"
    return HostFailed(found, kind=kind, where=f"{config.user}@{config.name}", remedy=advice)
