"""Health as a witness: some failed looks in a row, or one container that broke, are a fail."""

from __future__ import annotations

from typing import Any

import pytest

from pycanary.errors import HostFailed, PycanaryError
from pycanary.health.bake import HealthWitness, Looks, Verdict
from pycanary.health.observe import Observation
from pycanary.model.slot import Slot
from tests.unit.health.observations import config, printed, seen


class Fleet:
    """Two hosts of which each answers with what the test says next; an error is a host that does not."""

    def __init__(self) -> None:
        self.next: dict[str, tuple[Observation, ...] | HostFailed] = {}

    def attempt(self, work: Any) -> tuple[dict[str, str], dict[str, PycanaryError]]:
        results: dict[str, str] = {}
        failures: dict[str, PycanaryError] = {}
        for host, answer in self.next.items():
            if isinstance(answer, HostFailed):
                failures[host] = answer
            else:
                results[host] = printed(*answer)
        return results, failures


class Bake:
    def __init__(self, **settings: Any) -> None:
        self.fleet = Fleet()
        self.witness = HealthWitness(self.fleet, config(**settings), Slot.CANARY)  # type: ignore[arg-type]

    def look(self, one: Observation | HostFailed, two: Observation | None = None) -> Verdict:
        self.fleet.next = {
            "one": one if isinstance(one, HostFailed) else (one,),
            "two": (two or seen(200),),
        }
        return self.witness.look()


def test_healthy_services_pass() -> None:
    assert Bake().look(seen(200)) == Verdict("pass")


def test_the_third_failed_look_in_a_row_fails() -> None:
    bake = Bake()
    sentence = "web in the canary slot on one: /health answers 500"
    assert bake.look(seen(500)) == Verdict("inconclusive", sentence)
    assert bake.look(seen(500)) == Verdict("inconclusive", sentence)
    assert bake.look(seen(500)) == Verdict("fail", f"{sentence} (3 times in a row)")


def test_a_good_look_in_between_starts_the_count_anew() -> None:
    bake = Bake(bake_failures=2)
    for _ in range(5):
        assert bake.look(seen(500)).word == "inconclusive"
        assert bake.look(seen(200)).word == "pass"


def test_looks_at_different_hosts_are_not_in_a_row() -> None:
    bake = Bake(bake_failures=2)
    assert bake.look(seen(500), seen(200)).word == "inconclusive"
    assert bake.look(seen(200), seen(500)).word == "inconclusive"


@pytest.mark.parametrize("state", ["exited", "restarting", "paused", "missing", "stopped"])
def test_a_container_that_does_not_run_fails_at_once(state: str) -> None:
    bake = Bake()
    bake.look(seen(200))
    verdict = bake.look(seen(200), seen(200, state=state, log=("boom",)))
    assert verdict.word == "fail"
    assert verdict.evidence.startswith("web in the canary slot on two: ")
    assert verdict.evidence.endswith("\n  boom")


def test_a_restart_between_two_looks_fails_at_once_although_it_answers_again() -> None:
    bake = Bake()
    bake.look(seen(200, restarts=1))
    assert bake.look(seen(200, restarts=2)).word == "fail"


def test_a_service_that_is_healthy_by_its_log_passes() -> None:
    assert Bake(ready_log="Started").look(seen(log=("Started",)), seen(200)) == Verdict("pass")


def test_a_host_that_cannot_be_asked_is_inconclusive_until_it_stays_so() -> None:
    bake = Bake(bake_failures=2)
    away = HostFailed("the connection was lost", kind="connection")
    assert bake.look(away) == Verdict("inconclusive", "one cannot be asked: the connection was lost")
    assert bake.look(away).word == "fail"
    assert bake.look(seen(200)) == Verdict("pass")
    assert bake.look(away).word == "inconclusive"


ILL = Verdict("inconclusive", "web answers 500")


def test_a_bake_without_a_bad_look_has_nothing_to_say() -> None:
    looks = Looks(most_late=3)
    assert looks.add([Verdict("pass")], late=False) == Verdict("pass")
    assert (looks.go_on, looks.wrong) == (False, "")


def test_a_bake_does_not_end_at_a_look_that_is_inconclusive() -> None:
    looks = Looks(most_late=3)
    looks.add([ILL], late=False)
    assert looks.go_on
    assert looks.add([Verdict("pass")], late=True) == Verdict("pass")
    assert not looks.go_on
    assert looks.wrong == "1 of 2 looks were not good, the last: web answers 500"


def test_a_service_that_becomes_well_nowhere_fails_soon_after_the_time() -> None:
    looks = Looks(most_late=2)
    looks.add([ILL], late=False)
    assert looks.add([ILL], late=True).word == "inconclusive"
    assert looks.add([ILL], late=True) == Verdict("fail", "web answers 500 (it does not become well)")


def test_the_worst_witness_decides() -> None:
    failed = Verdict("fail", "it exited")
    assert Looks(most_late=3).add([Verdict("pass"), ILL, failed], late=False) == failed
