"""Ports: each free, or in use by what belongs there; else it is said by whom."""

from __future__ import annotations

import pytest

from pycanary.checks.host_facts import Container, HostFacts, Listener
from pycanary.checks.ports import ports
from pycanary.model.slot import Slot
from tests.unit.checks.samples import config, host, told

REMEDY = "stop that, or choose another port in canary.yml"
HIDDEN = "stop that (`sudo ss -ltnp 'sport = :3001'` names it), or choose another port in canary.yml"
FREE = ["ok stable ports: 3001, 8081 free", "ok canary ports: 3002, 8082 free", "ok status port: 8099 free"]
ONE = ["ok stable ports: 3001 in use by its services; 8081 free", *FREE[1:]]


def found(facts: HostFacts, running: dict[Slot, frozenset[str]] | None = None) -> list[str]:
    return [told(each) for each in ports(config(), facts, running or {})]


def test_free_ports_are_well() -> None:
    assert found(host()) == FREE


@pytest.mark.parametrize(
    "container",
    [
        Container("shop-stable", "shop-stable-frontend-1", (3001,), "shop-stable_default"),
        Container("shop-stable", "shop-stable-frontend-1", (), "host"),
    ],
)
def test_a_container_of_the_slots_own_project_may_have_its_port(container: Container) -> None:
    assert found(host(listeners=(Listener(3001, "docker-proxy", "7"),), containers=(container,))) == ONE


def test_what_the_running_command_knows_may_have_its_port() -> None:
    assert found(host(listeners=(Listener(3001),)), {Slot.STABLE: frozenset({"frontend"})}) == ONE


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            host(listeners=(Listener(3001, "python3", "812"),)),
            f"error port 3001: of frontend in the stable slot is taken by python3 (process 812) -> {REMEDY}",
        ),
        (
            host(listeners=(Listener(3001), Listener(3001, "node", "9"))),
            f"error port 3001: of frontend in the stable slot is taken by node (process 9) -> {REMEDY}",
        ),
        (
            host(listeners=(Listener(3001),)),
            "error port 3001: of frontend in the stable slot is taken by a process that the deploy user may not see"
            f" -> {HIDDEN}",
        ),
        (
            host(listeners=(Listener(3001),), containers=(Container("shop-canary", "shop-canary-x-1", (3001,)),)),
            "error port 3001: of frontend in the stable slot is taken by the container shop-canary-x-1 of the Compose"
            f" project shop-canary -> {HIDDEN}",
        ),
        (
            host(listeners=(Listener(3001),), containers=(Container("", "grafana", (3001,)),)),
            f"error port 3001: of frontend in the stable slot is taken by the container grafana -> {HIDDEN}",
        ),
    ],
)
def test_whoever_else_has_a_port_is_named(facts: HostFacts, expected: str) -> None:
    assert found(facts) == [expected, "ok stable ports: 8081 free", *FREE[1:]]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("shop 7 0a1b2c3d4e5f", "ok status port: 8099 answered by NGINX"),
        ("other-app 7 0a1b2c3d4e5f", "ok status port: 8099 answered by NGINX, shared with other-app"),
        ("<html>", f"error status port: (8099) is taken by java (process 5) -> {REMEDY}"),
    ],
)
def test_the_status_port_is_ours_where_a_status_server_answers(answer: str, expected: str) -> None:
    facts = host(listeners=(Listener(8099, "java", "5"),), status_answer=answer)
    assert found(facts)[-1] == expected
