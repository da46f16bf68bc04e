"""canary.yml changes while something runs: other ports, a service less, a service more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.world import commits, flawless, pids, shares, split, split_of, view
from tests.lab.lab import Lab
from tests.lab.machine import free_ports
from tests.lab.repository import Ports


@pytest.fixture
def quick(ready: Lab) -> Iterator[Lab]:
    """The shared lab, whose canary-auto has one step and no bake; afterwards canary.yml has its old services."""
    services = ready.services
    ready.configure(steps=["70%"], bake_seconds=0)
    yield ready
    ready.services = services


@pytest.fixture
def own(fresh: Lab) -> Lab:
    """The same as a lab of the test's own, whose site it edits."""
    fresh.configure(steps=["70%"], bake_seconds=0)
    return fresh


def with_services(lab: Lab, services: dict[str, Ports]) -> None:
    """The services of canary.yml from now on."""
    lab.services = services
    lab.configure(steps=["70%"], bake_seconds=0)


def with_other_ports(lab: Lab, *names: str) -> None:
    """The same services, those named on other ports."""
    with_services(lab, {**lab.services, **{name: Ports(*free_ports(2)) for name in names}})


def healthy(lab: Lab) -> dict[str, tuple[str, ...]]:
    """The services of each slot, every one of which has to be healthy by `status`."""
    found = view(lab)
    assert all(one["healthy"] for one in found["health"]), found["health"]
    return {slot: tuple(one["service"] for one in found["health"] if one["slot"] == slot) for slot in found["releases"]}


def served(lab: Lab, service: str) -> Ports:
    """The ports that users of a service are sent to."""
    route = next(route for route in view(lab)["traffic"]["routes"] if route["name"] == service)
    return Ports(route["stable_port"], route["canary_port"])


def site(lab: Lab) -> Path:
    """The site of the first host's NGINX, which is the user's."""
    return lab.hosts[0].nginx.conf_d / f"{lab.app}.conf"


def edit_site(lab: Lab, text: str) -> None:
    """What a person does: write and reload, which NGINX has to accept."""
    site(lab).write_text(text)
    lab.hosts[0].nginx.call("-s", "reload")


def without_location(text: str, service: str) -> str:
    """The site without the location of a service."""
    before, begin, after = text.partition(f"    location /{service}/ {{\n")
    assert begin
    return before.rstrip(" ") + after.partition("    }\n")[2]


def test_every_slot_takes_its_new_port_when_it_is_recreated(quick: Lab) -> None:
    before, number = served(quick, "backend"), view(quick)["releases"]["stable"]["number"]
    with flawless(quick) as users:
        with_other_ports(quick, "backend")
        after = quick.services["backend"]
        healthy(quick)
        second = quick.repository.commit()
        quick.deploy("canary-auto")
        healthy(quick)
        assert served(quick, "backend") == Ports(before.stable, after.canary)
        assert 0.3 < shares(users)[second[:8]] < 0.98
        quick.deploy("promote-canary")
        healthy(quick)
        third = quick.repository.commit()
        quick.deploy("stable")
        healthy(quick)
        assert served(quick, "backend") == after
        assert shares(users) == {third[:8]: 1.0}
        quick.deploy("stable", "--release", str(number))
        healthy(quick)
        assert served(quick, "backend") == before


def test_the_same_commit_on_other_ports_is_started_anew_in_that_slot(quick: Lab) -> None:
    first = commits(view(quick))["stable"]
    with flawless(quick):
        with_other_ports(quick, "python")
        quick.deploy("stable", "--commit", first)
        both, after = pids(quick, "stable"), quick.services["python"]
        assert served(quick, "python") == after
        after = Ports(after.stable, *free_ports(1))
        with_services(quick, {**quick.services, "python": after})
        quick.deploy("canary-auto", "--commit", first)
        assert pids(quick, "stable") == both
    assert served(quick, "python") == after
    assert commits(view(quick)) == {"stable": first, "canary": first}
    healthy(quick)


def test_a_held_canary_is_decided_by_a_canary_yml_with_other_ports(quick: Lab) -> None:
    quick.repository.commit()
    quick.deploy("canary-auto")
    with_other_ports(quick, "frontend", "backend")
    both = pids(quick, "stable"), pids(quick, "canary")
    with flawless(quick):
        for command, expected in (("rollback", "999:1"), ("promote-canary", "1:999"), ("rollback", "999:1")):
            said = quick.deploy(command).text
            assert "not healthy" not in said
            assert split(quick) == expected
    assert (pids(quick, "stable"), pids(quick, "canary")) == both
    healthy(quick)


def test_a_canary_that_fails_on_other_ports_leaves_users_on_a_stable_slot_that_is_known_to_be_healthy(
    quick: Lab,
) -> None:
    with_other_ports(quick, "backend")
    quick.repository.commit(behaviour={"backend": {"exits_with": 1}})
    with flawless(quick):
        result = quick.pycanary("deploy", "canary-auto")
    assert result.code == 3, result.text
    assert split(quick) == "999:1, canary out"


def test_logs_are_those_of_the_release_in_the_slot(quick: Lab) -> None:
    former = quick.pycanary("logs", "--slot", "stable", "--service", "python").stdout
    assert "== python (stable) on " in former
    with_services(quick, {name: ports for name, ports in quick.services.items() if name != "python"})
    quick.configure(steps=["70%"], commands={"logs": "echo elsewhere"})
    assert quick.pycanary("logs", "--slot", "stable", "--service", "python").stdout == former
    said = quick.pycanary("logs", "--slot", "stable").stdout
    assert "== python (stable) on " in said
    assert "elsewhere" not in said
    result = quick.pycanary("logs", "--slot", "stable", "--service", "pyhton")
    assert result.code == 2, result.text
    assert "no service 'pyhton' (expected one of frontend, backend, python)" in result.text


def test_a_port_that_the_other_slot_still_listens_on_is_refused(quick: Lab) -> None:
    before = served(quick, "backend")
    with_services(quick, {**quick.services, "backend": Ports(before.canary, before.stable)})
    quick.repository.commit()
    with flawless(quick):
        result = quick.pycanary("deploy", "canary-auto")
    assert result.code == 3, result.text
    assert f"port {before.stable} of backend in the canary slot is still that of backend in the stable slot" in (
        result.text
    )
    assert split_of(view(quick)).startswith("999:1")
    assert "backend" in pids(quick, "stable")


def test_a_service_less(own: Lab) -> None:
    own.repository.commit()
    own.deploy("canary-auto")
    everything = tuple(own.services)
    rest = {name: ports for name, ports in own.services.items() if name != "python"}
    with flawless(own):
        with_services(own, rest)
        own.deploy("rollback")
        assert split(own) == "999:1"
        assert healthy(own) == {"stable": everything, "canary": everything}
        own.repository.commit()
        own.deploy("canary-auto")  # the users of this block ask for python all the time
        assert healthy(own) == {"stable": everything, "canary": tuple(rest)}
        assert "python" not in pids(own, "canary")
        own.deploy("rollback")
        assert healthy(own) == {"stable": everything, "canary": tuple(rest)}
    with flawless(own):
        own.deploy("stable")
        assert healthy(own) == {"stable": tuple(rest), "canary": tuple(rest)}
        assert "python" not in pids(own, "stable")
        own.repository.commit()
        said = own.deploy("canary-auto").text
        assert re.search(r"no release has python any more, and location /python/ .* still proxies to it", said)
        edit_site(own, without_location(site(own).read_text(), "python"))
        own.repository.commit()
        own.deploy("canary-auto")
    assert [route["name"] for route in view(own)["traffic"]["routes"]] == list(rest)


def test_a_service_more(own: Lab) -> None:
    own.repository.commit()
    own.deploy("canary-auto")
    before = dict(own.services)
    with flawless(own):
        with_services(own, {**before, "search": Ports(*free_ports(2))})
        after = dict(own.services)
        own.services = before
        own.deploy("rollback")
        assert healthy(own) == {"stable": tuple(before), "canary": tuple(before)}
        own.repository.commit()
        result = own.pycanary("deploy", "canary-auto")
        assert (result.code, f"no location proxies to {own.app}_search" in result.text) == (3, True), result.text
        text = site(own).read_text()
        block = text[text.index("    location /python/ {\n") :].partition("    }\n")
        edit_site(own, text.replace(block[0], block[0] + block[1] + "\n" + block[0].replace("python", "search"), 1))
        own.deploy("canary-auto")
        assert healthy(own) == {"stable": tuple(before), "canary": tuple(after)}
        own.services = after
        with flawless(own):  # users of search, whichever slot the others' weights send them to
            own.deploy("rollback")
            healthy(own)
            own.deploy("promote-canary")
            own.repository.commit()
            own.deploy("canary-auto")
            assert healthy(own) == {"stable": tuple(after), "canary": tuple(after)}
