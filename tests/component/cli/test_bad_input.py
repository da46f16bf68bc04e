"""Bad input on a host that serves users: a sentence, a remedy, the documented code, and the host as it was."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.lab.deploy_user import prepared
from tests.lab.footprint import files, footprint
from tests.lab.host import lab_host
from tests.lab.lab import Lab, Result
from tests.lab.machine import AS_ROOT, ROOT, SYSTEM_PATH
from tests.lab.processes import end_services
from tests.lab.repository import Repository


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One host that serves a stable release, shared by all tests here: each leaves it as it found it."""
    directory = tmp_path_factory.mktemp("bad")
    environment = {"PATH": SYSTEM_PATH, "DOCKER_HOST": f"unix://{directory}/no-docker.sock"}
    with lab_host(directory / "host", "debian", environment) as host:
        made = Lab(directory, "bad", [host], compose=False)
        made.repository.commit()
        try:
            made.deploy("stable")
            made.repository.commit("another release")
            yield made
        finally:
            end_services(host.directory / "run")


@pytest.fixture
def refuse(served: Lab) -> Iterator[Callable[..., Result]]:
    """refuse(code, "deploy", ...): the call ends with that code and a remedy, and leaves the host as it was."""

    def call(code: int, *arguments: str) -> Result:
        before = footprint(served)
        result = served.pycanary(*arguments)
        assert result.code == code, result.text
        assert "Traceback" not in result.text
        assert "->" in result.text
        assert footprint(served) == before
        return result

    yield call
    served.configure()


def test_the_wrong_host_key(served: Lab, refuse: Callable[..., Result], tmp_path: Path) -> None:
    entry = served.hosts[0].sshd.host().model_dump(exclude_defaults=True)
    served.configure(hosts=[{**entry, "known_hosts": str(tmp_path / "known_hosts")}])
    result = refuse(3, "deploy", "canary-auto")
    assert f"-> `ssh-keyscan -p {entry['port']} 127.0.0.1 >> {tmp_path}/known_hosts`" in result.stderr


def test_no_such_branch(served: Lab, refuse: Callable[..., Result]) -> None:
    served.configure(git={"branch": "devlop"})
    result = refuse(3, "deploy", "canary-auto")
    assert "has no branch 'devlop'; the nearest are: develop" in result.text
    assert "-> correct git.branch in canary.yml, or push the branch" in result.text


def test_no_such_commit(refuse: Callable[..., Result]) -> None:
    result = refuse(3, "deploy", "canary-auto", "--commit", "0123456789abcdef")
    assert "has no commit 0123456789abcdef; the newest of its branch develop is " in result.text
    assert "-> push the commit, or name another by --commit" in result.text


def test_no_such_release(refuse: Callable[..., Result]) -> None:
    result = refuse(2, "deploy", "stable", "--release", "77")
    assert "no release 77 in the history" in result.text


def test_nothing_to_promote(refuse: Callable[..., Result]) -> None:
    result = refuse(2, "deploy", "promote-canary")
    assert "there is no canary to promote" in result.stderr
    assert "-> `pycanary deploy canary-auto` makes one" in result.stderr


def test_an_nginx_configuration_that_somebody_else_broke(served: Lab, refuse: Callable[..., Result]) -> None:
    broken = served.hosts[0].nginx.conf_d / "other.conf"
    broken.write_text("serve {}\n")
    try:
        result = refuse(3, "deploy", "canary-auto")
    finally:
        broken.unlink()
    assert f'unknown directive "serve" in {broken}:1' in result.text
    assert "mend the NGINX configuration first" in result.text


def test_a_site_that_passes_the_weights_by(served: Lab, refuse: Callable[..., Result]) -> None:
    site = served.hosts[0].nginx.conf_d / f"{served.app}.conf"
    text = site.read_text()
    site.write_text("".join(line for line in text.splitlines(True) if "bad.proxy.conf" not in line))
    try:
        result = refuse(3, "deploy", "canary-auto")
    finally:
        site.write_text(text)
    assert "does not include the snippet" in result.text


def test_a_port_that_something_else_has(served: Lab, refuse: Callable[..., Result]) -> None:
    port = served.port("backend", "canary")
    with socket.create_server(("127.0.0.1", port)):
        result = served.pycanary("deploy", "canary-auto")
    assert result.code == 3, result.text
    assert "backend" in result.text
    assert "rolled back to: stable slot" in result.text
    status = served.pycanary("status")
    assert "999:1" in status.stdout
    refuse(3, "deploy", "canary-auto", "--commit", "0123456789abcdef")


def test_a_full_disk(served: Lab, refuse: Callable[..., Result]) -> None:
    place = served.hosts[0].directory / "app" / "environment"
    with full_disk(place):
        result = served.pycanary("deploy", "canary-auto")
    assert result.code == 3, result.text
    assert "free space on the host" in result.text
    refuse(3, "deploy", "canary-auto", "--commit", "0123456789abcdef")


@contextmanager
def full_disk(place: Path) -> Iterator[None]:
    """A full file system in the place of a directory, with what the directory holds."""
    held = {path.name: path.read_bytes() for path in place.iterdir()}
    subprocess.run([*AS_ROOT, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], check=True)
    try:
        for name, content in held.items():
            (place / name).write_bytes(content)
        with suppress(OSError), (place / "fill").open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
        yield
    finally:
        subprocess.run([*AS_ROOT, "umount", str(place)], check=True)


def test_no_docker(served: Lab, refuse: Callable[..., Result]) -> None:
    served.configure(commands=None, compose={})
    result = refuse(3, "deploy", "canary-auto")
    assert "the Docker daemon does not run: sudo systemctl start docker" in result.text
    code = served.pycanary("check").code
    assert code == 2


@pytest.mark.parametrize(
    ("closed", "words"),
    [
        ("srv", "cannot create {0}/srv/state as pycanary-test"),
        ("nginx/conf.d", "cannot write {0}/nginx/conf.d/pycanary-shop.conf as pycanary-test"),
        ("sudo", "sudo: a password is required"),
    ],
)
def test_not_enough_rights(tmp_path: Path, closed: str, words: str) -> None:
    with prepared(sudo=closed != "sudo") as host:
        Repository(tmp_path, "shop", {}).commit()
        (tmp_path / "shop.git").rename(host.directory / "shop.git")
        subprocess.run(["chown", "-R", "pycanary-test", str(host.directory / "shop.git")], check=True)
        if closed != "sudo":
            subprocess.run(["chown", "root:root", str(host.directory / closed)], check=True)
        (tmp_path / "canary.yml").write_text(host.config.model_dump_json(exclude_defaults=True))
        before = files(host.nginx.directory)
        done = subprocess.run(
            [sys.executable, "-m", "pycanary", "deploy", "stable"],
            cwd=tmp_path,
            env={"PATH": SYSTEM_PATH, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 3, said
        assert words.format(host.directory) in said
        assert "->" in said
        assert "Traceback" not in said
        assert files(host.nginx.directory) == before
