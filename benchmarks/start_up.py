"""How long `pycanary --help` and `pycanary plan` take, beside Python's own start."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.row import Row, seconds
from tests.lab.machine import ROOT

ROUNDS = 15
AT_MOST_SECONDS = 0.3


def measure(directory: Path, rounds: int = ROUNDS) -> list[Row]:
    """Medians of commands that take turns."""
    pycanary = str(Path(sys.executable).with_name("pycanary"))
    commands = {
        "python": (sys.executable, "-c", "pass"),
        "pycanary --help": (pycanary, "--help"),
        "pycanary plan canary-auto": (pycanary, "plan", "canary-auto"),
    }
    (directory / "canary.yml").write_text((ROOT / "examples/shop/canary.yml").read_text())
    for command in commands.values():
        _took(command, directory)  # compiles what is not compiled yet
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            took[name].append(_took(command, directory))
    middle = {name: median(each) for name, each in took.items()}
    beside = f"python -c pass: {seconds(middle.pop('python'))}"
    how = f"wall time of the whole process, medians of {rounds} runs that take turns; compiled modules are present"
    return [
        Row(name, seconds(value), beside, f"<= {AT_MOST_SECONDS} s", value <= AT_MOST_SECONDS, how)
        for name, value in middle.items()
    ]


def _took(command: tuple[str, ...], directory: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    subprocess.run(command, cwd=directory, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begun
