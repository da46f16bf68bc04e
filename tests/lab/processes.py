"""What deployments leave running on a lab's hosts: services without containers, and a watchdog."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.lab.machine import alive, command_line, wait_until


def end_watchdog(state: Path) -> None:
    """End the watchdog of the host with that state directory: where no slot is healthy, it would try for ever."""
    file = state / "watchdog.pid"
    words = file.read_text().split() if file.exists() else []
    if len(words) == 2 and alive(int(words[1])) and "watchdog.sh" in command_line(int(words[1])):
        os.kill(int(words[1]), signal.SIGKILL)


def end_services(run_directory: Path) -> None:
    """End what tests/lab/app/service.sh started, by its pid files."""
    pids = [int(file.read_text()) for file in run_directory.glob("*.pid") if file.read_text().strip()]
    for pid in pids:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in pids), "the lab's services to end")
