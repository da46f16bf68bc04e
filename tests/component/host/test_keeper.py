"""The conversation that renews a lease, and tells when it is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from pycanary.host.script import Script
from tests.component.host.runs import Runs
from tests.lab.machine import alive, wait_until

Make = Callable[..., Script]


def test_the_keeper_looks_renews_and_learns_of_the_loss(runs: Runs) -> None:
    runs.ask("a", seconds=60)
    before = runs.expires
    with runs.keeper("a") as keeper:
        assert keeper.ask("look 0") == "ok"
        assert runs.expires == before
        assert keeper.ask("renew 600") == "ok"
        assert runs.expires >= before + 500
        runs.ask("rollback", type="rollback", preempt=True)
        assert keeper.ask("look 0") == "lost rollback\tperson of rollback"
        assert keeper.ask("look 0") == "", "it has ended"


def test_a_renewal_never_shortens_the_lease(runs: Runs) -> None:
    runs.ask("a", seconds=600)
    before = runs.expires
    with runs.keeper("a") as keeper:
        assert keeper.ask("renew 60") == "ok"
    assert runs.expires == before


def test_a_renewal_that_cannot_be_written_is_told_and_the_next_one_counts(runs: Runs) -> None:
    runs.ask("a", seconds=60)
    before = runs.expires
    in_the_way = Path(runs.state, "lease.new")
    in_the_way.mkdir()
    (in_the_way / "file").write_text("")
    with runs.keeper("a") as keeper:
        assert keeper.ask("renew 600") == "failed"
        assert runs.expires == before
        (in_the_way / "file").unlink()
        in_the_way.rmdir()
        assert keeper.ask("renew 600") == "ok"
    assert runs.expires >= before + 500


def test_a_renewal_after_the_loss_does_not_take_the_lease_back(runs: Runs) -> None:
    runs.ask("a")
    with runs.keeper("a") as keeper:
        runs.ask("rollback", type="rollback", preempt=True)
        assert keeper.ask("renew 600").startswith("lost rollback")
    assert runs.word("rollback", only_mine=True) == "mine"


def test_the_keeper_does_not_wait_for_a_script_that_changes_state(runs: Runs, script: Make, tmp_path: Path) -> None:
    runs.ask("a")
    held, go_on = tmp_path / "held", tmp_path / "go-on"
    body = 'mutex; : >"$HELD"; until [ -e "$GO_ON" ]; do sleep 0.05; done'
    holder = script(body, STATE=runs.state, RUN="a", HELD=str(held), GO_ON=str(go_on))
    with ThreadPoolExecutor(1) as pool, runs.keeper("a") as keeper:
        future = pool.submit(runs.host.run, holder)
        wait_until(held.exists, "the mutex to be held")
        try:
            assert keeper.ask("renew 600") == "ok"
        finally:
            go_on.touch()
        future.result()


def test_the_keeper_ends_with_its_conversation(runs: Runs, script: Make, tmp_path: Path) -> None:
    runs.ask("a")
    pid = tmp_path / "pid"
    with closing(
        runs.host.converse(script('echo $$ >"$PID"; while read -r line <&3; do echo "$line"; done', PID=str(pid)))
    ):
        wait_until(lambda: pid.exists() and pid.read_text().strip(), "the script to start")
    wait_until(lambda: not alive(int(pid.read_text())), "the script to end")
