"""Fixtures for every test; a part that cannot start fails the test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pycanary.host.connection import Host
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
