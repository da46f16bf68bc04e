"""What an application says is shown without the values of its .env files, whatever they hold."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pycanary import resource
from pycanary.environment.dotenv import render
from pycanary.secret import Secret
from tests.lab.machine import program

VALUE = st.text(
    st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from("'\"\\$`*&"),
    min_size=4,
    max_size=30,
)


def masked(shell: list[str], directory: Path, values: dict[str, str], text: str) -> str:
    """The text after the filter, on a host with one .env file of these values."""
    (directory / "environment").mkdir(exist_ok=True)
    (directory / "environment" / "stable.env").write_text(
        render({name: Secret(value) for name, value in values.items()}).reveal()
    )
    script = (
        f"set -eu\nSTATE={directory}/state\n{resource.text('host/lib.sh')}\n{resource.text('host/masked.sh')}\nmasked"
    )
    done = subprocess.run([*shell, "-c", script], input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.parametrize("shell", ["sh", "busybox"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUE)
@example(value='it\'s "quoted" \\ & $HOME `id`')
@example(value="&&\\&\\\\")
@example(value="\\0140`'")
def test_no_value_is_left(tmp_path: Path, shell: str, value: str) -> None:
    command = [program(shell), "sh"] if shell == "busybox" else [program(shell)]
    said = f"key={value}, {json.dumps({'key': value}, ensure_ascii=False)}\n"
    shown = masked(command, tmp_path, {"KEY": value}, said)
    assert shown == 'key=****, {"key": "****"}\n'


def test_the_longest_goes_first_and_short_values_stay(tmp_path: Path) -> None:
    values = {"A": "hunter2", "B": "hunter2-and-more", "C": "8081"[:3]}
    assert masked(["sh"], tmp_path, values, "hunter2-and-more hunter2 port 8081\n") == "**** **** port 8081\n"


def test_without_any_file_the_text_stays(tmp_path: Path) -> None:
    script = f"STATE={tmp_path}/state\n{resource.text('host/masked.sh')}\nmasked"
    done = subprocess.run(["sh", "-c", script], input="as it was\n", capture_output=True, text=True, check=True)
    assert done.stdout == "as it was\n"
