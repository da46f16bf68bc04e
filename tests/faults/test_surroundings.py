"""What happens around a deployment: NGINX goes, the path is read-only, the clock jumps, Mattermost hangs."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.world import flawless, records, running, split
from tests.lab.lab import Lab
from tests.lab.machine import SYSTEM_PATH, alive, program, wait_until


@pytest.fixture
def baking(shared: Lab) -> Lab:
    """The same, with a newer commit and a bake in which something can happen."""
    shared.configure(steps=["70%"], bake_seconds=5)
    shared.repository.commit()
    return shared


def stop_nginx(lab: Lab) -> None:
    nginx = lab.hosts[0].nginx
    pid = nginx.pid
    nginx.call("-s", "stop")
    wait_until(lambda: not alive(pid), "NGINX to end")


def start_nginx(lab: Lab) -> None:
    nginx = lab.hosts[0].nginx
    nginx.call()
    wait_until(lambda: nginx.pid, "NGINX to start")


def test_an_nginx_that_is_restarted_in_a_bake_serves_the_same_weights(baking: Lab) -> None:
    with running(baking, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        stop_nginx(baking)
        start_nginx(baking)
        with flawless(baking):
            result = run.end()
    assert (result.code, split(baking)) == (0, "300:700"), result.text


def test_an_nginx_that_is_stopped_in_a_bake_is_noticed_at_once_and_needs_a_person(baking: Lab) -> None:
    baking.configure(steps=["70%"], bake_seconds=3600)
    try:
        with running(baking, "deploy", "canary-auto") as run:
            run.said("300:700 are served")
            stop_nginx(baking)
            result = run.end()
    finally:
        start_nginx(baking)
    assert result.code == 4, result.text
    assert "NGINX is not running" in result.text
    assert records(baking)[0]["outcome"] == "person-needed"
    baking.configure(steps=["70%"], bake_seconds=0)
    with flawless(baking):
        baking.deploy("rollback")
        assert split(baking).startswith("999:1")
        baking.deploy("canary-auto")


def test_a_path_that_is_read_only_is_named_before_anything_is_touched(baking: Lab) -> None:
    app = str(baking.hosts[0].directory / "app")
    before = split(baking)
    subprocess.run(["mount", "--bind", app, app], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", app], check=True)
    try:
        with flawless(baking):
            result = baking.pycanary("deploy", "canary-auto")
    finally:
        subprocess.run(["umount", app], check=True)
    assert (result.code, f"cannot write in {app}/state as " in result.text) == (3, True), result.text
    assert "give the deploy user write access" in result.text
    assert split(baking) == before


def test_a_mattermost_that_hangs_delays_and_fails_nothing(baking: Lab) -> None:
    baking.configure(mattermost={})
    with socket.create_server(("127.0.0.1", 0)) as silent, flawless(baking):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/hooks/x"
        result = baking.deploy("rollback", MATTERMOST_URL=url)
    assert "Mattermost was not told: it did not answer within 5 s" in result.text


def test_a_clock_that_jumps_by_two_hours_changes_nothing(
    make_lab: Callable[..., Lab], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+1 hour")
    wrapper = tmp_path / "bin" / "date"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec {program("date")} -d "$(cat {offset})" "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setattr("tests.lab.lab.SYSTEM_PATH", f"{wrapper.parent}:{SYSTEM_PATH}")
    made = make_lab()
    made.configure(steps=["70%"], bake_seconds=4, lease={"running_seconds": 3})
    made.repository.commit()
    made.deploy("stable")
    made.repository.commit()
    with flawless(made):
        with running(made, "deploy", "canary-auto") as run:
            run.said("300:700 are served")
            offset.write_text("-1 hour")
            result = run.end()
        assert (result.code, split(made)) == (0, "300:700"), result.text
        made.deploy("promote-canary")
        made.repository.commit()
        made.deploy("canary-auto")
    assert split(made) == "300:700"
