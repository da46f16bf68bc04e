"""The service as its image runs it: a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.standins import StandIns, standins

HERE = Path(__file__).parents[1]


@dataclass
class Service:
    """A running service and how to ask it."""

    process: subprocess.Popen[str]
    client: httpx2.Client

    def terminate(self) -> None:
        """What Docker sends first."""
        self.process.send_signal(signal.SIGTERM)


def environment(fakes: StandIns, **more: str) -> dict[str, str]:
    """All that the service needs."""
    return {
        "PATH": os.environ["PATH"],
        "TZ": "Asia/Seoul",
        "RELEASE": "abc12345",
        "SLOT": "canary",
        "ANTHROPIC_API_KEY": "a-key",
        "ANTHROPIC_BASE_URL": fakes.address,
        "AWS_ACCESS_KEY_ID": "an-id",
        "AWS_SECRET_ACCESS_KEY": "a-secret",
        "AWS_REGION": "ap-northeast-2",
        "S3_BUCKET": "shop-uploads",
        "S3_ENDPOINT_URL": fakes.address,
        **more,
    }


def run(variables: dict[str, str]) -> subprocess.Popen[str]:
    """The process, without waiting for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "shop"],
        cwd=HERE,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="session")
def fakes() -> Iterator[StandIns]:
    """Claude and S3."""
    with standins() as server:
        yield server


@pytest.fixture(scope="session")
def service(fakes: StandIns) -> Iterator[Service]:
    """The service, answering."""
    with serving(fakes) as one:
        yield one


@pytest.fixture
def own_service(fakes: StandIns) -> Iterator[Service]:
    """One that a test may stop."""
    with serving(fakes) as one:
        yield one


@contextmanager
def serving(fakes: StandIns) -> Iterator[Service]:
    """The service on a free port, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = run(environment(fakes, PORT=str(port)))
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        until = time.monotonic() + 120
        while True:
            try:
                client.get("/health")
                break
            except httpx2.TransportError:
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < until
                time.sleep(0.1)
        yield Service(process, client)
    process.kill()
    process.communicate()
