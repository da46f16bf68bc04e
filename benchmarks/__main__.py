"""Measure the figures of README.md: all of them, or those that are named.

python -m benchmarks [start_up wall_time jenkins_stages many_hosts rollback failed_requests]
"""

from __future__ import annotations

import importlib
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.row import Row
from benchmarks.table import aligned, into, markdown
from tests.lab.machine import ROOT
from tests.lab.nginx import version

FIGURES = ("failed_requests", "wall_time", "jenkins_stages", "many_hosts", "rollback", "start_up")
RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def main(names: list[str]) -> int:
    """0 where every figure reaches what it must; RESULTS.md and README.md are written only when all were measured."""
    unknown = set(names) - set(FIGURES)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave nothing running then either
    rows: list[Row] = []
    for name in names or FIGURES:
        begun = time.monotonic()
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="pycanary-bench-") as directory:
            rows += importlib.import_module(f"benchmarks.{name}").measure(Path(directory))
        print(f"measured {name} in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(aligned(rows))
    if not names:
        _write(rows)
    return 0 if all(row.met for row in rows) else 1


def _write(rows: list[Row]) -> None:
    text = f"{markdown(rows)}\n\n{_machine()}"
    RESULTS.write_text(f"# Figures\n\nMade by `make bench`.\n\n{text}\n")
    readme = ROOT / "README.md"
    readme.write_text(into(readme.read_text(), f"\n{text}\n"))


def _machine() -> str:
    return (
        f"Measured by `make bench` on {os.cpu_count()} cores, everything (hosts, services, users) on the one machine; "
        f"Python {platform.python_version()}, NGINX {version('debian')} and {version('wheel')}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
