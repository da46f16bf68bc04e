"""Ports, processes and rights of the machine that runs the tests."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
AS_ROOT = () if os.geteuid() == 0 else ("sudo", "-n", "--")
SYSTEM_PATH = f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin:/sbin"


def program(name: str) -> str:
    """The path of a program that the tests need. Raises AssertionError with the command that installs it."""
    path = shutil.which(name, path=SYSTEM_PATH)
    assert path, f"{name} is not installed: run `make machine`"
    return path


def free_ports(count: int) -> list[int]:
    """Distinct TCP ports that nothing listens on, below those that the kernel gives to connections.

    Some are bound only minutes later: a canary's, say. One of the kernel's choice may have become a client's by then.
    """
    found: set[int] = set()
    while len(found) < count:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as opened:
            try:
                opened.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.add(port)
    return list(found)


def free_port() -> int:
    """A TCP port that nothing listens on."""
    return free_ports(1)[0]


def wait_until(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Return once condition() is true. Raises AssertionError naming what was awaited."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.02)


def listens(address: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False


def alive(pid: int) -> bool:
    """Whether that process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def name_of(pid: int) -> str:
    """The name of that process's program; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def command_line(pid: int) -> str:
    """How that process was called; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def with_environment(pair: str) -> Iterator[int]:
    """The processes that were given NAME=VALUE, whoever started them."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            marked = pair.encode() in (process / "environ").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        if marked:
            yield int(process.name)


def descendants(pid: int) -> list[int]:
    """The processes below that one."""
    parents: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(parent, []).append(int(process.name))
    found, todo = [], [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


@contextmanager
def running(*command: str, log: Path, ready: Callable[[], object]) -> Iterator[subprocess.Popen[bytes]]:
    """A program for the time of the block, once ready() is true; its output goes to log."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_until(
            lambda: ready() or process.poll() is not None,
            f"{command[0]} to be ready; its log: {log}",
        )
        assert process.poll() is None, f"{' '.join(command)} ended: {log.read_text()}"
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[Any]) -> None:
    """End a process and its group, gently first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=10)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
