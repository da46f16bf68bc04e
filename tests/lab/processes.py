"""The services that a lab without containers has started."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.lab.machine import alive, wait_until


def end_services(run_directory: Path) -> None:
    """End what tests/lab/app/service.sh started, by its pid files."""
    pids = [int(file.read_text()) for file in run_directory.glob("*.pid") if file.read_text().strip()]
    for pid in pids:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in pids), "the lab's services to end")
