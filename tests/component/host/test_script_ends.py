"""However a script ends, the caller learns how, and nothing of it is left running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pycanary.errors import HostFailed
from pycanary.host.connection import Host
from pycanary.host.script import Script
from tests.lab.machine import alive, wait_until
from tests.lab.sshd import Sshd

Make = Callable[..., Script]


def failure(host: Host, script: Script) -> HostFailed:
    with pytest.raises(HostFailed) as caught:
        host.run(script)
    return caught.value


def test_the_last_words_of_a_script_become_the_error(host: Host, script: Make) -> None:
    error = failure(host, script('echo "fatal: the tool said so" >&2; die write "cannot write /srv: is full"'))
    assert error.kind == "write"
    assert error.where == host.name
    assert error.found == "cannot write /srv: is full\n  fatal: the tool said so"
    assert error.remedy.startswith("free space on the host")


def test_a_script_that_just_fails_shows_its_last_lines(host: Host, script: Make) -> None:
    error = failure(host, script("echo one >&2; echo two >&2; exit 9"))
    assert error.kind == "status"
    assert error.found == "inline-0 failed with status 9\n  one\n  two"


def test_a_missing_tool_is_named(host: Host, script: Make) -> None:
    error = failure(host, script("no-such-tool --version"))
    assert error.kind == "tool"
    assert "no-such-tool" in error.found


def test_a_script_killed_by_a_signal_is_no_lost_connection(host: Host, script: Make) -> None:
    error = failure(host, script("kill -KILL $PPID"))
    assert (error.kind, error.found) == ("status", "inline-0 was killed on the host by a signal")
    assert host.run(script("echo here")) == "here\n"


def test_nothing_reads_the_rest_of_the_script_as_its_stdin(host: Host, script: Make) -> None:
    assert host.run(script("cat; echo end")) == "end\n"


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM HUP;"])
def test_a_script_that_takes_too_long_is_ended_on_the_host(
    host: Host, script: Make, tmp_path: Path, stubborn: str
) -> None:
    body = f'{stubborn} echo $$ >"$FILE"; echo so far >&2; sleep 60; sleep 60'
    error = failure(host, script(body, timeout_seconds=1, FILE=str(tmp_path / "pid")))
    assert error.kind == "timeout"
    assert error.found.startswith("inline-0 did not end within 1 s and was stopped\n  so far")
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_connection_that_dies_ends_in_an_error_and_the_next_command_connects_anew(
    own_sshd: Sshd, script: Make, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"

    def cut() -> None:
        wait_until(pid.exists, "the script to start")
        own_sshd.cut()

    with Host(own_sshd.host()) as host:
        cutter = threading.Thread(target=cut)
        cutter.start()
        error = failure(host, script('echo $$ >"$FILE"; sleep 3', FILE=str(pid)))
        cutter.join()
        assert error.kind == "connection"
        assert error.found.startswith("inline-0: connection was lost")
        assert "pycanary status" in error.remedy
        assert host.run(script("echo again")) == "again\n"


def test_a_host_that_is_gone_is_said_to_be_gone(own_sshd: Sshd, script: Make) -> None:
    with Host(own_sshd.host()) as host:
        own_sshd.cut()
        assert failure(host, script("echo never")).kind == "connection"


def test_much_output_on_both_streams_and_a_long_input_do_not_block(host: Host, script: Make) -> None:
    body = """
        head -c 3000000 /dev/zero | tr '\\0' x >&2 &
        head -c 3000000 /dev/zero | tr '\\0' y
        wait
        printf '%s' "${#LONG}" >&2
        exit 1
    """
    long = "z" * 3_000_000
    with pytest.raises(HostFailed) as caught:
        host.run(script(body, LONG=long))
    assert caught.value.found.endswith("xxx3000000")
    output = host.run(script("head -c 3000000 /dev/zero | tr '\\0' y", LONG=long))
    assert output == "y" * 3_000_000


def test_output_that_is_no_text_is_taken_as_far_as_it_goes(host: Host, script: Make) -> None:
    assert host.run(script("printf 'a\\377b'")) == "a\ufffdb"


def test_one_connection_serves_several_threads(host: Host, script: Make) -> None:
    scripts = [script("sleep 0.2; echo $NUMBER", NUMBER=number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(host.run, scripts)) == [f"{number}\n" for number in range(8)]
    assert host.round_trips == 8
