from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycanary.errors import UsageError
from pycanary.model.slot import Slot
from pycanary.model.traffic import Route, Traffic
from pycanary.model.weights import Weights


@pytest.mark.parametrize(
    ("text", "weights"),
    [("10%", "900:100"), ("0.1%", "999:1"), ("99.9%", "1:999"), ("12.5 %", "875:125"), (" 40% ", "600:400")],
)
def test_a_share_is_read_in_thousandths(text: str, weights: str) -> None:
    assert str(Weights.parse(text)) == weights


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0%", "weight '0%' is out of range"),
        ("100%", "weight '100%' is out of range"),
        ("-1%", "weight '-1%' is not a percentage"),
        ("12.34%", "weight '12.34%' is finer than 0.1 %"),
        ("abc", "weight 'abc' is not a percentage"),
        ("25", "weight '25' is not a percentage"),
        ("1e1%", "weight '1e1%' is not a percentage"),
        ("٣%", "weight '٣%' is not a percentage"),
        ("", "weight '' is not a percentage"),
    ],
)
def test_anything_else_is_refused(text: str, found: str) -> None:
    with pytest.raises(UsageError) as error:
        Weights.parse(text)
    assert error.value.found == found


@given(st.integers(min_value=1, max_value=999))
def test_what_is_printed_is_read_back(canary: int) -> None:
    weights = Weights.of_canary(canary)
    assert Weights.parse(weights.percent) == weights


@pytest.mark.parametrize("canary", [0, 1000, -1, 1001])
def test_no_side_is_ever_empty(canary: int) -> None:
    with pytest.raises(ValueError, match="each at least 1"):
        Weights.of_canary(canary)


def traffic(canary: int, out: Slot | None = None) -> Traffic:
    route = Route(name="web", stable_port=1, canary_port=2, health_path="/health")
    return Traffic(generation=1, routes=(route,), weights={"web": Weights.of_canary(canary)}, out=out)


@pytest.mark.parametrize(
    ("canary", "out", "serving"),
    [
        (1, None, Slot.STABLE),
        (700, None, Slot.STABLE),  # a held canary: a rollback still goes to stable
        (999, None, Slot.CANARY),  # promoted
        (1, Slot.CANARY, Slot.STABLE),
        (999, Slot.STABLE, Slot.CANARY),  # settling
    ],
)
def test_which_slot_serves(canary: int, out: Slot | None, serving: Slot) -> None:
    assert traffic(canary, out).serving is serving


def test_a_slot_that_is_out_or_has_the_least_carries_nobody() -> None:
    assert not traffic(1).carries(Slot.CANARY)
    assert not traffic(700, Slot.CANARY).carries(Slot.CANARY)
    assert traffic(2).carries(Slot.CANARY)
