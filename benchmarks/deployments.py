"""Deployments in a lab by the real command line, and what they tell of themselves."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.lab import Lab

SCRIPT = re.compile(r"^\S+ (?P<host>\S+): (?P<name>\w+), (?P<seconds>[\d.]+) s, status 0$", re.MULTILINE)


@dataclass(frozen=True)
class Timed:
    """One deployment: its wall time, the scripts that ran on hosts (name, seconds), the seconds of each stage."""

    seconds: float
    scripts: tuple[tuple[str, float], ...]
    stages: dict[str, float]

    def spent_in(self, script: str) -> float:
        """Seconds in all runs of that script."""
        return sum(took for name, took in self.scripts if name == script)


def deploy(lab: Lab, *arguments: str) -> Timed:
    """`pycanary --debug deploy ARGUMENTS`. Raises AssertionError where it fails."""
    begun = time.monotonic()
    result = lab.pycanary("--debug", "deploy", *arguments)
    took = time.monotonic() - begun
    assert result.code == 0, f"deploy {' '.join(arguments)}: {result.text}"
    scripts = tuple((found["name"], float(found["seconds"])) for found in SCRIPT.finditer(result.stderr))
    records = json.loads(lab.pycanary("history", "--json").stdout)
    newest = max(records, key=lambda record: record["id"])
    return Timed(took, scripts, {stage["name"]: stage["seconds"] for stage in newest["stages"]})


def state(lab: Lab) -> dict[str, Any]:
    """state.json of the first host."""
    (file,) = (lab.hosts[0].directory / "app").rglob("state.json")
    held: dict[str, Any] = json.loads(Path(file).read_text())
    return held
