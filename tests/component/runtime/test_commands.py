"""The user's own commands as the runtime: processes on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pycanary.config.model import Config
from pycanary.errors import HostFailed, LeaseLost
from pycanary.host.layout import Layout
from pycanary.host.script import Script
from pycanary.model.release import Commit
from pycanary.model.slot import Slot
from pycanary.runtime.choose import runtime_of
from tests.component.local import RUN, LocalHost, own_lease
from tests.component.stack import eventually, free_port

COMMIT = Commit(id="0123456789" * 4)
QUIET = {"start": "true", "stop": "true", "running": "true", "logs": "true"}


class Processes:
    """An application of two services with these commands, its canary slot checked out."""

    def __init__(self, root: Path, **commands: Any) -> None:
        services = {name: {"stable": free_port(), "canary": free_port()} for name in ("web", "api")}
        self.config = Config.model_validate(
            {
                "app": "shop",
                "hosts": [{"address": "localhost"}],
                "path": str(root),
                "git": {"remote": "unused"},
                "services": services,
                "commands": {**QUIET, **commands},
            }
        )
        own_lease(self.config)
        layout = Layout.of(self.config)
        self.slot, self.source = Path(layout.worktree(Slot.CANARY)), Path(layout.source)
        for directory in (self.slot, self.source):
            directory.mkdir()
            subprocess.run(["git", "init", "--quiet", str(directory)], check=True)
        self.runtime = runtime_of(self.config)
        self.host = LocalHost()

    def run(self, script: Script | None) -> str:
        assert script is not None
        return self.host.run(script)

    def start(self) -> str:
        return self.run(self.runtime.start(Slot.CANARY, COMMIT, RUN))

    def stop(self) -> str:
        return self.run(self.runtime.stop(Slot.CANARY, COMMIT, RUN))


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_each_service_gets_its_environment(tmp_path: Path) -> None:
    show = 'echo "$SLOT $SERVICE $PORT $COMMIT $ENV_FILE $TZ $PWD ${LC_ALL-unset}" >"$SERVICE.env"'
    shop = Processes(tmp_path / "host", start=show)
    shop.start()
    for name, service in shop.config.services.items():
        assert (shop.slot / f"{name}.env").read_text().split() == [
            *("canary", name, str(service.canary), "01234567", f"{tmp_path}/host/environment/canary.env"),
            *("Asia/Seoul", str(shop.slot), "unset"),
        ]


def test_what_was_started_goes_on_after_the_script(tmp_path: Path) -> None:
    shop = Processes(
        tmp_path / "host",
        start='setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >"$SERVICE.pid"',
        stop='kill "$(cat "$SERVICE.pid")"',
    )
    shop.start()
    pids = [int((shop.slot / f"{name}.pid").read_text()) for name in ("web", "api")]
    assert not any(ended(pid) for pid in pids)
    shop.stop()
    eventually(lambda: all(ended(pid) for pid in pids), "their end")


def test_a_start_that_keeps_its_streams_does_not_hang_the_script(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host", start='sleep 1000 & echo $! >"$SERVICE.pid"; echo started')
    shop.start()
    pids = [int((shop.slot / f"{name}.pid").read_text()) for name in ("web", "api")]
    held = {str(stream.readlink()) for pid in pids for stream in Path(f"/proc/{pid}/fd").iterdir()}
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert held == {
        "/dev/null",
        *(f"{tmp_path}/host/state/commands/canary-{name}-start.log" for name in ("web", "api")),
    }


def test_services_are_started_side_by_side(tmp_path: Path) -> None:
    other = '{ [ "$SERVICE" = web ] && echo api || echo web; }'
    meet = f'touch "$SERVICE.here"; until [ -e "$({other}).here" ]; do sleep 0.05; done'
    Processes(tmp_path / "host", start=meet, stop_seconds=20).start()


def test_a_start_that_fails_names_the_service_and_shows_its_words(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host", start='[ "$SERVICE" = web ] || { echo "no such unit" >&2; exit 5; }')
    with pytest.raises(HostFailed) as failed:
        shop.start()
    assert failed.value.kind == "start"
    assert "the start command of api in the canary slot failed with status 5" in str(failed.value)
    assert "no such unit" in str(failed.value)
    assert "web, last lines" not in str(failed.value)


def test_a_start_that_does_not_return_is_ended(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host", start='echo $$ >"$SERVICE.pid"; exec sleep 1000', stop_seconds=1)
    with pytest.raises(HostFailed, match=r"did not return within 1 s \(what it starts must detach, as by setsid\)"):
        shop.start()
    pids = [int((shop.slot / f"{name}.pid").read_text()) for name in ("web", "api")]
    eventually(lambda: all(ended(pid) for pid in pids), "their end")


def test_a_run_that_is_taken_over_ends_its_commands(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host", start='echo $$ >"$SERVICE.pid"; exec sleep 1000')
    script = shop.runtime.start(Slot.CANARY, COMMIT, RUN)
    with subprocess.Popen(["timeout", "60", "sh", "-s"], stdin=subprocess.PIPE) as running:
        assert running.stdin
        running.stdin.write(script.render().encode())
        running.stdin.close()
        files = [shop.slot / f"{name}.pid" for name in ("web", "api")]
        eventually(lambda: all(file.exists() and file.read_text() for file in files), "both commands")
        running.send_signal(signal.SIGTERM)
        running.wait()
    eventually(lambda: all(ended(int(file.read_text())) for file in files), "their end")


def test_build_runs_once_where_the_commit_is(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host", build='echo "$COMMIT $PWD ${SERVICE:-none}" >>built')
    shop.run(shop.runtime.build(COMMIT, RUN))
    assert (shop.source / "built").read_text() == f"01234567 {shop.source} none\n"


def test_a_build_that_fails_shows_its_last_lines(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host", build="echo compiling; echo 'missing semicolon' >&2; exit 2")
    with pytest.raises(HostFailed, match="the build command failed with status 2") as failed:
        shop.run(shop.runtime.build(COMMIT, RUN))
    assert failed.value.kind == "build"
    assert "missing semicolon" in str(failed.value)


def test_without_a_build_command_there_is_nothing_to_do(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host")
    assert shop.runtime.build(COMMIT, RUN) is None
    assert shop.runtime.prune([], RUN) is None


def test_logs_are_the_last_lines_of_the_command(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host", logs='echo one; echo "two of $SERVICE"; echo three >&2')
    assert shop.run(shop.runtime.logs(Slot.CANARY, "web", 2)) == "two of web\nthree\n"


def test_a_run_that_lost_the_lease_starts_nothing(tmp_path: Path) -> None:
    shop = Processes(tmp_path / "host", start="touch started")
    (tmp_path / "host/state/lease").write_text("run=run-2\nwho=somebody\ntype=rollback\n")
    with pytest.raises(LeaseLost, match="rollback, run run-2, started by somebody"):
        shop.start()
    assert not (shop.slot / "started").exists()
