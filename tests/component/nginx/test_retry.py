"""A failing slot costs no user an answer while the other one works."""

from __future__ import annotations

import secrets

import pytest

from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.nginx.buckets import side_of
from tests.component.nginx.world import World


def user_of(slot: Slot) -> str:
    """The cookie of a user whom 500:500 sends to that slot."""
    while True:
        user = secrets.token_hex(16)
        if side_of(user, Weights.of_canary(500)) is slot:
            return f"pycanary_shop={user}"


@pytest.fixture
def halves(installed: World) -> World:
    installed.shift(installed.traffic.shifted(Weights.of_canary(500)))
    return installed


@pytest.mark.parametrize("slot", Slot)
def test_a_failing_slots_users_are_served_by_the_other(halves: World, slot: Slot) -> None:
    halves.slots["frontend", slot].status = 500
    answer = halves.get(Cookie=user_of(slot))
    assert (answer.status, answer.body.split()[1]) == (200, str(slot.other))


@pytest.mark.parametrize("slot", Slot)
def test_a_slot_that_does_not_run_costs_no_post_either(halves: World, slot: Slot) -> None:
    halves.slots.pop(("frontend", slot)).stop()
    assert halves.get(method="POST", Cookie=user_of(slot)).status == 200


def test_a_post_that_was_answered_is_not_sent_twice(halves: World) -> None:
    halves.slots["frontend", Slot.CANARY].status = 500
    assert halves.get(method="POST", Cookie=user_of(Slot.CANARY)).status == 500
    assert halves.slots["frontend", Slot.STABLE].requests == []


def test_a_hashed_file_that_the_slot_does_not_have_comes_from_the_other(halves: World) -> None:
    halves.slots["frontend", Slot.CANARY].status = 404
    assert halves.get("/_next/static/chunk.js", Cookie=user_of(Slot.CANARY)).status == 200
    assert halves.get("/page", Cookie=user_of(Slot.CANARY)).status == 404


@pytest.mark.parametrize("out", Slot)
def test_a_page_that_was_open_when_its_slot_went_out_finds_its_hashed_files(halves: World, out: Slot) -> None:
    halves.shift(halves.traffic.shifted(Weights.of_canary(500), out=out))
    halves.slots["frontend", out.other].status = 404
    for slot in Slot:
        assert halves.get("/_next/static/chunk.js", Cookie=user_of(slot)).body.split()[1] == str(out)


@pytest.mark.parametrize("out", Slot)
def test_a_slot_that_is_out_is_not_asked_for_files_that_the_other_has(halves: World, out: Slot) -> None:
    halves.shift(halves.traffic.shifted(Weights.of_canary(500), out=out))
    for slot in Slot:
        assert halves.get("/_next/static/chunk.js", Cookie=user_of(slot)).body.split()[1] == str(out.other)


def test_hashed_files_of_a_slot_that_does_not_run_come_from_the_other(halves: World) -> None:
    halves.shift(halves.traffic.shifted(Weights.of_canary(500), out=Slot.CANARY))
    halves.slots.pop(("frontend", Slot.CANARY)).stop()
    assert halves.get("/_next/static/chunk.js", Cookie=user_of(Slot.CANARY)).status == 200


def test_a_slot_that_is_out_gets_nothing_and_a_failure_is_not_tried_on_it(halves: World) -> None:
    halves.shift(halves.traffic.shifted(Weights.of_canary(500), out=Slot.CANARY))
    halves.slots["frontend", Slot.STABLE].status = 500
    assert {halves.get(Cookie=user_of(slot)).status for slot in Slot} == {500}
    assert halves.slots["frontend", Slot.CANARY].requests == []


def test_when_both_fail_the_answer_is_the_applications(halves: World) -> None:
    for slot in Slot:
        halves.slots["frontend", slot].status = 500
    assert halves.get().status == 500


def test_a_canary_is_not_taken_out_by_its_failures(halves: World) -> None:
    canary = halves.slots["frontend", Slot.CANARY]
    canary.status = 500
    for _ in range(5):
        halves.get(Cookie=user_of(Slot.CANARY))
    assert len(canary.requests) == 5
