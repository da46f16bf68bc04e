"""The health of services that the user's own commands run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pycanary.config.model import Config
from pycanary.errors import HostFailed, StageFailed
from pycanary.health.observe import observe, parse_observations
from pycanary.health.wait import HealthResult, wait_healthy
from pycanary.host.layout import Layout
from pycanary.model.slot import Slot
from tests.component.local import LocalHost
from tests.component.stack import free_port


@contextmanager
def server(barrier: threading.Barrier | None = None) -> Iterator[int]:
    """The port of a server whose /health answers 200, behind a barrier only when all its requests are in flight."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                if barrier is not None:
                    barrier.wait(timeout=20)
                status = 200
            except threading.BrokenBarrierError:
                status = 500
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running.server_port
        running.shutdown()


def shop(root: Path, ports: dict[str, int], service: dict[str, Any] | None = None, **commands: str) -> Config:
    config = Config.model_validate(
        {
            "app": "shop",
            "hosts": [{"address": "localhost"}],
            "path": str(root),
            "git": {"remote": "unused"},
            "health": {"tries": 1},
            "services": {
                name: {
                    "stable": free_port(),
                    "canary": port,
                    "answer_seconds": 30,
                    "start_seconds": 5,
                    **(service or {}),
                }
                for name, port in ports.items()
            },
            "commands": {"start": "true", "stop": "true", "running": "true", "logs": "true", **commands},
        }
    )
    Path(Layout.of(config).worktree(Slot.CANARY)).mkdir(parents=True)
    return config


def wait(config: Config) -> tuple[HealthResult, ...]:
    return wait_healthy(LocalHost().run, config, Slot.CANARY, lambda text: None)


def test_all_services_are_asked_side_by_side(tmp_path: Path) -> None:
    names = [f"web{number}" for number in range(6)]
    barrier = threading.Barrier(len(names))
    with ExitStack() as stack:
        ports = {name: stack.enter_context(server(barrier)) for name in names}
        config = shop(tmp_path, ports)
        seen = parse_observations(LocalHost().run(observe(config, Slot.CANARY, names, wait_seconds=0)))
    assert [one.status for one in seen.values()] == [200] * len(names)


def test_a_proxy_of_the_login_shell_is_not_asked(tmp_path: Path) -> None:
    with server() as port:
        config = shop(tmp_path, {"web": port})
        host = LocalHost({"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"})
        seen = parse_observations(host.run(observe(config, Slot.CANARY, ["web"], wait_seconds=0)))
    assert seen["web"].status == 200


def test_a_service_that_stopped_running_fails_at_once(tmp_path: Path) -> None:
    config = shop(
        tmp_path,
        {"web": free_port(), "api": free_port()},
        {"start_seconds": 600},
        running='[ "$SERVICE" != api ]',
        logs="echo \"KeyError: 'DB_URL' of $SERVICE on $PORT\"",
    )
    with pytest.raises(StageFailed) as failed:
        wait(config)
    assert failed.value.sentence == (
        "api in the canary slot: it is not running\n"
        "  last lines of api:\n"
        f"    KeyError: 'DB_URL' of api on {config.services['api'].canary}\n"
        "  -> add the missing variable to `environment` in canary.yml"
    )


def test_a_ready_line_near_the_start_of_a_long_log_is_found(tmp_path: Path) -> None:
    logs = "echo Listening; seq 1 5000"
    config = shop(tmp_path, {"web": free_port()}, {"ready_log": "^Listening$", "start_seconds": 60}, logs=logs)
    assert wait(config) == (HealthResult("web", by_log=True),)


def test_a_refused_connection_is_told_in_words(tmp_path: Path) -> None:
    config = shop(tmp_path, {"web": free_port()}, {"start_seconds": 1}, logs="echo starting")
    with pytest.raises(StageFailed, match="web in the canary slot: not healthy within 1 s: connection refused"):
        wait(config)


def test_a_slot_that_was_never_checked_out_has_nothing(tmp_path: Path) -> None:
    config = shop(tmp_path, {"web": free_port()})
    Path(Layout.of(config).worktree(Slot.CANARY)).rmdir()
    with pytest.raises(StageFailed, match="there is no container of it"):
        wait(config)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    config = shop(tmp_path / "host", {"web": free_port()})
    LocalHost({"TMPDIR": str(scratch)}).run(observe(config, Slot.CANARY, ["web"], wait_seconds=0))
    assert list(scratch.iterdir()) == []


def test_a_host_without_curl_says_so(tmp_path: Path) -> None:
    config = shop(tmp_path / "host", {"web": free_port()})
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "timeout", "cat", "mktemp", "rm"):
        (programs / name).symlink_to(f"/bin/{name}")
    with pytest.raises(HostFailed, match="curl is not installed") as failed:
        LocalHost({"PATH": str(programs)}).run(observe(config, Slot.CANARY, ["web"], wait_seconds=0))
    assert failed.value.kind == "tool"
