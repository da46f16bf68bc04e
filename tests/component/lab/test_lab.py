"""The lab is what it says: its users see what fails, its hosts are apart, its services start in both ways."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from pycanary.host.connection import Host
from pycanary.host.script import Script
from tests.lab.containers import docker, docker_host
from tests.lab.lab import SERVICES, Lab
from tests.lab.machine import alive, listens, wait_until
from tests.lab.repository import STRANGE_AUTHOR
from tests.lab.users import Users

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def call_service(lab: Lab, command: str, service: str, slot: str) -> subprocess.CompletedProcess[str]:
    listed = " ".join(f"{name}={ports.stable},{ports.canary}" for name, ports in lab.services.items())
    values = {
        "SERVICES": listed,
        "RUN_DIRECTORY": str(lab.hosts[0].inside / "run"),
        "SERVICE": service,
        "SLOT": slot,
        "PORT": str(lab.port(service, slot)),
        "COMMIT": COMMIT,
    }
    return subprocess.run(
        [*lab.hosts[0].prefix, "./service.sh", command],
        cwd=lab.repository.work,
        env={**os.environ, **values},
        capture_output=True,
        text=True,
        check=False,
    )


def serve(lab: Lab) -> None:
    """Every service in both slots, and an NGINX that sends users to the stable one."""
    lab.repository.commit()
    for service in SERVICES:
        for slot in ("stable", "canary"):
            assert call_service(lab, "start", service, slot).returncode == 0
            wait_until(partial(listens, "127.0.0.1", lab.port(service, slot)), service)
    point(lab, dict.fromkeys(SERVICES, "stable"))


def point(lab: Lab, slots: dict[str, str]) -> None:
    locations = "".join(
        f"location {'/' if name == SERVICES[0] else f'/{name}/'} "
        f"{{ client_max_body_size 64m; proxy_pass http://127.0.0.1:{lab.port(name, slot)}; }}\n"
        for name, slot in slots.items()
    )
    nginx = lab.hosts[0].nginx
    (nginx.conf_d / "lab.conf").write_text(f"server {{ listen {lab.http_port}; {locations} }}\n")
    nginx.call("-t")
    nginx.call("-s", "reload")
    wait_until(lambda: listens("127.0.0.1", lab.http_port), "NGINX to listen")


@pytest.fixture
def served(make_lab: Callable[..., Lab], flavour: str) -> Iterator[Lab]:
    lab = make_lab(flavour)
    serve(lab)
    yield lab


def test_users_of_a_healthy_stack_see_no_failure(served: Lab) -> None:
    with served.users(visit=2, keep_alive=1, post=1, upload=1, upload_seconds=0.2) as users:
        wait_until(lambda: users.all.of_kind("upload") and users.all.users.total() > 20, "an upload and 20 users")
    seen = users.all
    assert (seen.failures, seen.mixed) == ([], [])
    assert all(seen.of_kind(kind) for kind in ("visit", "keep-alive", "post", "upload"))
    assert seen.share("stable") == 1
    assert seen.releases() == {COMMIT[:8]}


def test_users_see_each_way_to_fail(processes_lab: Lab) -> None:
    lab = processes_lab
    serve(lab)
    with lab.users(visit=1, post=1) as users:
        users.wait_for(5)
        lab.behave("backend", "stable", error_rate=1)
        wait_until(lambda: any("status 500 from stable" in each.reason for each in users.all.failures), "a 500")
        call_service(lab, "stop", "python", "stable")
        wait_until(lambda: any("status 502 from NGINX" in each.reason for each in users.all.failures), "a 502")
        point(lab, {"frontend": "canary", "backend": "canary", "python": "canary"})
        users.span()
        users.wait_for(5)
        point(lab, {"frontend": "stable", "backend": "canary", "python": "canary"})
        wait_until(lambda: users.all.mixed, "a page of two slots")
        lab.hosts[0].nginx.call("-s", "stop")
        wait_until(lambda: any("Refused" in each.reason for each in users.all.failures), "a refused connection")


def test_a_service_finishes_what_is_in_flight_before_it_stops(processes_lab: Lab) -> None:
    lab = processes_lab
    serve(lab)
    asked = lab.behave("frontend", "stable")["requests"]
    with Users("127.0.0.1", lab.port("frontend", "stable"), ["frontend"], upload=1, upload_seconds=2) as users:
        wait_until(lambda: lab.behave("frontend", "stable")["requests"] > asked, "an upload in flight")
        assert call_service(lab, "stop", "frontend", "stable").returncode == 0
        wait_until(lambda: users.all.failures, "the next upload to be refused")
    assert users.all.of_kind("upload") == 1
    assert all("Refused" in each.reason for each in users.all.failures)


@pytest.mark.parametrize(
    ("behaviour", "last_line"),
    [({"exits_with": 3}, "exits with 3"), ({"crash_after_seconds": 0.2}, "crashes"), ({}, "ready on port")],
)
def test_a_commit_decides_how_a_service_starts(processes_lab: Lab, behaviour: dict[str, float], last_line: str) -> None:
    lab = processes_lab
    lab.repository.commit(behaviour={"backend": behaviour})
    call_service(lab, "start", "backend", "canary")
    log = lab.hosts[0].directory / "run" / "canary-backend.log"
    wait_until(lambda: log.exists() and last_line in log.read_text(), last_line)
    if behaviour:
        wait_until(lambda: call_service(lab, "running", "backend", "canary").returncode != 0, "its end")


def test_hosts_in_namespaces_have_their_own_network_and_files(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(hosts=2)
    first, second = lab.hosts
    assert first.address != second.address
    assert first.inside == second.inside
    for each in (first, second):
        (each.directory / "who").write_text(each.address)
        with Host(each.sshd.host()) as host:
            assert host.run(_read_who(str(each.inside))) == each.address
        (each.nginx.conf_d / "lab.conf").write_text(
            f"server {{ listen {lab.http_port}; return 200 {each.address}; }}\n"
        )
        each.nginx.call("-s", "reload")
    for each in (first, second):
        wait_until(lambda at=each.address: listens(at, lab.http_port), "its NGINX")
    assert not listens("127.0.0.1", lab.http_port)


def _read_who(directory: str) -> Script:
    class Read(Script):
        def render(self) -> str:
            return f"cat '{directory}/who'\n"

    return Read("read")


def test_nothing_of_a_lab_is_left(tmp_path: Path) -> None:
    from tests.lab.lab import lab

    with lab(tmp_path / "lab", "labgone", flavour="debian") as made:
        serve(made)
        pids = [int(file.read_text()) for file in (made.hosts[0].directory / "run").glob("*.pid")]
        pids += [made.hosts[0].nginx.pid, made.hosts[0].sshd.pid]
        assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)


def test_strange_names_and_messages_are_real_commits(processes_lab: Lab) -> None:
    repository = processes_lab.repository
    commit = repository.strange_commit()
    assert repository.git("show", "-s", "--format=%H %an", "develop").strip() == f"{commit} {STRANGE_AUTHOR}"


@pytest.mark.parametrize("slot", ["stable", "canary"])
def test_the_compose_files_build_and_run_both_slots(compose_lab: Lab, slot: str, tmp_path: Path) -> None:
    lab = compose_lab
    commit = lab.repository.commit()
    (tmp_path / "env").write_text("SECRET='a b$c'\n")
    values = {"COMMIT": commit[:8], "ENV_FILE": str(tmp_path / "env"), "TZ": "Asia/Seoul", "DOCKER_HOST": docker_host()}

    def compose(project: str, file: str, *arguments: str) -> None:
        command = ["docker", "compose", "-p", f"{lab.app}-{project}", "-f", str(lab.repository.work / file), *arguments]
        done = subprocess.run(command, env={**os.environ, **values}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    compose("shared", "compose.shared.yml", "up", "-d")
    compose(slot, f"compose.{slot}.yml", "up", "-d", "--build")
    wait_until(lambda: all(lab.answers(service, slot) for service in SERVICES), "its services")
    assert lab.behave("backend", slot)["release"] == commit[:8]
    assert lab.get("frontend", slot, "/environment/SECRET") == b"a b$c"
    assert lab.get("frontend", slot, "/environment/TZ") == b"Asia/Seoul"
    page = lab.get("frontend", slot, "/page")
    assert page.count(slot.encode()) == 4
    assert docker("ps", "-q", "--filter", f"label=pycanary-lab={lab.app}").count("\n") == 4
