"""A fault at a command of every kind, in every deployment: nothing is lost, and the next deployment works."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.injector import Fault
from tests.faults.matrix import COMPOSED, COVERING, KINDS, Row, covering, tried
from tests.faults.scenarios import BY_NAME, SCENARIOS


@pytest.mark.parametrize("name", BY_NAME)
def test_whatever_dies_at_any_command_nothing_is_lost(tmp_path: Path, name: str) -> None:
    row = Row(BY_NAME[name])
    for outcome in tried(tmp_path, row, covering(row), turn=list(BY_NAME).index(name)):
        assert outcome.injected, outcome
        assert not outcome.broken, outcome
        assert outcome.requests or row.scenario.empty_host


def test_a_fault_on_one_of_two_hosts_leaves_both_the_same(tmp_path: Path) -> None:
    row = Row(BY_NAME["canary-manual"], 2)

    def in_the_shift_and_at_the_end(faults: Sequence[Fault]) -> list[Fault]:
        last = {(each.host, each.command.name, each.kind): each for each in faults}
        chosen = ((1, "shift", "kills"), (0, "save", "hangs"), (1, "save", "fails"))
        prepares = [each for each in faults if (each.host, each.command.name, each.kind) == (1, "shift", "hangs")]
        return [prepares[-2], *(last[each] for each in chosen)]

    for outcome in tried(tmp_path, row, in_the_shift_and_at_the_end):
        assert outcome.injected, outcome
        assert not outcome.broken, outcome


def test_a_rollback_that_waits_for_one_host_keeps_the_other(tmp_path: Path) -> None:
    def at_the_first_command(faults: Sequence[Fault]) -> list[Fault]:
        return [each for each in faults if (each.host, each.command.name, each.kind) == (0, "acquire", "hangs")]

    for outcome in tried(tmp_path, Row(BY_NAME["rollback during a promotion"], 2), at_the_first_command):
        assert outcome.injected, outcome
        assert not outcome.broken, outcome


def test_a_deployer_that_dies_while_containers_start(tmp_path: Path) -> None:
    def at_the_start(faults: Sequence[Fault]) -> list[Fault]:
        return [each for each in faults if (each.command.name, each.kind) == ("compose_start", "kills")]

    for outcome in tried(tmp_path, COMPOSED, at_the_start):
        assert outcome.injected, outcome
        assert not outcome.broken, outcome


def test_every_kind_of_fault_and_every_deployment_is_in_the_covering_part() -> None:
    assert {kind for pairs in COVERING.values() for _, kind in pairs} == set(KINDS)
    assert set(COVERING) == {scenario.name for scenario in SCENARIOS}
