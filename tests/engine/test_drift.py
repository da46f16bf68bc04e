"""Somebody else writes the generated file while a deployment watches it."""

from __future__ import annotations

import re

import pytest

from tests.engine.world import flawless, pids, records, remembered, running, split, split_of, view
from tests.lab.beside import beside
from tests.lab.lab import Lab


def edit(lab: Lab, weights: str, stable: int) -> None:
    """Give every upstream another stable weight than the one after `weights`, and reload."""
    nginx = lab.hosts[0].nginx
    file = nginx.conf_d / f"pycanary-{lab.app}.conf"
    before = file.read_text()
    after = re.sub(rf"weight={weights.split(':')[0]}\b", f"weight={stable}", before)
    assert after != before
    file.write_text(after)
    nginx.call("-s", "reload")


@pytest.mark.parametrize("promoted", [False, True])
def test_what_status_says_to_do_about_a_changed_file_moves_nobody(ready: Lab, promoted: bool) -> None:
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=0)
    ready.deploy("canary-auto")
    if promoted:
        ready.deploy("promote-canary")
    both, before = (pids(ready, "stable"), pids(ready, "canary")), split_of(remembered(ready))
    ready.repository.commit()  # the branch has moved on: the remedy is about the release that runs
    file = ready.hosts[0].nginx.conf_d / f"pycanary-{ready.app}.conf"
    file.write_text(file.read_text() + "# by hand\n")
    result = ready.pycanary("status")
    found = re.search(r"-> `pycanary (deploy canary-manual .*?)` writes it anew and moves nobody", result.stdout)
    assert (result.code, bool(found)) == (4, True), result.text
    assert found is not None
    with flawless(ready):
        ready.deploy(*found[1].split()[1:])
        assert split(ready) == before
        assert (pids(ready, "stable"), pids(ready, "canary")) == both
        if promoted:
            ready.deploy("promote-canary")
            assert split(ready) == before
    assert ready.pycanary("status").code == 0


@pytest.mark.parametrize("stable", [302, 400])
def test_weights_that_were_edited_in_a_bake_are_noticed_and_set_again(ready: Lab, stable: int) -> None:
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=2)
    with flawless(ready), running(ready, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        edit(ready, "300:700", stable)
        result = run.end()
    assert result.code == 0, result.text
    note = "NGINX serves something else than what was set, which is set again"
    assert note in result.stdout
    assert [note in each for each in records(ready)[0]["notes"]] == [True]
    assert split(ready) == "300:700"


def test_a_shift_that_is_undone_again_and_again_is_rolled_back(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(steps=["70%"], bake_seconds=0)
    nginx = ready.hosts[0].nginx
    file = nginx.conf_d / f"pycanary-{ready.app}.conf"

    def undo() -> None:
        text = file.read_text()
        if "weight=300 " in text:
            file.write_text(text.replace("weight=300 ", "weight=400 "))
            nginx.call("-s", "reload")

    with beside(undo, pause_seconds=0.02), flawless(ready):
        result = ready.pycanary("deploy", "canary-auto")
    assert result.code == 3, result.text
    assert result.stdout.count("weights differ from the plan") == 3
    assert "the running NGINX serves other weights than planned" in result.stdout
    assert split_of(view(ready)).startswith("999:1")
