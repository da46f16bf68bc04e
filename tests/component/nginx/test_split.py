"""Which slot serves whom."""

from __future__ import annotations

import http.client
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.nginx.buckets import side_of
from pycanary.nginx.names import Names
from tests.component.nginx.world import World

KEYS = 200
HTML = "text/html,application/xhtml+xml"


@pytest.fixture
def running(installed: World) -> Iterator[World]:
    return installed


def taken_by(world: World, service: str, key: str) -> str:
    """The address that took a probe with that key."""
    connection = http.client.HTTPConnection("127.0.0.1", world.config.nginx.status_port, timeout=5)
    headers = {"Host": Names.of(world.config).status_server, "X-Pycanary-Key": key}
    connection.request("GET", f"/probe/{service}", headers=headers)
    answer = connection.getresponse()
    connection.close()
    return (answer.getheader("X-Pycanary") or "").split()[-1]


@given(canary=st.integers(1, 999))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_python_predicts_the_side_of_every_key(running: World, canary: int) -> None:
    weights = Weights.of_canary(canary)
    running.shift(running.traffic.shifted(weights))
    ports = {f"127.0.0.1:{running.config.services['frontend'].stable}": Slot.STABLE}
    ports[f"127.0.0.1:{running.config.services['frontend'].canary}"] = Slot.CANARY
    for key in (secrets.token_hex(16) for _ in range(KEYS)):
        assert ports[taken_by(running, "frontend", key)] is side_of(key, weights), key


def test_a_user_stays_on_one_side_over_all_services_and_a_higher_weight_moves_nobody_back(installed: World) -> None:
    users = [secrets.token_hex(16) for _ in range(60)]
    canary_before: set[str] = set()
    for weight in (100, 400, 700):
        installed.shift(installed.traffic.shifted(Weights.of_canary(weight)))
        canary = set()
        for user in users:
            cookie = f"{installed.config.cookie}={user}"
            sides = {installed.get(path, Cookie=cookie).body.split()[1] for path in ("/", "/api/x", "/_next/static/a")}
            assert len(sides) == 1
            assert sides == {str(side_of(installed.traffic.salt + user, Weights.of_canary(weight)))}
            if sides == {"canary"}:
                canary.add(user)
        assert canary_before <= canary
        canary_before = canary


def test_the_salt_decides_who_tests_a_release(installed: World) -> None:
    salted = installed.traffic.shifted(Weights.of_canary(500)).model_copy(update={"salt": "#8"})
    installed.shift(salted)
    for user in (secrets.token_hex(16) for _ in range(30)):
        answer = installed.get(Cookie=f"{installed.config.cookie}={user}")
        assert answer.body.split()[1] == str(side_of(f"#8{user}", Weights.of_canary(500)))


def test_only_a_page_sets_the_cookie_and_only_once(installed: World) -> None:
    name = installed.config.cookie
    page = installed.get(Accept=HTML).getheader("Set-Cookie") or ""
    assert page.startswith(f"{name}=")
    assert page.split("; ")[1:] == ["Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"]
    assert installed.get(Accept="*/*").getheader("Set-Cookie") is None
    assert installed.get(Accept=HTML, Cookie=page.split(";")[0]).getheader("Set-Cookie") is None
    assert installed.get(Accept=HTML, Cookie=f"{name}=chosen-by-hand").getheader("Set-Cookie")


def test_the_page_that_sets_the_cookie_comes_from_the_side_that_the_cookie_leads_to(installed: World) -> None:
    installed.shift(installed.traffic.shifted(Weights.of_canary(500)))
    for _ in range(20):
        page = installed.get(Accept=HTML)
        cookie = (page.getheader("Set-Cookie") or "").split(";")[0]
        assert installed.get(Accept=HTML, Cookie=cookie).body == page.body


def test_a_user_cannot_choose_a_key(installed: World) -> None:
    installed.shift(installed.traffic.shifted(Weights.of_canary(500)))
    user = f"{installed.config.cookie}={secrets.token_hex(16)}"
    sides = {installed.get(Cookie=user, X_Pycanary_Key=secrets.token_hex(8)).body for _ in range(20)}
    assert len(sides) == 1


def test_without_sticky_the_shares_are_exact(installed: World) -> None:
    data = installed.config.model_dump(exclude_none=True) | {"sticky": {"enabled": False}}
    installed.config = type(installed.config).model_validate(data)
    installed.shift(installed.traffic.shifted(Weights.of_canary(100)))
    served = [installed.get(Accept=HTML) for _ in range(100)]
    assert sum("canary" in answer.body for answer in served) == 10
    assert not any(answer.getheader("Set-Cookie") for answer in served)
    assert installed.verify() == ()


def test_the_application_sees_the_users_host_and_scheme(installed: World) -> None:
    assert installed.get(Host="shop.example:8443").body.split()[2:] == ["shop.example:8443", "http"]


def test_a_websocket_is_let_through(installed: World) -> None:
    """The first answer of the application takes the connection over, and bytes then go both ways."""
    route = installed.config.routes[0]
    for slot in Slot:
        installed.slots.pop((route.name, slot)).stop()
    with ExitStack() as stack:
        for slot in Slot:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", route.port(slot))))
            threading.Thread(target=echo, args=(listener,), daemon=True).start()
        user = stack.enter_context(socket.create_connection(("127.0.0.1", installed.site_port), timeout=5))
        user.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        assert user.recv(4096).startswith(b"HTTP/1.1 101 ")
        user.sendall(b"hello")
        assert user.recv(4096) == b"hello"


def echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    asked = connection.recv(4096).lower()
    assert b"upgrade: websocket" in asked
    assert b"connection: upgrade" in asked
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    connection.sendall(connection.recv(4096))
    connection.close()
