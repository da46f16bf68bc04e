"""What the answers of a running NGINX prove."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.nginx.buckets import bucket_of, hash_of, side_of
from pycanary.nginx.verify import boundary, mismatches, pairs, verify
from tests.unit.nginx.example import config, traffic


def answers(planned: Traffic, served: Traffic | None = None) -> str:
    """What an NGINX that serves `served` would say to the probes for `planned`."""
    served = served or planned
    weights = {name: each.model_dump() for name, each in served.weights.items()}
    lines = [
        f"generation shop {served.generation} 0123456789ab",
        f"weights {json.dumps({'weights': weights, 'out': served.out})}",
    ]
    for route in served.routes:
        for pair in pairs(planned.weights[route.name].stable):
            for key in pair:
                port = route.port(side_of(key, served.weights[route.name], served.out))
                lines.append(f"probe {served.generation} {route.name} {key} 127.0.0.1:{port}")
    return "\n".join(lines) + "\n"


@settings(deadline=None)
@given(st.integers(1, 999))
def test_the_pairs_stand_at_the_boundary_with_different_quotients(stable: int) -> None:
    found = pairs(stable)
    assert [tuple(map(bucket_of, pair)) for pair in found] == [boundary(stable)] * 3
    first, second, third = ({hash_of(key) // 1000 for key in pair} for pair in found)
    assert not (first & second or first & third or second & third)


@pytest.mark.parametrize(("stable", "expected"), [(1, (0, 2)), (2, (0, 3)), (900, (898, 901)), (999, (997, 999))])
def test_at_the_ends_the_nearest_buckets_that_exist(stable: int, expected: tuple[int, int]) -> None:
    assert boundary(stable) == expected


@settings(deadline=None)
@given(st.integers(1, 999), st.sampled_from([None, *Slot]))
def test_what_is_served_as_planned_is_proven(canary: int, out: Slot | None) -> None:
    planned = traffic(config(), canary, out)
    assert mismatches(config(), planned, answers(planned)) == ()


@settings(deadline=None)
@given(st.integers(1, 999), st.integers(1, 999))
def test_the_probes_alone_find_every_difference_of_two(planned: int, served: int) -> None:
    wanted = traffic(config(), planned)
    lines = answers(wanted, traffic(config(), served)).splitlines()
    lines[1] = answers(wanted).splitlines()[1]  # the answered weights are as planned
    if abs(planned - served) >= 2:
        assert mismatches(config(), wanted, "\n".join(lines))


def test_an_out_slot_that_is_in_is_found() -> None:
    planned = traffic(config(), 100, Slot.CANARY)
    found = mismatches(config(), planned, answers(planned, traffic(config(), 100)))
    assert "no slot out instead of canary out" in found
    assert "frontend: canary instead of stable for bucket 901 at 900:100" in found


def test_silence_is_no_proof() -> None:
    found = mismatches(config(), traffic(config()), "generation \nweights \n")
    assert found[0] == "no answer of the status server instead of generation 3"
    assert "backend: 0 answers instead of 3 answers for bucket 898" in found


def test_a_probe_that_nobody_took_and_an_address_of_nobody_are_found() -> None:
    said = answers(traffic(config())).replace("127.0.0.1:8081", "127.0.0.1:9").replace(" 127.0.0.1:3002", "")
    found = mismatches(config(), traffic(config()), said)
    assert "backend: 127.0.0.1:9 instead of stable for bucket 898 at 900:100" in found
    assert "frontend: no server instead of canary for bucket 901 at 900:100" in found


@pytest.mark.parametrize("weights", ["null", "[]", '{"weights": {"a": 1}, "out": null}', "<html>"])
def test_what_something_else_answers_is_no_answer(weights: str) -> None:
    said = f"generation shop 3 x\nweights {weights}\n"
    assert mismatches(config(), traffic(config()), said)[0].startswith("no answer")


def test_all_probes_are_one_call_of_curl() -> None:
    probes = str(verify(config(), traffic(config())).values["PROBES"])
    assert probes.count("next\n") == 11
    assert probes.startswith('url = "http://127.0.0.1:8099/probe/frontend"\nheader = "Host: pycanary-shop"\n')


def test_without_sticky_no_key_is_asked_about() -> None:
    plain = config(sticky={"enabled": False})
    assert verify(plain, traffic(plain)).values["PROBES"] == ""
    without_probes = "\n".join(answers(traffic(plain)).splitlines()[:2])
    assert mismatches(plain, traffic(plain), without_probes) == ()
