"""Fixtures for every test; a part that cannot start fails the test that asks for it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pycanary.host.connection import Host
from tests.lab.lab import Lab, lab
from tests.lab.nginx import FLAVOURS, Nginx, nginx
from tests.lab.sshd import Sshd, sshd


@pytest.fixture(scope="session", name="sshd")
def _sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One sshd for all tests that do not harm it."""
    with sshd(tmp_path_factory.mktemp("sshd")) as started:
        yield started


@pytest.fixture
def own_sshd(tmp_path: Path) -> Iterator[Sshd]:
    """A sshd of the test's own, to be cut or stopped."""
    with sshd(tmp_path / "sshd") as started:
        yield started


@pytest.fixture
def host(sshd: Sshd) -> Iterator[Host]:
    """An open connection to the shared sshd."""
    with Host(sshd.host()) as opened:
        yield opened


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    """Whose NGINX: "debian" or "wheel"; a test that asks for it runs on both."""
    return str(request.param)


@pytest.fixture(name="nginx")
def _nginx(tmp_path: Path, flavour: str) -> Iterator[Nginx]:
    """A running NGINX with an empty conf.d, of each flavour."""
    with nginx(tmp_path / "nginx", flavour) as started:
        yield started


@pytest.fixture
def make_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """make_lab(flavour="debian", compose=False, hosts=1): a lab of the test's own, removed when the test ends."""
    with ExitStack() as stack:

        def make(flavour: str = "debian", **options: Any) -> Lab:
            app = f"lab{secrets.token_hex(3)}"
            return stack.enter_context(lab(tmp_path / app, app, flavour=flavour, **options))

        yield make


@pytest.fixture
def processes_lab(make_lab: Callable[..., Lab]) -> Lab:
    """One host, Debian's NGINX, services as processes: the quick lab."""
    return make_lab()


@pytest.fixture
def compose_lab(make_lab: Callable[..., Lab]) -> Lab:
    """One host, Debian's NGINX, services in real containers."""
    return make_lab(compose=True)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that the tests of one file share, with a release in the stable slot."""
    app = f"lab{secrets.token_hex(3)}"
    with lab(tmp_path_factory.mktemp(app) / app, app, flavour="debian") as made:
        made.repository.commit("the first release")
        made.deploy("stable")
        yield made
