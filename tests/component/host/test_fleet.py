"""Several hosts are worked on side by side, and a failure names every one that failed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pycanary.errors import Aborted, HostFailed
from pycanary.host.fleet import Fleet
from pycanary.host.script import Script
from pycanary.run.interrupts import LOST, Interrupts
from tests.lab.machine import free_port, wait_until
from tests.lab.sshd import Sshd, sshd

Make = Callable[..., Script]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Sshd]]:
    with ExitStack() as stack:
        yield [stack.enter_context(sshd(tmp_path / name)) for name in ("a", "b", "c")]


def test_hosts_come_in_one_order_whatever_the_file_says(three: list[Sshd]) -> None:
    configs = [each.host() for each in three]
    names = [host.name for host in Fleet(configs).hosts]
    assert names == [host.name for host in Fleet(configs[::-1]).hosts]


def test_a_script_runs_on_every_host_at_the_same_time(three: list[Sshd], script: Make, tmp_path: Path) -> None:
    # Each waits for the others: one after the other they would never end.
    body = ': >"$MEET/$NAME"; until [ "$(find "$MEET" -type f | wc -l)" = 3 ]; do sleep 0.05; done; echo "$NAME"'
    (tmp_path / "meet").mkdir()
    with Fleet([each.host() for each in three]) as fleet:
        output = fleet.run(lambda host: script(body, 20, MEET=str(tmp_path / "meet"), NAME=host.name))
        assert output == {host.name: f"{host.name}\n" for host in fleet.hosts}
        assert [host.round_trips for host in fleet.hosts] == [1, 1, 1]


def test_a_failure_names_every_host_that_failed_once_all_have_ended(
    three: list[Sshd], script: Make, tmp_path: Path
) -> None:
    good = three[1].port
    body = 'case $PORT in "$GOOD") sleep 0.5; : >"$DONE" ;; *) die write "no space for $PORT" ;; esac'
    with Fleet([each.host() for each in three]) as fleet, pytest.raises(HostFailed) as caught:
        fleet.run(lambda host: script(body, PORT=host.config.port, GOOD=good, DONE=str(tmp_path / "done")))
    assert caught.value.kind == "write"
    assert caught.value.found.startswith("2 hosts failed\n")
    for each in (three[0], three[2]):
        assert f"127.0.0.1:{each.port}: no space for {each.port}" in caught.value.found
    assert (tmp_path / "done").exists()


def test_one_host_that_fails_keeps_its_own_error(three: list[Sshd], script: Make) -> None:
    bad = three[0].port
    with Fleet([each.host() for each in three]) as fleet:
        results, failures = fleet.attempt(
            lambda host: host.run(script('[ "$PORT" != "$BAD" ] || die busy no', PORT=host.config.port, BAD=bad))
        )
        assert sorted(results) == sorted(f"127.0.0.1:{each.port}" for each in three[1:])
        assert [(name, str(error.found)) for name, error in failures.items()] == [(f"127.0.0.1:{bad}", "no")]


def test_on_the_way_back_who_fails_is_asked_once_more(three: list[Sshd], script: Make, tmp_path: Path) -> None:
    body = (
        'echo . >>"$TRIES/$NAME"; [ "$PORT" != "$BAD" ] || [ "$(wc -l <"$TRIES/$NAME")" -gt "$FAILS" ] || kill -9 $PPID'
    )
    retried: list[str] = []

    def tries(fleet: Fleet, fails: int) -> tuple[list[str], list[int]]:
        directory = tmp_path / f"{len(list(tmp_path.iterdir()))}-tries"
        directory.mkdir()
        values = {"BAD": three[0].port, "FAILS": fails, "TRIES": str(directory)}
        _, failures = fleet.attempt(
            lambda host: host.run(script(body, NAME=host.name, PORT=host.config.port, **values))
        )
        return list(failures), [len((directory / host.name).read_text().split()) for host in fleet.hosts]

    bad = three[0].host().name
    with Fleet([each.host() for each in three], on_retry=lambda name, error: retried.append(name)) as fleet:
        expected = [2 if host.name == bad else 1 for host in fleet.hosts]
        assert tries(fleet, fails=1) == ([bad], [1, 1, 1])
        with fleet.insisting():
            assert tries(fleet, fails=1) == ([], expected)
            assert tries(fleet, fails=2) == ([bad], expected)
        assert tries(fleet, fails=1) == ([bad], [1, 1, 1])
    assert retried == [bad, bad]


def test_what_hangs_is_not_asked_again(three: list[Sshd], script: Make, tmp_path: Path) -> None:
    with Fleet([three[0].host()]) as fleet, fleet.insisting():
        _, failures = fleet.attempt(
            lambda host: host.run(script('echo . >>"$FILE"; sleep 60', 1, FILE=str(tmp_path / "f")))
        )
    assert [error.kind for error in failures.values() if isinstance(error, HostFailed)] == ["timeout"]
    assert (tmp_path / "f").read_text() == ".\n"


@contextmanager
def handlers_kept() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, LOST)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_signal_while_hosts_work_is_no_failure_of_theirs(three: list[Sshd], script: Make, tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    def stop() -> None:
        wait_until(begun.exists, "the script to begin")
        os.kill(os.getpid(), signal.SIGTERM)

    def attempt() -> None:
        with Interrupts(), Fleet([three[0].host()]) as fleet, pytest.raises(Aborted, match="SIGTERM"):
            fleet.attempt(lambda host: host.run(script(': >"$BEGUN"; sleep 20', 30, BEGUN=str(begun))))

    threading.Thread(target=stop, daemon=True).start()
    with handlers_kept():
        attempt()
        os.kill(os.getpid(), signal.SIGTERM)  # whoever was told to stop is ending: a second signal does not disturb it


def test_a_host_that_is_down_closes_the_connections_to_the_others(three: list[Sshd]) -> None:
    down = three[0].host(port=free_port())
    with pytest.raises(HostFailed, match="connection refused"), Fleet([down, *(each.host() for each in three)]):
        pass
    wait_until(lambda: not any(each.sessions() for each in three), "every connection to end")
