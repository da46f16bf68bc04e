"""One deployment at a time: the lease on a host, asked for by several runs over real connections."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pycanary.errors import HostFailed, LeaseLost
from pycanary.host.script import Script
from tests.component.host.runs import Runs
from tests.lab.machine import alive, wait_until

Make = Callable[..., Script]


def test_a_free_lease_is_taken_and_kept(runs: Runs) -> None:
    assert runs.word("a") == "taken"
    assert runs.word("a") == "mine"


def test_a_second_run_is_told_who_has_it(runs: Runs) -> None:
    runs.ask("a")
    answer = runs.ask("b")
    assert answer.word == "busy"
    assert (answer.other.run_id, answer.other.who, answer.other.come_from) == ("a", "person of a", "a laptop")
    assert 0 < answer.other.seconds_left <= 60


def test_of_many_that_ask_at_once_exactly_one_gets_it(runs: Runs) -> None:
    names = [f"run-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        words = sorted(pool.map(runs.word, names))
    assert words == ["busy"] * 7 + ["taken"]


def test_the_answer_carries_the_state_of_the_host(runs: Runs) -> None:
    assert runs.ask("a").state_json == ""
    text = '{\n "app": "shop"\n}\n'
    Path(runs.state, "state.json").write_text(text)
    assert runs.ask("a").state_json == text


def test_a_lease_that_was_given_back_is_free(runs: Runs) -> None:
    runs.ask("a")
    runs.release("b")
    assert runs.word("b") == "busy", "only the owner gives it back"
    runs.release("a")
    assert runs.word("b") == "taken"


def test_an_expired_lease_is_taken_over_and_its_owner_is_named(runs: Runs) -> None:
    runs.ask("dead", seconds=0)
    answer = runs.ask("b")
    assert (answer.word, answer.other.run_id) == ("took-over", "dead")
    assert runs.word("dead", only_mine=True) == "lost"


def test_a_lease_of_before_a_reboot_is_taken_over(runs: Runs) -> None:
    runs.ask("a", seconds=600)
    file = Path(runs.state, "lease")
    file.write_text(file.read_text().replace("boot=", "boot=former-"))
    assert runs.word("b") == "took-over"


def test_a_lease_that_another_version_wrote_is_respected(runs: Runs) -> None:
    runs.ask("a")
    file = Path(runs.state, "lease")
    lines = [line for line in file.read_text().splitlines() if not line.startswith("url=")]
    file.write_text("\n".join([*lines, "zone=seoul"]) + "\n")
    assert runs.ask("b").other.who == "person of a"
    assert runs.word("a", only_mine=True) == "mine"


def test_an_owner_that_comes_back_late_keeps_what_nobody_took(runs: Runs) -> None:
    runs.ask("a", seconds=0)
    assert runs.word("a", only_mine=True) == "mine"


def test_who_waits_gets_it_in_the_order_of_asking(runs: Runs) -> None:
    runs.ask("a")
    assert [runs.word("b"), runs.word("c")] == ["busy", "busy"]
    runs.release("a")
    assert runs.word("c") == "busy", "b asked first"
    assert runs.word("b") == "taken"


def test_who_waits_no_more_does_not_hold_up_the_others(runs: Runs) -> None:
    runs.ask("a")
    runs.ask("b")
    runs.ask("c")
    runs.release("b")
    runs.release("a")
    assert runs.word("c") == "taken"


def test_who_has_not_asked_for_long_loses_its_place(runs: Runs) -> None:
    runs.ask("a")
    runs.ask("dead")
    runs.ask("c")
    place = Path(runs.state, "queue", "dead")
    ticket, seen, *rest = place.read_text().split()
    place.write_text(" ".join([ticket, str(int(seen) - 60), *rest]) + "\n")
    runs.release("a")
    assert runs.word("c") == "taken"


def test_of_waiting_pushes_only_the_newest_commit_is_deployed(runs: Runs) -> None:
    runs.ask("a")
    assert runs.word("old", newest_only=True, commit_time=100) == "busy"
    assert runs.word("new", newest_only=True, commit_time=200) == "busy"
    assert runs.word("older", newest_only=True, commit_time=50) == "superseded"
    answer = runs.ask("old", newest_only=True, commit_time=100)
    assert (answer.word, answer.other.run_id) == ("superseded", "new")
    runs.release("a")
    assert runs.word("new", newest_only=True, commit_time=200) == "taken"


def test_another_type_that_waits_is_not_superseded(runs: Runs) -> None:
    runs.ask("a")
    runs.ask("new", newest_only=True, commit_time=200)
    assert runs.word("promotion", type="promote-canary", commit_time=100) == "busy"


def test_a_rollback_takes_a_living_lease_over_at_once_and_ends_what_its_owner_does(
    runs: Runs, script: Make, tmp_path: Path
) -> None:
    runs.ask("a")
    pids = tmp_path / "pids"
    body = 'lease_required; working; sleep 60 & echo $$ $! >"$PIDS.new"; mv "$PIDS.new" "$PIDS"; wait'
    long = script(body, STATE=runs.state, RUN="a", PIDS=str(pids))
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(runs.host.run, long)
        wait_until(pids.exists, "the long script to work")
        answer = runs.ask("rollback", type="rollback", preempt=True)
        assert (answer.word, answer.other.run_id) == ("took-over", "a")
        with pytest.raises(HostFailed) as caught:
            future.result()
    assert caught.value.kind == "status"
    wait_until(lambda: not any(alive(int(pid)) for pid in pids.read_text().split()), "its processes to end")
    assert not list(Path(runs.state, "working").iterdir())


def test_of_several_rollbacks_the_newest_has_the_host_in_whatever_order_they_ask(runs: Runs) -> None:
    assert runs.word("2026-01", type="rollback", preempt=True) == "taken"
    assert runs.word("2026-03", type="rollback", preempt=True) == "took-over"
    assert runs.word("2026-02", type="rollback", preempt=True) == "busy"
    assert runs.word("2026-03", type="rollback", preempt=True) == "mine"


def test_an_end_is_written_with_its_lease_or_not_at_all(runs: Runs) -> None:
    state = Path(runs.state)
    runs.ask("a")
    values = {
        "STATE": runs.state,
        "RUN": "a",
        "STATE_JSON": "{}",
        "RECORD_ID": "a",
        "RECORD": "the end",
        "WATCHDOG": "",
    }
    save = Script("save", {**values, "SECONDS_LEFT": 60, "KEEP_RUNS": 5, "END": True, "MOVED_NOBODY": False})
    ended = Script("ended", {"STATE": runs.state, "RUN": "a"})
    with (state / "lease.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(HostFailed, match=r"lease\.lock for 5 s"):
            runs.host.run(save)
        assert not (state / "state.json").exists()
    assert runs.host.run(ended) == ""
    runs.host.run(save)
    assert (runs.host.run(ended), (state / "lease").exists()) == ("the end", False)


def test_a_run_that_could_not_begin_does_not_end_the_watchdog_of_a_dead_one(runs: Runs) -> None:
    runs.ask("dead", seconds=0)
    (Path(runs.state) / "watchdog.sh").write_text("")
    assert runs.word("b") == "took-over"
    runs.release("b")
    assert (Path(runs.state) / "watchdog.sh").exists()
    assert runs.word("c") == "took-over"


def test_a_script_of_a_run_that_was_taken_over_changes_nothing(runs: Runs, script: Make, tmp_path: Path) -> None:
    runs.ask("a")
    runs.ask("rollback", type="rollback", preempt=True)
    change = script('mutex; lease_required; : >"$FILE"', STATE=runs.state, RUN="a", FILE=str(tmp_path / "changed"))
    with pytest.raises(LeaseLost) as caught:
        runs.host.run(change)
    assert "rollback, run rollback, started by person of rollback" in caught.value.found
    assert not (tmp_path / "changed").exists()


def test_a_state_directory_that_cannot_be_made_is_named(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    runs.state = str(tmp_path / "file" / "state")
    with pytest.raises(HostFailed) as caught:
        runs.ask("a")
    assert caught.value.kind == "write"
    assert caught.value.found.startswith(f"cannot create {runs.state} as ")
