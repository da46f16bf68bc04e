"""After a slot went out, draining waits for what older workers still carry."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.nginx.drain import drain, left
from tests.component.local import RUN
from tests.component.nginx.world import World


def in_flight(world: World, seconds: float) -> threading.Thread:
    """A request that takes that long, begun and known to have reached the application."""
    for slot in Slot:
        world.slots["frontend", slot].delay = seconds
    thread = threading.Thread(target=world.get)
    thread.start()
    while not any(world.slots["frontend", slot].requests for slot in Slot):
        time.sleep(0.01)
    return thread


def out(world: World) -> None:
    world.shift(world.traffic.shifted(Weights.of_canary(1), out=Slot.CANARY))


def test_nothing_to_wait_for(installed: World) -> None:
    out(installed)
    assert left(installed.drain()) == 0


def test_a_request_in_flight_is_waited_for(installed: World) -> None:
    request = in_flight(installed, 2.5)
    out(installed)
    assert request.is_alive()
    assert left(installed.drain()) == 0
    request.join(timeout=1)
    assert not request.is_alive()


def test_a_longer_stream_is_counted_when_the_time_is_over(installed: World) -> None:
    request = in_flight(installed, 4)
    out(installed)
    script = drain(installed.config, run=RUN)
    output = installed.host.run(replace(script, values={**script.values, "LONGEST": 1}))
    assert left(output) == 1
    request.join()


def test_another_nginx_on_the_same_machine_is_not_waited_for(installed: World, binary: str, tmp_path: Path) -> None:
    root = tmp_path / "other"
    root.mkdir()
    with World(binary, root) as other:
        other.install()
        request = in_flight(other, 4)
        out(other)
        out(installed)
        assert left(installed.drain()) == 0
        assert request.is_alive()
        request.join()


@pytest.mark.parametrize(("output", "number"), [("left 0\n", 0), ("left 3\n", 3), ("left unknown\n", None)])
def test_the_answer_is_read(output: str, number: int | None) -> None:
    assert left(output) == number
