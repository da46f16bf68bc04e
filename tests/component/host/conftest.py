"""Scripts written in the test that needs them, rendered and run like any other; and hosts that give a lease."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pycanary import resource
from pycanary.host.connection import Host
from pycanary.host.script import Script, Value
from tests.component.host.runs import Runs
from tests.lab.machine import SYSTEM_PATH, program
from tests.lab.sshd import Sshd, sshd


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Script]:
    """script(body, timeout_seconds=60, **values): a Script whose `main` is that body."""
    bodies: dict[str, str] = {}
    shipped = resource.text

    def text(name: str) -> str:
        return bodies[name] if name in bodies else shipped(name)

    def make(body: str, timeout_seconds: int = 60, **values: Value) -> Script:
        name = f"inline-{len(bodies)}"
        bodies[f"host/{name}.sh"] = f"main() {{\n{body}\n}}\n"
        return Script(name, values, timeout_seconds)

    monkeypatch.setattr(resource, "text", text)
    return make


@pytest.fixture(scope="module", params=["sh", "busybox"])
def lease_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A host whose sh is the distribution's, and one whose sh is BusyBox's."""
    directory = tmp_path_factory.mktemp(request.param)
    (directory / "bin").mkdir()
    (directory / "bin" / "sh").symlink_to(program(request.param))
    with sshd(directory / "sshd", environment={"PATH": f"{directory / 'bin'}:{SYSTEM_PATH}"}) as started:
        yield started


@pytest.fixture
def lease_host(lease_server: Sshd) -> Iterator[Host]:
    with Host(lease_server.host()) as opened:
        yield opened


@pytest.fixture
def runs(lease_host: Host, tmp_path: Path) -> Iterator[Runs]:
    yield Runs(lease_host, tmp_path / "state")
