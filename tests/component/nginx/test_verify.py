"""What the running NGINX serves otherwise than planned is always found."""

from __future__ import annotations

import pytest

from pycanary.config.model import Config
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from tests.component.nginx.world import World


def servers(world: World, service: str, stable: int, canary: int) -> str:
    """The two server lines of a service, as generated."""
    ports = world.config.services[service]
    return (
        f"    server 127.0.0.1:{ports.stable} weight={stable} max_fails=0; # stable\n"
        f"    server 127.0.0.1:{ports.canary} weight={canary} max_fails=0; # canary\n"
    )


@pytest.mark.parametrize("canary", [1, 2, 100, 500, 998, 999])
def test_every_weight_that_was_set_is_proven(installed: World, canary: int) -> None:
    installed.shift(installed.traffic.shifted(Weights.of_canary(canary)))
    assert installed.verify() == ()


@pytest.mark.parametrize("canary", [1, 3, 100, 400, 998])
@pytest.mark.parametrize("difference", [2, -2])
def test_a_difference_of_two_is_found(installed: World, canary: int, difference: int) -> None:
    stable = 1000 - canary
    if not 1 <= canary + difference <= 999:
        difference = -difference
    installed.shift(installed.traffic.shifted(Weights.of_canary(canary)))
    changed = servers(installed, "backend", stable - difference, canary + difference)
    installed.edit(servers(installed, "backend", stable, canary), changed)
    found = installed.verify()
    assert found
    assert all(sentence.startswith("backend: ") for sentence in found)


@pytest.mark.parametrize("pair", [(902, 100), (898, 100), (900, 102), (900, 98), (9000, 1000), (1800, 200)])
def test_weights_that_do_not_add_up_to_1000_are_found(installed: World, pair: tuple[int, int]) -> None:
    installed.edit(servers(installed, "backend", 900, 100), servers(installed, "backend", *pair))
    assert installed.verify()


@pytest.mark.parametrize("weight", [1, 100, 1000])
def test_a_third_server_is_found(installed: World, weight: int) -> None:
    lines = servers(installed, "backend", 900, 100)
    port = installed.config.services["frontend"].stable
    installed.edit(lines, f"{lines}    server 127.0.0.1:{port} weight={max(weight, 3)} max_fails=0;\n")
    assert installed.verify()


def test_the_wrong_order_is_found(installed: World) -> None:
    lines = servers(installed, "backend", 900, 100)
    installed.edit(lines, "".join(reversed(lines.splitlines(keepends=True))))
    assert installed.verify()


def test_a_slot_that_should_be_out_and_is_not_is_found(installed: World) -> None:
    out = installed.traffic.shifted(Weights.of_canary(100), out=Slot.CANARY)
    installed.shift(out)
    assert installed.verify() == ()
    path = installed.root / installed.config.http_part
    path.write_text(path.read_text().replace(" down;", ";"))
    installed.reload()
    assert any("canary instead of stable" in sentence for sentence in installed.verify())


@pytest.mark.parametrize("out", [None, *Slot])
@pytest.mark.parametrize("only", list(Slot))
def test_a_service_of_one_slot_is_served_from_there_whatever_the_weights(
    installed: World, only: Slot, out: Slot | None
) -> None:
    routes = tuple(
        route.model_copy(update={"slots": (only,)}) if route.name == "backend" else route
        for route in installed.traffic.routes
    )
    there = installed.traffic.model_copy(update={"routes": routes}).shifted(Weights.of_canary(500), out=out)
    installed.shift(there)
    assert installed.verify() == ()
    said = {(answer.status, answer.body) for answer in (installed.get("/api/x") for _ in range(20))}  # type: ignore[attr-defined]
    if out is only:
        assert {status for status, _ in said} == {502}
    else:
        assert {(status, body.split()[1]) for status, body in said} == {(200, only.value)}


def test_a_second_server_of_a_service_that_one_slot_has_is_found(installed: World) -> None:
    routes = tuple(route.model_copy(update={"slots": (Slot.STABLE,)}) for route in installed.traffic.routes)
    planned = installed.traffic.model_copy(update={"routes": routes})
    assert any("canary instead of stable" in sentence for sentence in installed.verify(planned))


def test_an_older_generation_is_found(installed: World) -> None:
    planned = installed.traffic.shifted(Weights.of_canary(100))
    assert any("generation 1 instead of generation 2" in sentence for sentence in installed.verify(planned))


def test_without_sticky_the_answered_weights_are_compared(installed: World) -> None:
    data = installed.config.model_dump(exclude_none=True) | {"sticky": {"enabled": False}}
    installed.config = Config.model_validate(data)
    installed.shift(installed.traffic.shifted(Weights.of_canary(300)))
    assert installed.verify() == ()
    planned = installed.traffic.model_copy(update={"weights": {"frontend": Weights.of_canary(302)}})
    assert installed.verify(planned) == ("frontend: weights 700:300 instead of weights 698:302",)


def test_the_proof_needs_no_slot_that_works(installed: World) -> None:
    for (_, slot), slotted in installed.slots.items():
        slotted.status, slotted.delay = 500, 3.0 if slot is Slot.CANARY else 0.0
    assert installed.verify() == ()


def test_a_silent_status_server_is_said(installed: World) -> None:
    installed.stop()
    found = installed.verify()
    assert found[0] == "no answer of the status server instead of generation 1"


def test_another_applications_status_server_is_not_taken_for_ours(installed: World) -> None:
    installed.edit('return 200 "shop ', 'return 200 "other ')
    assert installed.verify()[0].startswith("no answer of the status server")
