"""The search itself: what it would find, so that finding nothing means something."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.lab.machine import wait_until
from tests.security.planted import BACKTICKS, Planted, Search

SECRET = Planted("key", BACKTICKS)


@pytest.mark.parametrize(
    "shown",
    [
        SECRET.value,
        quote(SECRET.value),
        shlex.quote(SECRET.value),
        json.dumps({"key": SECRET.value}),
        *(base64.b64encode(f"{'x' * before}{SECRET.value}".encode()).decode() for before in range(3)),
        SECRET.value.encode().hex(),
    ],
    ids=["plain", "URL", "shell", "JSON", "base64", "base64 after 1", "base64 after 2", "hex"],
)
def test_a_secret_is_found_in_any_form(tmp_path: Path, shown: str) -> None:
    (tmp_path / "log").write_text(f"before {shown} after")
    (tmp_path / "stable.env").write_text(shown)  # where it belongs
    search = Search([SECRET])
    search.text("output", shown)
    search.files(tmp_path)
    assert search.found == ["key in output", "key in log"]


def test_a_secret_is_found_in_arguments_and_in_an_environment() -> None:
    search = Search([SECRET])
    with search.process_list(lambda line: b"allowed" in line):
        for arguments, environment in (
            ([SECRET.value], {}),
            (["x"], {"KEY": SECRET.value}),
            (["allowed"], {"KEY": SECRET.value}),
        ):
            process = subprocess.Popen(["sh", "-c", "read x", *arguments], stdin=subprocess.PIPE, env=environment)
            wait_until(lambda pid=str(process.pid): any(pid == each for each, _ in search.processes), "the sample")
            process.communicate(b"\n")
    assert [each.partition(" of sh")[0] for each in search.found] == ["key in the arguments", "key in the environment"]
