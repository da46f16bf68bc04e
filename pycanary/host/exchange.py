"""A script's text to a command on a host, and what that prints."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pycanary.host.explain import SIGNALLED

if TYPE_CHECKING:
    import paramiko

STATUS_SECONDS = 10


def exchange(channel: paramiko.Channel, text: str) -> tuple[str, str, int]:
    """Send text as stdin; collect stdout and stderr side by side, since either may fill its window."""
    errors = bytearray()

    def collect_errors() -> None:
        while chunk := channel.recv_stderr(65536):
            errors.extend(chunk)

    collector = threading.Thread(target=_quietly(collect_errors), daemon=True)
    collector.start()
    sender = threading.Thread(target=_quietly(lambda: _send(channel, text)), daemon=True)
    sender.start()
    output = bytearray()
    while chunk := channel.recv(65536):
        output.extend(chunk)
    collector.join()
    status = channel.recv_exit_status() if _wait(channel) else SIGNALLED
    return output.decode(errors="replace"), errors.decode(errors="replace"), status


def _send(channel: paramiko.Channel, text: str) -> None:
    channel.sendall(text.encode())
    channel.shutdown_write()


def _wait(channel: paramiko.Channel) -> bool:
    # After end-of-file the status follows at once, unless the connection died in between.
    deadline = time.monotonic() + STATUS_SECONDS
    return bool(channel.status_event.wait(max(0.0, deadline - time.monotonic())))


def _quietly(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except (OSError, EOFError):
            return  # the reading side meets the same end and reports it

    return run
