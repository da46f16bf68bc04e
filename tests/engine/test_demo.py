"""`pycanary demo` that is told to stop leaves nothing: no process and no file."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.machine import ROOT, command_line, wait_until, with_environment

MARK = "PYCANARY_TEST_OF_THE_DEMO"


def left(mark: str, directory: Path) -> list[str]:
    """The processes that the demo has started: by their environment, which NGINX overwrites, or by their open files."""
    found = {*with_environment(f"{MARK}={mark}"), *with_open_files(directory)}
    return [line for line in map(command_line, found) if line]


def with_open_files(directory: Path) -> Iterator[int]:
    """The processes that have files below that directory open."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            opened = any(str(directory) in str(file.readlink()) for file in (process / "fd").iterdir())
        except OSError:  # it has ended
            continue
        if opened:
            yield int(process.name)


@pytest.mark.parametrize("moment", ["=== the first stable release", "weights 900:100 are served"])
def test_a_demo_that_is_interrupted_leaves_nothing(tmp_path: Path, moment: str) -> None:
    mark = secrets.token_hex(8)
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), MARK: mark}
    command = [sys.executable, "-m", "pycanary", "demo"]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd=tmp_path,
        env=environment,
    ) as demo:
        assert demo.stdout
        assert any(moment in line for line in demo.stdout)
        assert len(left(mark, tmp_path)) > 3
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does
        said = demo.stdout.read()
    assert demo.returncode in (3, 130), said
    assert "Traceback" not in said
    wait_until(lambda: not left(mark, tmp_path), "the demo's processes to end")
    assert list(tmp_path.iterdir()) == []
