"""A shift that is cut short leaves a valid NGINX, and the next one works."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

import pytest

from pycanary.errors import HostFailed
from pycanary.host.script import Script
from pycanary.model.weights import Weights
from pycanary.nginx.shift import shift
from tests.component.local import RUN
from tests.component.nginx.world import World

STEPS = {
    "before the tests": '    [ "$PHASE" = commit-prepared ] || test_alone',
    "with old files kept": "    move_in\n",
    "between two files": 'words=$(mv -f "$STAGE/new/proxy"',
    "with all files moved": '    [ "$PHASE" = commit-prepared ] || test_whole',
    "after the reload": '    rm -f "$STAGE/old/names" # from here',
    "before the state": '    mv -f "$STATE/state.json.next"',
}


@dataclass(frozen=True)
class Interrupted(Script):
    """A script with one line more, before the step that contains `at`."""

    at: str = ""
    by: str = ""

    def render(self) -> str:
        text = super().render().replace('words=$(mv -f "$STAGE/new/$name"', UNROLLED)
        assert text.count(self.at) == 1, f"{self.at!r} occurs {text.count(self.at)} times"
        return text.replace(self.at, f"{self.by}\n{self.at}")


UNROLLED = """case $name in proxy)
words=$(mv -f "$STAGE/new/proxy" "$place" 2>&1) || : ; continue ;; esac
words=$(mv -f "$STAGE/new/$name\""""


def interrupted(world: World, *, at: str, by: str) -> Interrupted:
    script = shift(
        world.config, world.traffic.shifted(Weights.of_canary(400)), world.version, state_json="x\n", run=RUN
    )
    return Interrupted(script.name, script.values, script.timeout_seconds, script.libraries, at, by)


@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_the_running_nginx_is_valid_and_the_next_shift_works(installed: World, step: str) -> None:
    with pytest.raises(HostFailed):
        installed.host.run(interrupted(installed, at=STEPS[step], by="kill -9 $$"))
    assert installed.get().status == 200
    installed.shift(installed.traffic.shifted(Weights.of_canary(700)))
    assert installed.verify() == ()
    assert not (installed.root / "pycanary/.shop.new").exists()


@pytest.mark.parametrize("step", ["between two files", "with all files moved", "after the reload"])
def test_after_a_kill_and_a_refused_shift_everything_is_as_before_both(installed: World, step: str) -> None:
    before = installed.files()
    with pytest.raises(HostFailed):
        installed.host.run(interrupted(installed, at=STEPS[step], by="kill -9 $$"))
    script = interrupted(installed, at=STEPS["before the tests"], by='echo nonsense >"$STAGE/new/http"')
    with pytest.raises(HostFailed):
        installed.host.run(script)
    assert installed.files() == before
    installed.shift()
    assert installed.verify() == ()


def test_signals_wait_for_the_end(installed: World) -> None:
    script = interrupted(installed, at=STEPS["with all files moved"], by="kill -TERM $$; kill -HUP $$; kill -INT $$")
    assert installed.host.run(script) == "changed\n"
    assert installed.verify(installed.traffic.shifted(Weights.of_canary(400))) == ()


def test_a_refused_shift_is_put_back_even_when_nobody_reads_its_words_any_more(installed: World) -> None:
    before = installed.files()
    script = interrupted(installed, at=STEPS["with all files moved"], by='echo broken >>"$HTTP_FILE"; sleep 0.3')
    reader = subprocess.Popen(["sh", "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reader.stdin
    assert reader.stdout
    assert reader.stderr
    reader.stdin.write(script.render().encode())
    for stream in (reader.stdin, reader.stdout, reader.stderr):
        stream.close()
    assert reader.wait() != 0
    assert installed.files() == before
    assert installed.verify() == ()
