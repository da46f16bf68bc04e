"""What deployments leave running on a lab's hosts: services without containers, and a watchdog."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.lab.lease import watchdog_pid
from tests.lab.machine import alive, command_line, wait_until


def end_watchdog(state: Path) -> None:
    """End the watchdog of the host with that state directory: where no slot is healthy, it would try for ever."""
    pid = watchdog_pid(state)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def service_pid(run_directory: Path, slot: str, service: str) -> int | None:
    """The process of a service that tests/lab/app/service.sh started; None where it does not run.

    The number of one that has ended may be another process's by now, so its argument is compared too.
    """
    file = run_directory / f"{slot}-{service}.pid"
    text = file.read_text().strip() if file.exists() else ""
    known = text and f"/{run_directory.name}/{slot}-{service}" in command_line(int(text))
    return int(text) if known and alive(int(text)) else None


def end_services(run_directory: Path) -> None:
    """End what tests/lab/app/service.sh started."""
    names = [tuple(file.stem.split("-", 1)) for file in run_directory.glob("*.pid")]

    def left() -> list[int]:
        found = [service_pid(run_directory, slot, service) for slot, service in names]
        return [pid for pid in found if pid is not None]

    for pid in left():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not left(), "the lab's services to end")
