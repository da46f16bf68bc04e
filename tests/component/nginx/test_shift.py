"""A shift happens whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pycanary.errors import HostFailed, LeaseLost
from pycanary.host.layout import Layout
from pycanary.host.script import Script
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.nginx.shift import shift
from tests.component.local import RUN, LocalHost
from tests.component.nginx.world import Slotted, World, free_port


def state(world: World) -> str:
    return (Path(Layout.of(world.config).state) / "state.json").read_text()


def to(world: World, canary: int, out: Slot | None = None, **changed: str) -> Script:
    """The next shift, with some of its values changed."""
    traffic = world.traffic.shifted(Weights.of_canary(canary), out=out)
    script = shift(world.config, traffic, world.version, state_json="next\n", run=RUN)
    return replace(script, values={**script.values, **changed})


def refused(world: World, script: Script) -> HostFailed:
    """Run it; files, state and what is served must be as before."""
    before = world.files(), state(world)
    with pytest.raises(HostFailed) as error:
        world.host.run(script)
    assert (world.files(), state(world)) == before
    return error.value


def test_the_new_weights_are_served_and_remembered(installed: World) -> None:
    traffic = installed.traffic.shifted(Weights.of_canary(400))
    assert installed.shift(traffic) == "changed\n"
    assert installed.verify() == ()
    assert state(installed) == traffic.model_dump_json()
    assert not (installed.root / "pycanary/.shop.new").exists()


def test_a_shift_that_was_done_is_not_done_again(installed: World) -> None:
    installed.shift(installed.traffic.shifted(Weights.of_canary(400)))
    workers = installed.workers()
    assert installed.shift() == "unchanged\n"
    assert installed.workers() == workers


def test_prepare_tests_and_changes_nothing(installed: World) -> None:
    files, before, workers = installed.files(), state(installed), installed.workers()
    assert installed.shift(installed.traffic.shifted(Weights.of_canary(400)), phase="prepare") == "prepared\n"
    assert (installed.files(), state(installed), installed.workers()) == (files, before, workers)


def test_files_that_are_wrong_by_themselves_never_reach_their_place(installed: World) -> None:
    error = refused(installed, to(installed, 400, HTTP="nonsense;\n"))
    assert error.kind == "nginx-refused"
    assert 'unknown directive "nonsense"' in error.sentence
    assert installed.verify() == ()


@pytest.mark.parametrize("phase", ["prepare", "commit", "commit-prepared"])
def test_files_that_contradict_others_are_put_back(installed: World, phase: str) -> None:
    other = installed.root / "conf.d/zz.conf"
    other.write_text("upstream added { server 127.0.0.1:1; }\n")
    http = (installed.root / installed.config.http_part).read_text()
    error = refused(installed, to(installed, 400, HTTP=http + other.read_text(), PHASE=phase))
    assert error.kind == "nginx-refused"
    assert 'duplicate upstream "added"' in error.sentence
    assert installed.verify() == ()


def test_a_configuration_that_somebody_broke_is_refused_before_anything_changes(installed: World) -> None:
    (installed.root / "conf.d/theirs.conf").write_text("server { listen 1; \n")
    error = refused(installed, to(installed, 400))
    assert error.kind == "nginx-broken-before"
    assert "theirs.conf" in error.sentence
    assert installed.verify() == ()


def test_a_generated_file_that_somebody_broke_is_mended_by_the_next_shift(installed: World) -> None:
    path = installed.root / installed.config.http_part
    path.write_text(path.read_text().replace("hash ", "hush "))
    installed.shift(installed.traffic.shifted(Weights.of_canary(400)))
    assert installed.verify() == ()


def test_a_reload_that_does_not_take_is_found_and_put_back(installed: World) -> None:
    taken = Slotted(free_port(), "somebody else")
    (installed.root / "conf.d/port.conf").write_text(f"server {{ listen 127.0.0.1:{taken.server_port}; }}\n")
    error = refused(installed, to(installed, 400))
    taken.stop()
    assert error.kind == "nginx-port"
    assert "free that port" in error.remedy
    assert f"bind() to 127.0.0.1:{taken.server_port} failed" in error.sentence
    assert installed.verify() == ()


def test_a_stopped_nginx_is_said_and_nothing_changes(installed: World) -> None:
    installed.stop()
    error = refused(installed, to(installed, 400))
    assert error.kind == "nginx-stopped"
    assert "start NGINX" in error.remedy


def test_a_missing_program_is_said(installed: World) -> None:
    assert refused(installed, to(installed, 400, NGINX="no-such-nginx")).kind == "tool"


def test_a_run_without_the_lease_changes_nothing(installed: World) -> None:
    before = installed.files(), state(installed)
    with pytest.raises(LeaseLost):
        installed.host.run(to(installed, 400, RUN="another"))
    assert (installed.files(), state(installed)) == before


def test_a_full_disk_changes_nothing(installed: World) -> None:
    # No file may grow beyond 512 bytes, and that is an error instead of a signal: what a full disk looks like.
    installed.host = LocalHost(shell=("sh", "-c", "trap '' XFSZ; ulimit -f 1; exec sh -s"))
    error = refused(installed, to(installed, 400))
    installed.host = LocalHost()
    assert error.kind == "write"
    assert installed.verify() == ()


def test_a_link_stays_a_link(installed: World) -> None:
    place = installed.root / installed.config.http_part
    elsewhere = installed.root / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    installed.shift(installed.traffic.shifted(Weights.of_canary(400)))
    assert place.is_symlink()
    assert "weight=400" in elsewhere.read_text()
    assert installed.verify() == ()


def test_out_and_in_again(installed: World) -> None:
    for out in (Slot.CANARY, None, Slot.STABLE, None):
        installed.shift(installed.traffic.shifted(Weights.of_canary(400), out=out))
        assert installed.verify() == ()
