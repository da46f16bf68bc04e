"""What Docker Compose hands to a container is what was collected, byte for byte. `config` needs no daemon."""

import json
import os
import string
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pycanary.environment.dotenv import render
from pycanary.secret import Secret

COMPOSE = """\
services:
  by-file:
    image: none
    env_file: [{file}]
  by-interpolation:
    image: none
    environment:
"""
AWKWARD = [
    "",
    " ",
    "  both sides  ",
    "trailing space ",
    "tab\tinside\t",
    "#",
    "a #b",
    "a#b",
    "=",
    "a=b==",
    "'",
    "''",
    '"',
    "it's",
    "'quoted'",
    '"quoted"',
    "both ' and \"",
    "\\",
    "\\\\",
    "\\\\\\",
    "ends\\",
    "ends'\\",
    "\\'",
    "\\\\'",
    '\\"',
    "\\n",
    "\\n'",
    "\\0140'",
    "\\t\\r\\0",
    "$",
    "$$",
    "$HOME",
    "${HOME}",
    "${HOME:-x}'",
    "\\$HOME'",
    "$(id)",
    "$(id)'",
    "`id`",
    "it's `id`",
    "`id`\\",
    "$'",
    "%s %",
    "!history",
    "carriage\rreturn\r",
    "유니코드 é 🙂 \u2028 \x85 \xa0",
    "\ufeff",
    "{json: 'yes', \"a\": [1, 2]}",
    "export A=b",
    ": - ? | > & * !",
]
TEXT = st.text(st.one_of(st.sampled_from("'\"\\$`#{}() =\t\rnt0x"), st.characters(codec="utf-8")), max_size=40).filter(
    lambda value: not set(value) & {"\n", "\0"}
)
SHELLS = [["dash"], ["busybox", "sh"], ["bash", "--posix"]]


def read_by_compose(folder, values):
    """What each of the two ways gives the container."""
    file = folder / "slot.env"
    file.write_bytes(render({name: Secret(value) for name, value in values.items()}).reveal().encode())
    compose = folder / "compose.yml"
    compose.write_text(COMPOSE.format(file=file) + "".join(f"      {name}: ${{{name}}}\n" for name in values))
    command = ["docker", "compose", "-f", str(compose), "--env-file", str(file), "config", "--format", "json"]
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    services = json.loads(done.stdout)["services"]
    # `config` prints a file that Compose could read again, so each `$` is doubled there.
    return [
        {name: value.replace("$$", "$") for name, value in services[name]["environment"].items()}
        for name in ("by-file", "by-interpolation")
    ]


def read_by_shell(folder, shell, values):
    file = folder / "slot.env"
    file.write_bytes(render({name: Secret(value) for name, value in values.items()}).reveal().encode())
    script = 'set -a; . "$1"; exec env -0'
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run([*shell, "-c", script, "sh", str(file)], env=environ, capture_output=True, check=True)
    assert done.stderr == b""
    pairs = (line.partition(b"=") for line in done.stdout.split(b"\0"))
    given_values = {name.decode(): value.decode() for name, _, value in pairs}
    return {name: given_values[name] for name in values}


def named(values):
    return {f"V{number}": value for number, value in enumerate(values)}


@pytest.mark.component
def test_awkward_values_reach_the_container_unchanged(tmp_path):
    values = named(AWKWARD)
    by_file, by_interpolation = read_by_compose(tmp_path, values)
    assert by_file == values
    assert by_interpolation == values


@pytest.mark.component
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, min_size=20, max_size=60))
def test_any_values_reach_the_container_unchanged(tmp_path, values):
    by_file, by_interpolation = read_by_compose(tmp_path, named(values))
    assert by_file == named(values)
    assert by_interpolation == named(values)


@pytest.mark.component
@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_a_shell_reads_the_same_but_for_a_backtick_beside_a_quote(tmp_path, shell):
    in_octal = {"it's `id`": "it's \\0140id\\0140", "`id`\\": "\\0140id\\0140\\"}
    values = named(AWKWARD)
    assert read_by_shell(tmp_path, shell, values) == {
        name: in_octal.get(value, value) for name, value in values.items()
    }


@pytest.mark.component
@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(string.printable.replace("\n", ""), max_size=40))
def test_a_shell_never_runs_what_a_value_holds(tmp_path, shell, value):
    read = read_by_shell(tmp_path, shell, {"V": value})["V"]
    assert read.replace("\\0140", "`") == value.replace("\\0140", "`")
