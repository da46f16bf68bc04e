"""The scripts work with every shell and tool set that a host may have."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from tests.component.local import LocalHost
from tests.component.nginx.world import World


@pytest.mark.parametrize("shell", [("dash",), ("bash", "--posix"), ("busybox", "sh")], ids=lambda shell: shell[0])
def test_a_whole_round(world: World, shell: tuple[str, ...], tmp_path: Path) -> None:
    environment = {}
    if shell[0] == "busybox":
        tools = tmp_path / "tools"
        tools.mkdir()
        subprocess.run(["busybox", "--install", "-s", str(tools)], check=True)
        environment["PATH"] = f"{tools}:{os.environ['PATH']}"
    world.host = LocalHost(environment, shell)
    assert world.install() == "changed\n"
    assert world.shift(world.traffic.shifted(Weights.of_canary(400), out=Slot.CANARY)) == "changed\n"
    assert world.shift() == "unchanged\n"
    assert world.drain() == 0
    assert world.verify() == ()
    world.traffic = world.traffic.shifted(Weights.of_canary(400))
    world.install()
    facts = world.facts()
    assert (facts.version, facts.runs) == (world.version, True)
    assert facts.files["http"] == (world.root / world.config.http_part).read_text()
