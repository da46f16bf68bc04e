"""What a host's state directory says of its lease and of its watchdog."""

from __future__ import annotations

from pathlib import Path

from tests.lab.machine import alive, command_line


def uptime() -> float:
    """The clock of the lease."""
    return float(Path("/proc/uptime").read_text().split()[0])


def expires(state: Path) -> float | None:
    """When the lease in that state directory runs out, in seconds of uptime; None where there is none."""
    try:
        lines = (state / "lease").read_text().splitlines()
    except FileNotFoundError:
        return None
    values = dict(line.partition("=")[::2] for line in lines)
    return float(values["expires"])


def watchdog_pid(state: Path) -> int | None:
    """The process of that host's watchdog; None where none runs."""
    try:
        pid = int((state / "watchdog.pid").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pid if alive(pid) and "watchdog.sh" in command_line(pid) else None
