"""One SSH connection to one host: the only place that imports Fabric."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from pycanary.config.sections import Host as HostConfig
from pycanary.errors import HostFailed
from pycanary.home import at_home, user_name
from pycanary.host.exchange import exchange
from pycanary.host.explain import SIGNALLED, explain_connection, explain_failure
from pycanary.host.identity import identity_of
from pycanary.host.script import Script, words

if TYPE_CHECKING:
    import fabric
    import paramiko

LOG = logging.getLogger("pycanary")
CONNECT_SECONDS = 10
SILENT_SECONDS = 2  # so long a host that gave no answer is not asked again: the way back asks many times in a row
KEEPALIVE_SECONDS = 5
GRACE_SECONDS = 15  # beyond a script's own limit, which the host enforces by `timeout`
KILL_SECONDS = 5


class Host:
    """A host with an open connection. Every command is one script on one channel; usable from several threads."""

    def __init__(self, config: HostConfig) -> None:
        self.config = config
        self.name = config.name
        self.round_trips = 0
        self._connection: fabric.Connection | None = None
        self._opening = threading.Lock()
        self._silence: HostFailed | None = None
        self._silent_until = 0.0

    def __enter__(self) -> Host:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Connect and authenticate, checking the host's key. Raises HostFailed with the remedy."""
        with self._opening:
            if self._connection is not None:
                return
            if self._silence is not None and time.monotonic() < self._silent_until:
                raise self._silence
            begun = time.monotonic()
            connection = _connection(self.config)
            way = [(connection, self.config)]
            if (gateway := connection.gateway) is not None:
                jump = {"address": gateway.host, "port": gateway.port, "user": gateway.user}
                way.insert(0, (gateway, self.config.model_copy(update=jump)))
            for each, config in way:
                try:
                    each.open()
                except Exception as error:
                    _close(connection)
                    failed = explain_connection(error, config)
                    if time.monotonic() - begun >= CONNECT_SECONDS:
                        self._silence, self._silent_until = failed, time.monotonic() + SILENT_SECONDS
                    raise failed from error
                each.transport.set_keepalive(KEEPALIVE_SECONDS)
                _send_at_once(each.transport.sock)
            self._connection = connection

    def close(self) -> None:
        """Close the connection and its channels; safe to call twice and from another thread."""
        with self._opening:
            connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)

    def _abandon(self, channel: paramiko.Channel) -> None:
        """Close the connection that the channel belongs to; one that was opened since stays."""
        connection = self._connection
        if connection is not None and connection.transport is channel.get_transport():
            self.close()
        _close_channel(channel)

    @property
    def server(self) -> str:
        """How the host's sshd names itself; empty while there is no connection."""
        connection = self._connection
        return str(connection.transport.remote_version) if connection is not None else ""

    def run(self, script: Script) -> str:
        """Run a script to its end and return what it printed.

        Raises HostFailed when it fails, does not end in time, or the connection is lost.
        """
        text = script.render()
        channel = self._channel()
        started = time.monotonic()
        try:
            channel.settimeout(script.timeout_seconds + GRACE_SECONDS)
            channel.exec_command(f"exec timeout -k {KILL_SECONDS} {script.timeout_seconds} sh -s")
            output, errors, status = exchange(channel, text)
            LOG.debug("%s: %s, %.2f s, status %s", self.name, script.name, time.monotonic() - started, status)
        except (OSError, EOFError, _ssh_exception()) as error:
            raise self._lost(script, channel, error) from error
        finally:
            _close_channel(channel)
        if status == SIGNALLED and not (channel.eof_received and channel.get_transport().is_active()):
            raise self._lost(script, channel, EOFError("the connection ended before the command did"))
        if status != 0:
            raise explain_failure(self.name, script, status, output, errors, seconds=time.monotonic() - started)
        return output

    def converse(self, script: Script) -> Conversation:
        """Start a script that answers lines; it ends when the conversation is closed or the connection is lost.

        Raises HostFailed where it cannot be started.
        The script goes as an argument here, since its stdin carries the conversation: its values must hold no secret.
        """
        if script.secrets:
            raise AssertionError(f"{script.name} would show a secret in the host's process list")
        channel = self._channel()
        try:
            channel.settimeout(CONNECT_SECONDS)
            channel.exec_command("exec " + words("sh", "-c", script.render().replace("main </dev/null", "main", 1)))
        except (OSError, EOFError, _ssh_exception()) as error:
            raise self._lost(script, channel, error) from error
        return Conversation(channel, lambda: self._abandon(channel))

    def _channel(self) -> paramiko.Channel:
        self.open()
        connection = self._connection
        transport = connection.transport if connection is not None else None
        if connection is None or transport is None:  # by another thread, just now
            raise HostFailed("the connection was closed", kind="connection", where=self.name, remedy=_LOST_REMEDY)
        self.round_trips += 1
        try:
            channel: paramiko.Channel = transport.open_session(timeout=CONNECT_SECONDS)
        except (OSError, EOFError, _ssh_exception()) as error:
            self.close()
            raise HostFailed(
                f"the connection was lost ({error})", kind="connection", where=self.name, remedy=_LOST_REMEDY
            ) from error
        return channel

    def _lost(self, script: Script, channel: paramiko.Channel, error: BaseException) -> HostFailed:
        self._abandon(channel)
        what = "did not answer in time" if isinstance(error, TimeoutError | socket.timeout) else "connection was lost"
        return HostFailed(f"{script.name}: {what} ({error})", kind="connection", where=self.name, remedy=_LOST_REMEDY)


_LOST_REMEDY = "check the network, then run `pycanary status`; the next deployment puts the host right first"


class Conversation:
    """Lines to and from a running script. abandon: ends the connection that it goes over, and no later one."""

    def __init__(self, channel: paramiko.Channel, abandon: Callable[[], None]) -> None:
        self._channel, self.abandon = channel, abandon
        self._input = channel.makefile("r")

    def ask(self, line: str) -> str:
        """Send one line, return the line that answers; an empty answer means that the other end is gone."""
        try:
            self._channel.sendall(f"{line}\n".encode())
            return str(self._input.readline()).rstrip("\n")
        except (OSError, EOFError):
            return ""

    def close(self) -> None:
        """End the script by ending its stdin."""
        _close_channel(self._channel)


def _close_channel(channel: paramiko.Channel) -> None:
    """Also where the connection is gone, which is met by whoever uses it next."""
    with contextlib.suppress(OSError, EOFError, _ssh_exception()):
        channel.close()


def _ssh_exception() -> type[Exception]:
    from paramiko.ssh_exception import SSHException

    return SSHException


def _connection(config: HostConfig) -> fabric.Connection:
    import fabric
    import paramiko

    os.environ["LOGNAME"] = user_name()  # paramiko asks for it, needed or not, and fails where there is none

    def checked(connection: fabric.Connection) -> fabric.Connection:
        # Fabric accepts any host key by default, whatever ssh_config says.
        known_hosts = at_home(config.known_hosts)
        if known_hosts.is_file():
            connection.client.load_host_keys(str(known_hosts))
        connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        return connection

    # The last bounds the way from a jump host to the host; paramiko would wait for an hour.
    limits = ("banner_timeout", "auth_timeout", "channel_timeout")
    arguments: dict[str, object] = dict.fromkeys(limits, CONNECT_SECONDS)
    arguments.update(identity_of(config, os.environ))
    gateway = None
    if config.jump:
        gateway = checked(
            fabric.Connection(config.jump, connect_timeout=CONNECT_SECONDS, connect_kwargs=dict(arguments))
        )
    return checked(
        fabric.Connection(
            config.address,
            user=config.user,
            port=config.port,
            gateway=gateway,
            connect_timeout=CONNECT_SECONDS,
            connect_kwargs=arguments,
        )
    )


def _send_at_once(sock: object) -> None:
    """Small packets do not wait until the one before is acknowledged, which takes 40 ms a command."""
    if isinstance(sock, socket.socket):  # behind a jump host it is a channel
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _close(connection: fabric.Connection) -> None:
    # Fabric leaves the connection to a jump host open.
    connection.close()
    if connection.gateway is not None:
        connection.gateway.close()
