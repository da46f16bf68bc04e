"""The command line itself: what is refused before any host is asked, and how it says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pycanary.cli.main import COMMANDS
from tests.lab.machine import AS_ROOT, ROOT, SYSTEM_PATH, free_port, program

FILE = {
    "app": "shop",
    "path": "/srv/shop",
    "hosts": [{"address": "127.0.0.1"}],
    "git": {"remote": "git@gitlab:shop.git"},
    "services": {"frontend": {"stable": 3001, "canary": 3002}, "backend": {"stable": 8081, "canary": 8082}},
    "environment": {},
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a canary.yml whose host does not answer."""
    host = {"address": "127.0.0.1", "port": free_port(), "known_hosts": str(tmp_path / "known_hosts")}
    (tmp_path / "canary.yml").write_text(yaml.safe_dump({**FILE, "hosts": [host]}, sort_keys=False))
    return tmp_path


def call(directory: Path, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "pycanary", *arguments],
        cwd=directory,
        env={"PATH": SYSTEM_PATH, "PYTHONPATH": str(ROOT), "HOME": str(directory)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def refused(directory: Path, *arguments: str) -> str:
    """What a call with a usage error says."""
    done = call(directory, *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("verb", ["plan", "deploy"])
@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        (
            "0%",
            "error: weight '0%' is out of range (expected 0.1% to 99.9%)\n"
            "  -> for everything on one side use `deploy promote-canary` or `deploy stable`\n",
        ),
        (
            "100%",
            "error: weight '100%' is out of range (expected 0.1% to 99.9%)\n"
            "  -> for everything on one side use `deploy promote-canary` or `deploy stable`\n",
        ),
        ("0", "error: weight '0' is not a percentage (expected a share such as 25% or 0.5%)\n"),
        ("-1", "error: weight '-1' is not a percentage (expected a share such as 25% or 0.5%)\n"),
        ("12.34%", "error: weight '12.34%' is finer than 0.1 % (expected steps of 0.1 %, such as 12.3%)\n"),
        ("abc", "error: weight 'abc' is not a percentage (expected a share such as 25% or 0.5%)\n"),
    ],
)
def test_a_weight_that_is_none_is_refused(directory: Path, verb: str, weight: str, sentence: str) -> None:
    assert refused(directory, verb, "canary-manual", f"--weight={weight}") == sentence


@pytest.mark.parametrize("verb", ["plan", "deploy"])
def test_a_weight_for_an_unknown_service_names_the_services(directory: Path, verb: str) -> None:
    said = refused(directory, verb, "canary-manual", "--weight", "10%", "--weight", "bakend=5%")
    assert said == "error: --weight: no service 'bakend' (expected one of frontend, backend)\n"


def test_two_weights_for_one_service_are_refused(directory: Path) -> None:
    said = refused(directory, "plan", "canary-manual", "--weight", "backend=5%", "--weight", "backend=6%")
    assert said == "error: --weight: two weights for backend (expected one each)\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("deploy", "canary-atuo"), "Did you mean canary-auto?"),
        (("plan", "promote"), "Did you mean promote-canary?"),
        (("deploy",), "Missing argument 'TYPE'"),
        (("delpoy", "stable"), "No command 'delpoy'. Did you mean deploy?"),
        (("deploy", "stable", "--comit", "1a2b3c4d"), "Did you mean one of: '--commit'"),
        (("deploy", "stable", "--commit", "HEAD~1"), "'HEAD~1' is no commit id"),
        (("logs", "--slot", "canry"), "Did you mean canary?"),
        (("stage", "checkout", "--run", "no-such-run"), "no-such-run"),
        (("--config", "other.yml", "plan", "stable"), "other.yml"),
    ],
)
def test_what_is_misspelt_is_named_with_the_nearest(directory: Path, arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(directory, *arguments)


@pytest.mark.parametrize("verb", [("check",), ("plan", "stable"), ("deploy", "stable"), ("status",), ("unlock",)])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "canary.yml"),
        ("", "canary.yml"),
        ("app: [", "canary.yml:"),
        ("app: shop\nservics: {}\n", "services"),
        ("\x00", "canary.yml"),
    ],
)
def test_a_missing_or_malformed_file_is_refused(tmp_path: Path, verb: tuple[str, ...], text: str, words: str) -> None:
    if text is not None:
        (tmp_path / "canary.yml").write_text(text)
    said = refused(tmp_path, *verb)
    assert words in said
    assert "->" in said


@pytest.mark.parametrize(("type_", "code"), [("stable", 3), ("rollback", 4)])
def test_debug_shows_the_traceback_and_changes_neither_sentence_nor_code(
    directory: Path, type_: str, code: int
) -> None:
    plain = call(directory, "deploy", type_)
    debug = call(directory, "--debug", "deploy", type_)
    assert plain.returncode == debug.returncode == code
    assert "Traceback" not in plain.stderr + plain.stdout
    assert "Traceback (most recent call last)" in debug.stderr
    assert plain.stderr in debug.stderr
    assert "connection refused on port" in plain.stderr
    assert "-> start its sshd" in plain.stderr


@pytest.mark.parametrize("arguments", [("schema",), ("plan", "canary-auto"), ("check",), ("--help",)])
def test_a_reader_that_leaves_is_no_error(directory: Path, arguments: tuple[str, ...]) -> None:
    shown = " ".join((sys.executable, "-m", "pycanary", *arguments))
    done = subprocess.run(
        ["sh", "-c", f"{shown} | true"],
        cwd=directory,
        env={"PATH": SYSTEM_PATH, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_needs_no_file(tmp_path: Path, command: str) -> None:
    done = call(tmp_path, command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: pycanary {command}" in done.stdout
    assert "Example" in done.stdout
    assert f"  pycanary {command}" in done.stdout.partition("Example")[2]


def test_help_and_plan_need_no_network(directory: Path) -> None:
    alone = (*AS_ROOT, program("unshare"), "--net")
    assert call(directory, "--help", before=alone).returncode == 0
    done = call(directory, "plan", "canary-auto", before=alone)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]][:2] == ["checkout", "nginx"]
