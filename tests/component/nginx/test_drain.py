"""After a slot went out, draining waits for what older workers still carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.nginx.drain import left
from tests.component.nginx.world import World


def out(world: World) -> None:
    world.shift(world.traffic.shifted(Weights.of_canary(1), out=Slot.CANARY))


def test_nothing_to_wait_for(installed: World) -> None:
    out(installed)
    assert installed.drain() == 0


def test_a_request_in_flight_is_waited_for(installed: World) -> None:
    with installed.request_in_flight():
        out(installed)
        assert installed.drain(longest=1) == 1
    assert installed.drain() == 0


def test_another_nginx_on_the_same_machine_is_not_waited_for(installed: World, binary: str, tmp_path: Path) -> None:
    root = tmp_path / "other"
    root.mkdir()
    with World(binary, root) as other:
        other.install()
        with other.request_in_flight():
            out(other)
            out(installed)
            assert installed.drain() == 0
            assert other.drain(longest=1) == 1


@pytest.mark.parametrize(("output", "number"), [("left 0\n", 0), ("left 3\n", 3), ("left unknown\n", None)])
def test_the_answer_is_read(output: str, number: int | None) -> None:
    assert left(output) == number
