"""A port of the example that something else has is named, with who has it."""

from __future__ import annotations

import os
import socket

import pytest

from pycanary.config.load import load
from pycanary.errors import UsageError
from tests.lab.machine import free_port
from tests.shop.ports import need_ports
from tests.shop.releases import SHOP


def test_a_port_that_is_taken_is_named_with_its_holder() -> None:
    config = load(SHOP / "canary.yml")
    port = free_port()
    backend = config.services["backend"].model_copy(update={"canary": port})
    config = config.model_copy(update={"services": {**config.services, "backend": backend}})
    with socket.create_server(("127.0.0.1", port)), pytest.raises(UsageError) as refused:
        need_ports(config)
    assert f"port {port} (backend in the canary slot) is taken by python" in refused.value.found
    assert f"(process {os.getpid()})" in refused.value.found
