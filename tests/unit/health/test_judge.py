"""The endpoint decides; the log speaks only where it is silent; a container that broke outweighs both."""

from __future__ import annotations

import pytest

from pycanary.config.model import Service
from pycanary.health.judge import Failed, Healthy, HealthyByLog, Waiting, judge
from tests.unit.health.observations import seen

PATTERNS = Service(stable=1, canary=2, ready_log="^Started", fatal_log="FATAL")
READY, FATAL = ("Started in 2 s",), ("FATAL: no database",)


@pytest.mark.parametrize("status", [200, 204, 299])
def test_an_endpoint_that_answers_2xx_is_healthy_whatever_the_log_says(status: int) -> None:
    assert judge(PATTERNS, seen(status, log=FATAL), None) == Healthy()


@pytest.mark.parametrize("status", [100, 301, 404, 500, 503])
def test_any_other_answer_is_waited_for_and_no_log_passes_or_fails_it(status: int) -> None:
    for log in ((), READY, FATAL):
        assert judge(PATTERNS, seen(status, log=log), None) == Waiting(f"/health answers {status}")


@pytest.mark.parametrize("failure", ["connection refused", "connection reset", "no answer in time"])
def test_where_nothing_answers_the_log_decides(failure: str) -> None:
    assert judge(PATTERNS, seen(failure=failure), None) == Waiting(failure)
    assert judge(PATTERNS, seen(failure=failure, log=READY), None) == HealthyByLog("Started in 2 s")
    assert judge(PATTERNS, seen(failure=failure, log=FATAL), None) == Failed("its log says: FATAL: no database", FATAL)


def test_a_fatal_line_outweighs_a_ready_line() -> None:
    assert isinstance(judge(PATTERNS, seen(log=(*READY, *FATAL)), None), Failed)


def test_a_ready_line_at_the_start_of_a_long_log_counts() -> None:
    assert judge(PATTERNS, seen(log=("chatter",), log_head=READY), None) == HealthyByLog("Started in 2 s")


def test_without_patterns_no_log_counts() -> None:
    assert judge(Service(stable=1, canary=2), seen(log=(*READY, *FATAL)), None) == Waiting("connection refused")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"state": "missing"}, "there is no container of it"),
        ({"state": "stopped"}, "it is not running"),
        ({"state": "paused"}, "its container is paused"),
        ({"state": "exited", "exit_code": 0}, "it exited with code 0"),
        ({"state": "exited", "exit_code": 137, "out_of_memory": True}, "it ran out of memory and was killed"),
        ({"state": "restarting", "exit_code": 3}, "it exited with code 3 and is being restarted"),
        ({"state": "dead", "exit_code": 1}, "its container is dead, exit code 1"),
        ({"out_of_memory": True}, "something in it ran out of memory and was killed"),
        ({"restarted": True, "restarts": 2}, "it was restarted while it was watched (restart count 2)"),
    ],
)
def test_a_container_that_broke_fails_at_once_even_if_something_answers(broken: dict[str, object], reason: str) -> None:
    assert judge(PATTERNS, seen(200, **broken), None) == Failed(reason, ())


def test_restarts_before_the_first_look_are_history() -> None:
    before = seen(200, restarts=3, out_of_memory=True)
    assert judge(PATTERNS, before, before) == Healthy()


@pytest.mark.parametrize("change", [{"restarts": 4}, {"started_at": "2026-01-02T00:00:00Z"}, {"container": "c2"}])
def test_a_restart_after_the_first_look_fails(change: dict[str, object]) -> None:
    before = seen(200, restarts=3)
    after = judge(PATTERNS, seen(200, **{"restarts": 3, **change}), before)
    assert isinstance(after, Failed)
    assert "it was restarted while it was watched" in after.reason


def test_a_container_that_is_only_created_is_waited_for_and_its_start_is_no_restart() -> None:
    before = seen(state="created", started_at="0001-01-01T00:00:00Z")
    assert judge(PATTERNS, before, None) == Waiting("connection refused")
    assert judge(PATTERNS, seen(200), before) == Healthy()


def test_a_restart_shows_what_was_said_before_it() -> None:
    before = seen()
    failed = judge(PATTERNS, seen(restarts=1, log=("starting again",), log_before=("no such column",)), before)
    assert isinstance(failed, Failed)
    assert failed.log_tail == ("no such column",)


def test_people_are_shown_the_last_20_lines() -> None:
    failed = judge(PATTERNS, seen(state="exited", log=tuple(str(number) for number in range(100))), None)
    assert isinstance(failed, Failed)
    assert failed.log_tail == tuple(str(number) for number in range(80, 100))
